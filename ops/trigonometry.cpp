// Trigonometric and hyperbolic functions and their inverses, element by element.
#include <numbers>

#include "ops/families.hpp"
#include "ops/simd.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

constexpr double half_pi = std::numbers::pi / 2;

void trigonometric(Plugin& plugin) {
  plugin.op("sin")
      .doc("The sine of an angle in radians, element by element.")
      .input("x")
      .elementwise([](auto x) { return std::sin(x); })
      .derivative("cos")
      .notation("sin({0})")
      .range("[-1, 1]")
      .example("sin([0, 1])", "[0, 0.841471]");

  plugin.op("cos")
      .doc("The cosine of an angle in radians, element by element.")
      .input("x")
      .elementwise([](auto x) { return std::cos(x); })
      .vjp([](const Call& c) { return -(c.g * call("sin", c[0])); })
      .notation("cos({0})")
      .range("[-1, 1]")
      .example("cos([0, 1])", "[1, 0.5403023]");

  // The poles nearest to 0; they recur with the period pi.
  plugin.op("tan")
      .doc("The tangent of an angle in radians, element by element.")
      .input("x", EBB_REAL, any_number, {-half_pi, half_pi})
      .elementwise([](auto x) { return std::tan(x); })
      .vjp([](const Call& c) { return c.g * (1 + c.out() * c.out()); })
      .notation("tan({0})")
      .range("(-inf, inf)")
      .example("tan([0, 1])", "[0, 1.557408]");
}

void inverse_trigonometric(Plugin& plugin) {
  plugin.op("asin")
      .doc("The angle in [-pi/2, pi/2] whose sine is x, element by element.")
      .input("x", EBB_REAL, {-1, 1, false, false}, {-1, 1})
      .elementwise([](auto x) { return std::asin(x); })
      .vjp([](const Call& c) { return c.g / call("sqrt", (1 - c[0]) * (1 + c[0])); })
      .monotone()
      .notation("asin({0})")
      .range("[-1.5707963267948966, 1.5707963267948966]")
      .example("asin([0, 1])", "[0, 1.570796]");

  plugin.op("acos")
      .doc("The angle in [0, pi] whose cosine is x, element by element.")
      .input("x", EBB_REAL, {-1, 1, false, false}, {-1, 1})
      .elementwise([](auto x) { return std::acos(x); })
      .vjp([](const Call& c) { return -(c.g / call("sqrt", (1 - c[0]) * (1 + c[0]))); })
      .monotone()
      .notation("acos({0})")
      .range("[0, 3.141592653589793]")
      .example("acos([1, 0])", "[0, 1.570796]");

  plugin.op("atan")
      .doc("The angle in (-pi/2, pi/2) whose tangent is x, element by element.")
      .input("x")
      .elementwise([](auto x) { return std::atan(x); })
      .vjp([](const Call& c) { return c.g / (1 + c[0] * c[0]); })
      .monotone()
      .notation("atan({0})")
      .range("[-1.5707963267948966, 1.5707963267948966]")
      .example("atan([0, 1])", "[0, 0.7853982]");

  plugin.op("atan2")
      .doc(
          "The angle in [-pi, pi] of the point (x, y), the y coordinate first, element by element. "
          "It jumps where y is 0 and x is negative; its gradient there is that of either side.")
      .input("y", EBB_REAL, any_number, {0})
      .input("x", EBB_REAL, any_number, {0})
      .elementwise([](auto y, auto x) { return std::atan2(y, x); })
      .vjp([](const Call& c) { return c.g * c[1] / (c[0] * c[0] + c[1] * c[1]); },
           [](const Call& c) { return -(c.g * c[0] / (c[0] * c[0] + c[1] * c[1])); })
      .notation("atan2({0}, {1})")
      .range("[-3.141592653589793, 3.141592653589793]")
      .example("atan2([1, 1], [1, -1])", "[0.7853982, 2.356194]");
}

void hyperbolic(Plugin& plugin) {
  plugin.op("sinh")
      .doc("The hyperbolic sine, element by element.")
      .input("x")
      .elementwise([](auto x) { return std::sinh(x); })
      .derivative("cosh")
      .monotone()
      .notation("sinh({0})")
      .range("(-inf, inf)")
      .example("sinh([0, 1])", "[0, 1.175201]");

  plugin.op("cosh")
      .doc("The hyperbolic cosine, element by element.")
      .input("x")
      .elementwise([](auto x) { return std::cosh(x); })
      .derivative("sinh")
      .monotone({0})
      .notation("cosh({0})")
      .range("[1, inf)")
      .example("cosh([0, 1])", "[1, 1.543081]");

  plugin.op("tanh")
      .doc("The hyperbolic tangent, element by element.")
      .input("x")
      .span_kernels(simd_kernels().tanh)
      .derivative("tanh'")
      .monotone()
      .notation("tanh({0})")
      .range("(-1, 1)")
      .example("tanh([0, 1])", "[0, 0.7615942]");

  plugin.op("tanh'")
      .doc("The derivative of tanh: 1 - tanh(x) .^ 2, element by element.")
      .input("x")
      .elementwise([](auto x) { return 1 - tanh(x) * tanh(x); })
      .vjp([](const Call& c) { return -2 * (c.g * call("tanh", c[0]) * c.out()); })
      .monotone({0})
      .notation("tanh′({0})")
      .range("(0, 1]")
      .example("tanh'([0, 1])", "[1, 0.4199743]");
}

void inverse_hyperbolic(Plugin& plugin) {
  plugin.op("asinh")
      .doc("The number whose hyperbolic sine is x, element by element.")
      .input("x")
      .elementwise([](auto x) { return std::asinh(x); })
      .vjp([](const Call& c) { return c.g / call("sqrt", 1 + c[0] * c[0]); })
      .monotone()
      .notation("asinh({0})")
      .range("(-inf, inf)")
      .example("asinh([0, 1])", "[0, 0.8813736]");

  // Two roots, for the square of a large x would overflow.
  plugin.op("acosh")
      .doc("The number that is not negative and whose hyperbolic cosine is x, element by element.")
      .input("x", EBB_REAL, {1, infinity, false, false}, {1})
      .elementwise([](auto x) { return std::acosh(x); })
      .vjp([](const Call& c) { return c.g / (call("sqrt", c[0] - 1) * call("sqrt", 1 + c[0])); })
      .monotone()
      .notation("acosh({0})")
      .range("[0, inf)")
      .example("acosh([1, 2])", "[0, 1.316958]");

  plugin.op("atanh")
      .doc("The number whose hyperbolic tangent is x, element by element.")
      .input("x", {-1, 1, true, true})
      .elementwise([](auto x) { return std::atanh(x); })
      .vjp([](const Call& c) { return c.g / ((1 - c[0]) * (1 + c[0])); })
      .monotone()
      .notation("atanh({0})")
      .range("(-inf, inf)")
      .example("atanh([0, 0.5])", "[0, 0.5493061]");
}

}  // namespace

void trigonometry(Plugin& plugin) {
  plugin.family("trigonometry");
  trigonometric(plugin);
  inverse_trigonometric(plugin);
  hyperbolic(plugin);
  inverse_hyperbolic(plugin);
}

}  // namespace ebb::ops
