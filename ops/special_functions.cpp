// The error function and the logarithm of the gamma function, with its derivatives.
#include <math.h>
#include <array>
#include <numbers>

#include "ops/families.hpp"
#include "ops/simd.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

// std::lgamma writes the sign of the gamma function to a global variable, but kernels run on
// several threads.
double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}
float log_gamma(float x) {
  int sign = 0;
  return ::lgammaf_r(x, &sign);
}

// The Bernoulli numbers B2, B4, ...
constexpr std::array bernoulli = {1.0 / 6,  -1.0 / 30,       1.0 / 42, -1.0 / 30,
                                  5.0 / 66, -691.0 / 2730.0, 7.0 / 6,  -3617.0 / 510};

// From here on the series below have converged to a double's precision.
constexpr double large = 12;

// DLMF 5.5.2, psi(x) = psi(x + 1) - 1 / x, until x is large; then the asymptotic series 5.11.2.
double digamma(double x) {
  double sum = 0;
  for (; x < large; ++x) sum -= 1 / x;
  const double square = 1 / (x * x);
  double series = 0;
  for (std::size_t k = bernoulli.size(); k-- > 0;)
    series = square * (bernoulli[k] / static_cast<double>(2 * k + 2) + series);
  return sum + (std::log(x) - 0.5 / x - series);
}

// The n-th derivative of psi for n > 0: (-1)^(n + 1) n! times the Hurwitz zeta function at (n + 1,
// x), DLMF 25.11.12. Its first terms are summed, the rest is the series of Euler and Maclaurin,
// DLMF 25.11.28.
double polygamma(double x, double n) {
  const double s = n + 1;
  double sum = 0;
  for (; x < large + n; ++x) sum += std::pow(x, -s);
  const double power = std::pow(x, -s);
  double series = power * (x / n + 0.5);
  double factor = s * power / (2 * x);  // (s)_(2k - 1) / (2k)! / x^(s + 2k - 1)
  for (std::size_t k = 0; k < bernoulli.size(); ++k) {
    series += bernoulli[k] * factor;
    const auto j = static_cast<double>(2 * k + 2);
    factor *= (s + j - 1) * (s + j) / ((j + 1) * (j + 2) * x * x);
  }
  const double sign = std::fmod(n, 2) == 0 ? -1 : 1;
  return sign * std::tgamma(s) * (sum + series);
}

void error_functions(Plugin& plugin) {
  // exp(-x^2) 2 / sqrt(pi), the slope of erf.
  static const auto slope = [](const Call& c) {
    return 2 * std::numbers::inv_sqrtpi * (c.g * call("exp", -(c[0] * c[0])));
  };

  plugin.op("erf")
      .doc(
          "The error function, element by element: 2 / sqrt(pi) times the integral of exp(-t^2) "
          "from 0 to x.")
      .input("x")
      .span_kernels(simd_kernels().erf)
      .vjp(slope)
      .monotone()
      .notation("erf({0})")
      .range("(-1, 1)")
      .example("erf([0, 1])", "[0, 0.8427008]");

  plugin.op("erfc")
      .doc("1 - erf(x), element by element, without its loss of digits for large x.")
      .input("x")
      .elementwise([](auto x) { return std::erfc(x); })
      .vjp([](const Call& c) { return -slope(c); })
      .monotone()
      .notation("erfc({0})")
      .range("(0, 2)")
      .example("erfc([0, 10])", "[1, 2.088488e-45]");
}

void gamma_functions(Plugin& plugin) {
  plugin.op("lgamma")
      .doc("The natural logarithm of the gamma function, element by element, for x > 0.")
      .input("x", positive)
      .elementwise([](auto x) { return log_gamma(x); })
      .derivative("digamma")
      .notation("log Γ({0})")
      .range("(-0.12149, inf)")
      .example("lgamma([1, 5])", "[0, 3.178054]");

  plugin.op("digamma")
      .doc("The derivative of lgamma, element by element, for x > 0.")
      .input("x", positive)
      .elementwise([](auto x) { return digamma(static_cast<double>(x)); })
      .vjp([](const Call& c) {
        return c.g * call("polygamma", {c[0]}, {{"n", 1}});
      })
      .notation("ψ({0})")
      .range("(-inf, inf)")
      .example("digamma([1, 2])", "[-0.5772157, 0.4227843]");

  plugin.op("polygamma")
      .doc("The n-th derivative of digamma, element by element, for x > 0.")
      .input("x", positive)
      .attr("n", 1, "the order of the derivative", {1, infinity})
      .elementwise(
          [](auto x, auto n) { return polygamma(static_cast<double>(x), static_cast<double>(n)); })
      .vjp([](const Call& c) {
        return c.g * call("polygamma", {c[0]}, {{"n", c.attrs.integer(0) + 1}});
      })
      .notation("ψ⁽{n}⁾({0})")
      .range("(-inf, inf)")
      .example("polygamma([1, 2], n = 1)", "[1.644934, 0.6449341]");
}

}  // namespace

void special_functions(Plugin& plugin) {
  plugin.family("special functions");
  error_functions(plugin);
  gamma_functions(plugin);
}

}  // namespace ebb::ops
