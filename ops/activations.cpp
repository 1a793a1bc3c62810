// Smooth activation functions, stable for large |x|.
#include <numbers>

#include "ops/families.hpp"
#include "ops/simd.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

void sigmoid(Plugin& plugin) {
  plugin.op("sigmoid")
      .doc("The logistic function 1 / (1 + exp(-x)), element by element.")
      .input("x")
      .span_kernels(simd_kernels().sigmoid)
      .derivative("sigmoid'")
      .monotone()
      .notation("σ({0})")
      .range("(0, 1)")
      .example("sigmoid([0, 1])", "[0.5, 0.7310586]");

  plugin.op("sigmoid'")
      .doc("The derivative of sigmoid: sigmoid(x) .* (1 - sigmoid(x)), element by element.")
      .input("x")
      .elementwise([](auto x) { return exp(-abs(x)) / ((1 + exp(-abs(x))) * (1 + exp(-abs(x)))); })
      .vjp([](const Call& c) { return c.g * c.out() * (1 - 2 * call("sigmoid", c[0])); })
      .monotone({0})
      .notation("σ′({0})")
      .range("(0, 0.25]")
      .example("sigmoid'([0, 1])", "[0.25, 0.1966119]");

  plugin.op("log_sigmoid")
      .doc("log(sigmoid(x)), element by element, without its loss of digits.")
      .input("x")
      .span_kernels(simd_kernels().log_sigmoid)
      .vjp([](const Call& c) { return c.g * call("sigmoid", -c[0]); })
      .monotone()
      .notation("log σ({0})")
      .range("(-inf, 0)")
      .example("log_sigmoid([0, -100])", "[-0.6931472, -100]");

  plugin.op("softplus")
      .doc(
          "log(1 + exp(k x)) / k with the sharpness k, element by element: a smooth relu, the "
          "closer "
          "to it the larger k.")
      .input("x")
      .attr("sharpness", 1.0, "how fast the slope grows from 0 to 1", positive)
      .span_kernels(simd_kernels().softplus)
      .vjp([](const Call& c) {
        const double k = c.attrs.real(0);
        return c.g * call("sigmoid", k == 1 ? c[0] : k * c[0]);
      })
      .monotone()
      .notation("softplus({0})")
      .range("(0, inf)")
      .example("softplus([0, 100])", "[0.6931472, 100]");

  plugin.op("softsign")
      .doc("x / (1 + |x|), element by element. Its second derivative jumps at 0.")
      .input("x", EBB_REAL, any_number, {0})
      .elementwise([](auto x) { return x / (1 + abs(x)); })
      .vjp([](const Call& c) {
        const Value d = 1 + call("abs", c[0]);
        return c.g / (d * d);
      })
      .monotone()
      .notation("softsign({0})")
      .range("(-1, 1)")
      .example("softsign([-1, 3])", "[-0.5, 0.75]");
}

// tanh(softplus(x)) in terms of exp(-|x|), which does not overflow.
template <class T>
T tanh_softplus(T x) {
  const T e = exp(-abs(x));
  const T a = x < 0 ? e * (e + 2) : 1 + 2 * e;
  return a / (a + (x < 0 ? 2 : 2 * e * e));
}

// sqrt(2 / pi) (x + 0.044715 x^3), times 2: gelu_tanh is x sigmoid of it.
constexpr double gelu_slope = 2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
constexpr double gelu_cubic = 0.044715;

template <class T>
T gelu_tanh(T x) {
  const T u = static_cast<T>(gelu_slope) * (x + static_cast<T>(gelu_cubic) * x * x * x);
  return x / (1 + exp(-u));
}

Value gelu_tanh_vjp(const Call& c) {
  const Value square = c[0] * c[0];
  const Value s = call("sigmoid", gelu_slope * (c[0] * (1 + gelu_cubic * square)));
  const Value slope = gelu_slope * (1 + 3 * gelu_cubic * square);
  return c.g * s * (1 + c[0] * (1 - s) * slope);
}

// Phi(x) + x phi(x), with the distribution and the density of the standard normal.
Value gelu_vjp(const Call& c) {
  const Value distribution = 0.5 * call("erfc", -std::sqrt(0.5) * c[0]);
  const Value density =
      std::sqrt(0.5) * std::numbers::inv_sqrtpi * call("exp", -0.5 * (c[0] * c[0]));
  return c.g * (distribution + c[0] * density);
}

void gated(Plugin& plugin) {
  plugin.op("silu")
      .doc("x sigmoid(x), element by element (also called swish).")
      .input("x")
      .elementwise([](auto x) { return x / (1 + exp(-x)); })
      .vjp([](const Call& c) {
        const Value s = call("sigmoid", c[0]);
        return c.g * s * (1 + c[0] * (1 - s));
      })
      .notation("silu({0})")
      .range("[-0.2784645427610739, inf)")
      .example("silu([-1, 2])", "[-0.2689414, 1.761594]");

  plugin.op("mish")
      .doc(
          "x tanh(softplus(x)), element by element. Misra, \"Mish: a self regularized "
          "non-monotonic "
          "activation function\" (2019).")
      .input("x")
      .elementwise([](auto x) { return x * tanh_softplus(x); })
      .vjp([](const Call& c) {
        const Value t = call("tanh", call("softplus", c[0]));
        return c.g * (t + c[0] * call("sigmoid", c[0]) * (1 - t * t));
      })
      .notation("mish({0})")
      .range("[-0.3088407755692037, inf)")
      .example("mish([-1, 2])", "[-0.3034015, 1.943959]");

  plugin.op("gelu")
      .doc(
          "x Phi(x) with the normal distribution Phi, element by element. Hendrycks and Gimpel, "
          "\"Gaussian error linear units\" (2016).")
      .input("x")
      .elementwise(
          [](auto x) { return x * std::erfc(-x * std::numbers::sqrt2_v<decltype(x)> / 2) / 2; })
      .vjp(gelu_vjp)
      .notation("gelu({0})")
      .range("[-0.1699712074739908, inf)")
      .example("gelu([-1, 2])", "[-0.1586553, 1.9545]");

  plugin.op("gelu_tanh")
      .doc(
          "The approximation x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)) of gelu, element by "
          "element.")
      .input("x")
      .elementwise([](auto x) { return gelu_tanh(x); })
      .vjp(gelu_tanh_vjp)
      .notation("gelu_tanh({0})")
      .range("[-0.17004075, inf)")
      .example("gelu_tanh([-1, 2])", "[-0.158808, 1.954598]");
}

}  // namespace

void activations(Plugin& plugin) {
  plugin.family("activations");
  sigmoid(plugin);
  gated(plugin);
}

}  // namespace ebb::ops
