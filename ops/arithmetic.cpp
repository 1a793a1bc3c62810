// Arithmetic and elementary functions, element by element.
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

// x^n without a node for n = 0 and n = 1.
Value power(const Value& x, std::int64_t n) {
  if (n == 0) return x.constant(1);
  if (n == 1) return x;
  return call("power", {x}, {{"n", n}});
}

// Squares, cubes and reciprocals are what scripts are full of: a product is much faster than pow.
struct Power {
  template <class T>
  T operator()(T x, T n) const {
    if (n == 2) return x * x;
    if (n == 3) return x * x * x;
    if (n == -1) return 1 / x;
    return pow(x, n);
  }
};

void operators(Plugin& plugin) {
  plugin.op("sub")
      .doc("The difference, element by element.")
      .input("a", EBB_ANY)
      .input("b", EBB_ANY)
      .elementwise<integer(integer, integer), real(real, real)>(
          [](auto a, auto b) { return a - b; })
      .vjp([](const Call& c) { return c.g; }, [](const Call& c) { return -c.g; })
      .monotone()
      .notation("{0} - {1}", 5)
      .operator_text("-")
      .range("(-inf, inf)")
      .example("[3, 5] - [1, 10]", "[2, -5]");

  plugin.op("div")
      .doc("The quotient, element by element, a real number also where both are whole.")
      .input("a")
      .input("b", EBB_REAL, any_number, {0})
      .elementwise([](auto a, auto b) { return a / b; })
      .vjp([](const Call& c) { return c.g / c[1]; },
           [](const Call& c) { return -(c.g * c.out() / c[1]); })
      .monotone()
      .notation("{0} / {1}", 6)
      .operator_text("./")
      .range("(-inf, inf)")
      .example("[1, 2, 3] ./ [2, 2, 4]", "[0.5, 1, 0.75]");

  plugin.op("pow")
      .doc(
          "a to the power of b, element by element, for a > 0. For a whole constant exponent see "
          "power.")
      .input("a", positive)
      .input("b")
      .elementwise([](auto a, auto b) { return pow(a, b); })
      .vjp(
          [](const Call& c) {
            return c.g * c[1] * call("pow", {c[0], c[1] - 1});
          },
          [](const Call& c) { return c.g * c.out() * call("log", c[0]); })
      .monotone()
      .notation("{0}^{1}", 9)
      .operator_text(".^")
      .range("(0, inf)")
      .example("[4, 9] .^ 0.5", "[2, 3]");

  plugin.op("power")
      .doc("x to the power of a whole constant n, element by element; exact for negative x too.")
      .input("x", EBB_REAL, any_number, {0})
      .attr("n", required, EBB_ATTR_INT, "the exponent")
      .elementwise(Power{})
      .vjp([](const Call& c) {
        const auto n = c.attrs.integer(0);
        return static_cast<double>(n) * (c.g * power(c[0], n - 1));
      })
      .monotone()
      .notation("{0}^{n}", 9)
      .range("(-inf, inf)")
      .example("power([-2, 3], 3)", "[-8, 27]");

  plugin.op("minimum")
      .doc("The smaller of a and b, element by element. Where they are equal the gradient is b's.")
      .input("a", EBB_ANY)
      .input("b", EBB_ANY)
      .elementwise<integer(integer, integer), real(real, real)>(
          [](auto a, auto b) { return minimum(a, b); })
      .vjp(
          [](const Call& c) {
            return c.g * call("less", {c[0], c[1]});
          },
          [](const Call& c) {
            return c.g * call("greater_equal", {c[0], c[1]});
          })
      .commutative()
      .monotone()
      .notation("minimum({0}, {1})")
      .range("(-inf, inf)")
      .example("minimum([1, 5], [4, 2])", "[1, 2]");

  plugin.op("maximum")
      .doc("The larger of a and b, element by element. Where they are equal the gradient is b's.")
      .input("a", EBB_ANY)
      .input("b", EBB_ANY)
      .elementwise<integer(integer, integer), real(real, real)>(
          [](auto a, auto b) { return maximum(a, b); })
      .vjp(
          [](const Call& c) {
            return c.g * call("greater", {c[0], c[1]});
          },
          [](const Call& c) {
            return c.g * call("less_equal", {c[0], c[1]});
          })
      .commutative()
      .monotone()
      .notation("maximum({0}, {1})")
      .range("(-inf, inf)")
      .example("maximum([1, 5], [4, 2])", "[4, 5]");
}

void functions(Plugin& plugin) {
  plugin.op("abs")
      .doc("The absolute value, element by element. Its gradient at 0 is 0.")
      .input("x", EBB_ANY, any_number, {0})
      .elementwise<integer(integer), real(real)>([](auto x) { return abs(x); })
      .derivative("sign")
      .monotone()
      .notation("|{0}|")
      .range("[0, inf)")
      .example("abs([-2, 3])", "[2, 3]");

  plugin.op("sign")
      .doc("-1, 0 or 1 as x is below, at or above 0, element by element.")
      .input("x", EBB_ANY, any_number, {0})
      .elementwise<integer(integer), real(real)>([](auto x) { return (x > 0) - (x < 0); })
      .zero_gradient()
      .monotone()
      .notation("sign({0})")
      .range("[-1, 1]")
      .example("sign([-2, 0, 3])", "[-1, 0, 1]");

  plugin.op("sqrt")
      .doc("The square root, element by element.")
      .input("x", EBB_REAL, non_negative, {0})
      .elementwise([](auto x) { return sqrt(x); })
      .vjp([](const Call& c) { return c.g / (2 * c.out()); })
      .monotone()
      .notation("√({0})")
      .range("[0, inf)")
      .example("sqrt([4, 2])", "[2, 1.414214]");

  plugin.op("exp")
      .doc("e to the power of x, element by element.")
      .input("x")
      .elementwise([](auto x) { return exp(x); })
      .vjp([](const Call& c) { return c.g * c.out(); })
      .monotone()
      .notation("exp({0})")
      .range("(0, inf)")
      .example("exp([0, 1])", "[1, 2.718282]");

  plugin.op("log")
      .doc("The natural logarithm, element by element.")
      .input("x", positive)
      .elementwise([](auto x) { return log(x); })
      .vjp([](const Call& c) { return c.g / c[0]; })
      .monotone()
      .notation("log({0})")
      .range("(-inf, inf)")
      .example("log([1, 2])", "[0, 0.6931472]");

  plugin.op("stop_gradient")
      .doc("x itself, but a constant for grad and for training.")
      .input("x")
      .elementwise([](auto x) { return x; })
      .vjp([](const Call& c) { return c.g.constant(0); })
      .gradient_by_definition("what is behind it is to stay as it is")
      .monotone()
      .notation("stop_gradient({0})")
      .range("(-inf, inf)")
      .example("stop_gradient([1, 2])", "[1, 2]");
}

}  // namespace

void arithmetic(Plugin& plugin) {
  plugin.family("arithmetic");
  operators(plugin);
  functions(plugin);
}

}  // namespace ebb::ops
