// Arithmetic, element by element.
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

// The remainder with the sign of a. What would trap for whole numbers is 0: b = 0, and the smallest
// number by -1.
template <class T>
T remainder_of(T a, T b) {
  if constexpr (std::is_integral_v<T>)
    return b == 0 || b == -1 ? 0 : a % b;
  else
    return std::fmod(a, b);
}

// The remainder with the sign of b.
template <class T>
T floored_remainder(T a, T b) {
  const T r = remainder_of(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

// The whole quotient is what the remainder left, so that both jump at the same points.
Value quotient_vjp(const Call& c) { return -(c.g * call("round", (c[0] - c.out()) / c[1])); }

// The bounds are real; within them a whole number stays whole.
template <class T, class Bound>
T clamp(T x, Bound lower, Bound upper) {
  if constexpr (std::is_integral_v<T>) {
    const auto number = static_cast<Bound>(x);
    if (number > upper) return static_cast<T>(floor(upper));
    return number < lower ? static_cast<T>(ceil(lower)) : x;
  } else {
    if (x > upper) return upper;
    return x < lower ? lower : x;
  }
}

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
}

void bounds(Plugin& plugin) {
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

  plugin.op("clamp")
      .doc(
          "x within bounds: the nearest number from lower to upper, element by element; of whole "
          "numbers a whole one. Its gradient at a bound is 1.")
      .input("x", EBB_ANY)
      .attr("lower", -infinity, "the smallest result")
      .attr("upper", infinity, "the largest result, not below lower")
      .elementwise<integer(integer), real(real)>(
          [](auto x, auto lower, auto upper) { return clamp(x, lower, upper); })
      .vjp([](const Call& c) {
        return c.g * call("equal", {c[0], c.out()});
      })
      .monotone()
      .notation("clamp({0}, {lower}, {upper})")
      .range("(-inf, inf)")
      .example("clamp([-3, 0.5, 3], lower = -1, upper = 1)", "[-1, 0.5, 1]");
}

void remainders(Plugin& plugin) {
  plugin.op("mod")
      .doc(
          "The remainder of a by b with the sign of b, a - b floor(a / b), element by element; of "
          "whole numbers a whole one, and 0 where b is 0. Where it jumps, its gradient is that of "
          "the side it takes.")
      .input("a", EBB_ANY)
      .input("b", EBB_ANY, any_number, {0})
      .elementwise<integer(integer, integer), real(real, real)>(
          [](auto a, auto b) { return floored_remainder(a, b); })
      .vjp([](const Call& c) { return c.g; }, quotient_vjp)
      .notation("{0} mod {1}", 6)
      .range("(-inf, inf)")
      .example("mod([5, -5, 5.5], [3, 3, -3])", "[2, 1, -0.5]");

  plugin.op("fmod")
      .doc(
          "The remainder of a by b with the sign of a, a - b trunc(a / b), element by element; of "
          "whole numbers a whole one, and 0 where b is 0. Where it jumps, its gradient is that of "
          "the side it takes.")
      .input("a", EBB_ANY)
      .input("b", EBB_ANY, any_number, {0})
      .elementwise<integer(integer, integer), real(real, real)>(
          [](auto a, auto b) { return remainder_of(a, b); })
      .vjp([](const Call& c) { return c.g; }, quotient_vjp)
      .notation("fmod({0}, {1})")
      .range("(-inf, inf)")
      .example("fmod([5, -5, 5.5], [3, 3, -3])", "[2, -2, 2.5]");
}

void functions(Plugin& plugin) {
  plugin.op("neg")
      .doc("x with the other sign, element by element: -x.")
      .input("x", EBB_ANY)
      .elementwise<integer(integer), real(real)>([](auto x) { return -x; })
      .vjp([](const Call& c) { return -c.g; })
      .monotone()
      .notation("-{0}", 8)
      .range("(-inf, inf)")
      .example("neg([1, -2])", "[-1, 2]");

  plugin.op("reciprocal")
      .doc("1 / x, element by element.")
      .input("x", EBB_REAL, any_number, {0})
      .elementwise([](auto x) { return 1 / x; })
      .vjp([](const Call& c) { return -(c.g * c.out() * c.out()); })
      .monotone()
      .notation("1 / {0}", 6)
      .range("(-inf, inf)")
      .example("reciprocal([4, -2])", "[0.25, -0.5]");

  plugin.op("square")
      .doc("x times x, element by element.")
      .input("x", EBB_ANY)
      .elementwise<integer(integer), real(real)>([](auto x) { return x * x; })
      .vjp([](const Call& c) { return 2 * (c.g * c[0]); })
      .monotone({0})
      .notation("{0}^2", 9)
      .range("[0, inf)")
      .example("square([-3, 0.5])", "[9, 0.25]");

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
}

}  // namespace

void arithmetic(Plugin& plugin) {
  plugin.family("arithmetic");
  operators(plugin);
  bounds(plugin);
  remainders(plugin);
  functions(plugin);
}

}  // namespace ebb::ops
