// Activation functions that are made of pieces. Where two pieces meet, the documentation says whose
// slope is the gradient.
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

// Klambauer et al., "Self-normalizing neural networks" (2017): mean 0 and variance 1 are a fixed
// point.
constexpr double selu_alpha = 1.6732632423543772848170429916717;
constexpr double selu_scale = 1.0507009873554804934193349852946;

template <class T>
T selu(T x) {
  constexpr auto scale = static_cast<T>(selu_scale), alpha = static_cast<T>(selu_alpha);
  return x > 0 ? scale * x : scale * alpha * expm1(x);
}

Value is_positive(const Value& x) { return call("greater", {x, x.constant(0)}); }
Value where_positive(const Value& x, const Value& a, const Value& b) {
  return call("where", {is_positive(x), a, b});
}
// 1 where x lies between the bounds, 0 on them and outside.
Value between(const Value& x, double lower, double upper) {
  return call("and",
              {call("greater", {x, x.constant(lower)}), call("less", {x, x.constant(upper)})});
}
// exp(x) where x is negative, without an overflow where it is not.
Value decay(const Value& x) { return call("exp", call("minimum", {x, x.constant(0)})); }

void linear(Plugin& plugin) {
  plugin.op("relu")
      .doc("The larger of x and 0, element by element. Its gradient at 0 is 0.")
      .input("x", EBB_REAL, any_number, {0})
      .elementwise([](auto x) { return maximum(x, 0); })
      .derivative("relu'")
      .monotone()
      .notation("relu({0})")
      .range("[0, inf)")
      .example("relu([-1, 2])", "[0, 2]");

  plugin.op("relu'")
      .doc("The derivative of relu: 1 where x > 0, else 0, element by element.")
      .input("x", EBB_REAL, any_number, {0})
      .elementwise([](auto x) { return x > 0; })
      .zero_gradient()
      .monotone()
      .notation("relu′({0})")
      .range("[0, 1]")
      .example("relu'([-1, 0, 2])", "[0, 0, 1]");

  plugin.op("relu6")
      .doc("x held between 0 and 6, element by element. Its gradient at 0 and at 6 is 0.")
      .input("x", EBB_REAL, any_number, {0, 6})
      .elementwise([](auto x) { return minimum(maximum(x, 0), 6); })
      .vjp([](const Call& c) { return c.g * between(c[0], 0, 6); })
      .monotone()
      .notation("relu6({0})")
      .range("[0, 6]")
      .example("relu6([-1, 2, 7])", "[0, 2, 6]");

  plugin.op("leaky_relu")
      .doc("x where x > 0, else slope x, element by element. Its gradient at 0 is the slope.")
      .input("x", EBB_REAL, any_number, {0})
      .attr("slope", 0.01, "the slope where x is negative")
      .elementwise([](auto x, auto slope) { return x > 0 ? x : slope * x; })
      .vjp([](const Call& c) {
        return c.g * where_positive(c[0], c.g.constant(1), c.g.constant(c.attrs.real(0)));
      })
      .monotone()
      .notation("leaky_relu({0})")
      .range("(-inf, inf)")
      .example("leaky_relu([-1, 2])", "[-0.01, 2]");

  plugin.op("prelu")
      .doc(
          "x where x > 0, else slope x with a slope that may be trained, element by element. Its "
          "gradient at 0 is the slope.")
      .input("x", EBB_REAL, any_number, {0})
      .input("slope")
      .elementwise([](auto x, auto slope) { return x > 0 ? x : slope * x; })
      .vjp([](const Call& c) { return c.g * where_positive(c[0], c.g.constant(1), c[1]); },
           [](const Call& c) {
             return c.g * call("minimum", {c[0], c.g.constant(0)});
           })
      .monotone()
      .notation("prelu({0}, {1})")
      .range("(-inf, inf)")
      .example("prelu([-1, 2], 0.25)", "[-0.25, 2]");

  plugin.op("threshold")
      .doc("x where it is above `at`, else the value, element by element. Its gradient there is 0.")
      .input("x", EBB_REAL, any_number, {0})
      .attr("at", 0.0, "what x must exceed")
      .attr("value", 0.0, "what stands for all else")
      .elementwise([](auto x, auto at, auto value) { return x > at ? x : value; })
      .vjp([](const Call& c) {
        return c.g * call("greater", {c[0], c[0].constant(c.attrs.real(0))});
      })
      .notation("threshold({0}, {at}, {value})")
      .range("(-inf, inf)")
      .example("threshold([-1, 2], at = 1, value = 0.5)", "[0.5, 2]");
}

