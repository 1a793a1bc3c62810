#include <boost/test/unit_test.hpp>
#include <cmath>
#include <numbers>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(special_functions)

namespace {

double at(const char* op, double x, const NamedAttrs& attrs = {}) {
  const Tensor point = real(x);
  return OneOp(op, {point}, attrs).evaluate({point}, Precision::f64).at(0);
}

auto digits() { return boost::test_tools::tolerance(4e-15); }
using std::numbers::egamma;
using std::numbers::pi;

}  // namespace

BOOST_AUTO_TEST_CASE(error_functions) {
  const Tensor x = real({4}, {-1, 0, 0.5, 6});
  BOOST_TEST(run("erf", {x}) == "[-0.8427008, 0, 0.5204999, 1]");
  BOOST_TEST(run("erfc", {x}) == "[1.842701, 1, 0.4795001, 2.151974e-17]");
  BOOST_TEST(gradient("erf", {x}, 0) == "[0.4151075, 1.128379, 0.8787826, 2.617301e-16]");
  BOOST_TEST(gradient("erfc", {x}, 0) == "[-0.4151075, -1.128379, -0.8787826, -2.617301e-16]");
}

BOOST_AUTO_TEST_CASE(lgamma_is_the_logarithm_of_factorials) {
  BOOST_TEST(at("lgamma", 1) == 0);
  BOOST_TEST(at("lgamma", 2) == 0);
  BOOST_TEST(at("lgamma", 0.5) == std::log(pi) / 2, digits());
  BOOST_TEST(at("lgamma", 21) == std::log(2432902008176640000.0), digits());
}

// DLMF 5.4.12, 5.4.13 and 5.15.2, 5.15.3 with psi'(1) = pi^2 / 6; zeta(3) is Apery's constant.
BOOST_AUTO_TEST_CASE(derivatives_of_lgamma_have_their_known_values) {
  const double apery = 1.2020569031595942854;
  BOOST_TEST(at("digamma", 1) == -egamma, digits());
  BOOST_TEST(at("digamma", 0.5) == -egamma - 2 * std::log(2), digits());
  BOOST_TEST(at("digamma", 4) == 11.0 / 6 - egamma, digits());
  BOOST_TEST(at("digamma", 1e-8) == -1e8 - egamma, digits());
  const auto polygamma = [](std::int64_t n, double x) { return at("polygamma", x, {{"n", n}}); };
  BOOST_TEST(polygamma(1, 1) == pi * pi / 6, digits());
  BOOST_TEST(polygamma(1, 0.5) == pi * pi / 2, digits());
  BOOST_TEST(polygamma(1, 3) == pi * pi / 6 - 1.25, digits());
  BOOST_TEST(polygamma(2, 1) == -2 * apery, digits());
  BOOST_TEST(polygamma(2, 0.5) == -14 * apery, digits());
  BOOST_TEST(polygamma(3, 1) == std::pow(pi, 4) / 15, digits());
  BOOST_TEST(polygamma(3, 0.5) == std::pow(pi, 4), digits());
  BOOST_TEST(polygamma(5, 1) == 8 * std::pow(pi, 6) / 63, digits());
}

BOOST_AUTO_TEST_CASE(large_arguments_meet_the_first_terms_of_the_asymptotic_series) {
  const double x = 1e6;
  BOOST_TEST(at("digamma", x) == std::log(x) - 0.5 / x - 1 / (12 * x * x), digits());
  BOOST_TEST(at("polygamma", x) == 1 / x + 0.5 / (x * x) + 1 / (6 * x * x * x), digits());
}

BOOST_AUTO_TEST_CASE(the_order_of_a_derivative_is_at_least_one) {
  BOOST_TEST(refusal("polygamma", {real(1)}, {{"n", std::int64_t{0}}}) ==
             "polygamma: n must lie in [1, inf), but is 0");
}

BOOST_AUTO_TEST_SUITE_END()
