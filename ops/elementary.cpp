// Roots, exponentials and logarithms, element by element.
#include <numbers>

#include "ops/families.hpp"
#include "ops/simd.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

using std::numbers::ln10;
using std::numbers::ln2;

void roots(Plugin& plugin) {
  plugin.op("sqrt")
      .doc("The square root, element by element.")
      .input("x", EBB_REAL, non_negative, {0})
      .elementwise([](auto x) { return sqrt(x); })
      .vjp([](const Call& c) { return c.g / (2 * c.out()); })
      .monotone()
      .notation("√({0})")
      .range("[0, inf)")
      .example("sqrt([4, 2])", "[2, 1.414214]");

  plugin.op("rsqrt")
      .doc("1 / sqrt(x), element by element.")
      .input("x", positive)
      .elementwise([](auto x) { return 1 / sqrt(x); })
      .vjp([](const Call& c) { return -0.5 * (c.g * c.out() / c[0]); })
      .monotone()
      .notation("1 / √({0})", 6)
      .range("(0, inf)")
      .example("rsqrt([4, 2])", "[0.5, 0.7071068]");

  plugin.op("cbrt")
      .doc("The cube root, element by element; of a negative number negative.")
      .input("x", EBB_REAL, any_number, {0})
      .elementwise([](auto x) { return std::cbrt(x); })
      .vjp([](const Call& c) { return c.g / (3 * (c.out() * c.out())); })
      .monotone()
      .notation("∛({0})")
      .range("(-inf, inf)")
      .example("cbrt([8, -27])", "[2, -3]");
}

void exponentials(Plugin& plugin) {
  plugin.op("exp")
      .doc("e to the power of x, element by element.")
      .input("x")
      .span_kernels(simd_kernels().exp)
      .vjp([](const Call& c) { return c.g * c.out(); })
      .monotone()
      .notation("exp({0})")
      .range("(0, inf)")
      .example("exp([0, 1])", "[1, 2.718282]");

  plugin.op("expm1")
      .doc("exp(x) - 1, element by element, without its loss of digits near 0.")
      .input("x")
      .elementwise([](auto x) { return expm1(x); })
      .vjp([](const Call& c) { return c.g * call("exp", c[0]); })
      .monotone()
      .notation("expm1({0})")
      .range("(-1, inf)")
      .example("expm1([0, 1e-12])", "[0, 1e-12]");

  plugin.op("exp2")
      .doc("2 to the power of x, element by element.")
      .input("x")
      .elementwise([](auto x) { return std::exp2(x); })
      .vjp([](const Call& c) { return ln2 * (c.g * c.out()); })
      .monotone()
      .notation("2^{0}", 9)
      .range("(0, inf)")
      .example("exp2([-1, 3])", "[0.5, 8]");
}

void logarithms(Plugin& plugin) {
  plugin.op("log")
      .doc("The natural logarithm, element by element.")
      .input("x", positive)
      .span_kernels(simd_kernels().log)
      .vjp([](const Call& c) { return c.g / c[0]; })
      .monotone()
      .notation("log({0})")
      .range("(-inf, inf)")
      .example("log([1, 2])", "[0, 0.6931472]");

  // At x = y = 0 its gradient with respect to y is 0 too, to any order: 1 stands there for y.
  plugin.op("xlogy")
      .doc("x .* log(y), element by element, and 0 where x is 0, whatever y is.")
      .input("x")
      .input("y", EBB_REAL, non_negative, {0})
      .elementwise([](auto x, auto y) { return x == 0 ? x : x * log(y); })
      .vjp([](const Call& c) { return c.g * call("log", c[1]); },
           [](const Call& c) {
             const Value one = c[1].constant(1), zero = c[0].constant(0);
             return c.g * (c[0] / call("where", {call("equal", {c[0], zero}), one, c[1]}));
           })
      .monotone()
      .notation("{0} log({1})", 6)
      .range("(-inf, inf)")
      .example("xlogy([0, 2], [0, 1])", "[0, 0]");

  plugin.op("log1p")
      .doc("log(1 + x), element by element, without its loss of digits near 0.")
      .input("x", {-1, infinity, true, false})
      .elementwise([](auto x) { return log1p(x); })
      .vjp([](const Call& c) { return c.g / (1 + c[0]); })
      .monotone()
      .notation("log1p({0})")
      .range("(-inf, inf)")
      .example("log1p([0, 1e-12])", "[0, 1e-12]");

  plugin.op("log2")
      .doc("The logarithm to base 2, element by element.")
      .input("x", positive)
      .elementwise([](auto x) { return std::log2(x); })
      .vjp([](const Call& c) { return c.g / (ln2 * c[0]); })
      .monotone()
      .notation("log₂({0})")
      .range("(-inf, inf)")
      .example("log2([1, 8])", "[0, 3]");

  plugin.op("log10")
      .doc("The logarithm to base 10, element by element.")
      .input("x", positive)
      .elementwise([](auto x) { return std::log10(x); })
      .vjp([](const Call& c) { return c.g / (ln10 * c[0]); })
      .monotone()
      .notation("log₁₀({0})")
      .range("(-inf, inf)")
      .example("log10([1, 1000])", "[0, 3]");
}

}  // namespace

void elementary(Plugin& plugin) {
  plugin.family("elementary functions");
  roots(plugin);
  exponentials(plugin);
  logarithms(plugin);
}

}  // namespace ebb::ops