void exponential(Plugin& plugin) {
  plugin.op("elu")
      .doc(
          "x where x > 0, else alpha (exp(x) - 1), element by element. Its gradient at 0 is alpha.")
      .input("x", EBB_REAL, any_number, {0})
      .attr("alpha", 1.0, "minus the limit for small x")
      .elementwise([](auto x, auto alpha) { return x > 0 ? x : alpha * expm1(x); })
      .vjp([](const Call& c) {
        return c.g * where_positive(c[0], c.g.constant(1), c.attrs.real(0) * decay(c[0]));
      })
      .monotone()
      .notation("elu({0})")
      .range("(-inf, inf)")
      .example("elu([-1, 2])", "[-0.6321206, 2]");

  plugin.op("selu")
      .doc(
          "1.0507 elu(x; alpha = 1.67326), element by element. Its gradient at 0 is 1.7581, the "
          "limit from below. Klambauer et al., \"Self-normalizing neural networks\" (2017).")
      .input("x", EBB_REAL, any_number, {0})
      .elementwise([](auto x) { return selu(x); })
      .vjp([](const Call& c) {
        return c.g * where_positive(c[0], c.g.constant(selu_scale),
                                    selu_scale * selu_alpha * decay(c[0]));
      })
      .monotone()
      .notation("selu({0})")
      .range("(-1.7580993408473769, inf)")
      .example("selu([-1, 2])", "[-1.111331, 2.101402]");

  plugin.op("celu")
      .doc(
          "x where x > 0, else alpha (exp(x / alpha) - 1), element by element: of slope 1 at 0. "
          "Its "
          "second derivative jumps at 0.")
      .input("x", EBB_REAL, any_number, {0})
      .attr("alpha", 1.0, "minus the limit for small x", positive)
      .elementwise([](auto x, auto alpha) { return x > 0 ? x : alpha * expm1(x / alpha); })
      .vjp([](const Call& c) { return c.g * decay(c[0] / c.attrs.real(0)); })
      .monotone()
      .notation("celu({0})")
      .range("(-inf, inf)")
      .example("celu([-1, 2], alpha = 0.5)", "[-0.4323324, 2]");
}

void hard(Plugin& plugin) {
  plugin.op("hard_tanh")
      .doc("x held between two bounds, element by element. Its gradient at a bound is 0.")
      .input("x", EBB_REAL, any_number, {-1, 1})
      .attr("lower", -1.0, "the smallest result")
      .attr("upper", 1.0, "the largest result, not below lower")
      .elementwise([](auto x, auto lower, auto upper) { return minimum(maximum(x, lower), upper); })
      .vjp([](const Call& c) { return c.g * between(c[0], c.attrs.real(0), c.attrs.real(1)); })
      .monotone()
      .notation("hard_tanh({0})")
      .range("(-inf, inf)")
      .example("hard_tanh([-3, 0.5, 3])", "[-1, 0.5, 1]");

  plugin.op("hard_sigmoid")
      .doc(
          "slope x + offset held between 0 and 1, element by element. Its gradient where it "
          "reaches "
          "0 or 1 is 0.")
      .input("x", EBB_REAL, any_number, {-3, 3})
      .attr("slope", 1.0 / 6, "its slope between 0 and 1")
      .attr("offset", 0.5, "its value at 0")
      .elementwise([](auto x, auto slope, auto offset) {
        return minimum(maximum(slope * x + offset, 0), 1);
      })
      .vjp([](const Call& c) { return c.attrs.real(0) * (c.g * between(c.out(), 0, 1)); })
      .monotone()
      .notation("hard_sigmoid({0})")
      .range("[0, 1]")
      .example("hard_sigmoid([-4, 0, 1])", "[0, 0.5, 0.6666667]");

  plugin.op("hard_swish")
      .doc(
          "x hard_sigmoid(x), element by element. Its gradient is 0 at -3 and 1 at 3. Howard et "
          "al., "
          "\"Searching for MobileNetV3\" (2019).")
      .input("x", EBB_REAL, any_number, {-3, 3})
      .elementwise([](auto x) { return x * minimum(maximum((x + 3) / 6, 0), 1); })
      .vjp([](const Call& c) {
        return c.g * (call("hard_sigmoid", c[0]) + between(c[0], -3, 3) * c[0] / 6);
      })
      .notation("hard_swish({0})")
      .range("[-0.375, inf)")
      .example("hard_swish([-2, 1, 4])", "[-0.3333333, 0.6666667, 4]");
}

}  // namespace

void rectifiers(Plugin& plugin) {
  plugin.family("activations");
  linear(plugin);
  exponential(plugin);
  hard(plugin);
}

}  // namespace ebb::ops
