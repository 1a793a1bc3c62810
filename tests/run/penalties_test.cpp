// The penalties of scripts/std/penalties.ebb, by their values and gradients.
#include <boost/test/unit_test.hpp>

#include "graph/run/inference.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/model.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(penalties)

namespace {

using Numbers = std::vector<double>;

// The objective, then its gradient with respect to every parameter, element by element.
Numbers objective_and_gradient(const std::string& cost) {
  const auto model = model_of(
      "layer affine(x, n) {\n  param w[n, size(x)] ~ [[1, -2], [0, 3]]\n  param b[n] ~ [5, -6]\n"
      "  return w * x + b\n}\n"
      "input x[2]\na = affine(x, 2)\ncost " +
      cost + "\n");
  Store store;
  initialize(*model, store, Precision::f64);
  InputSource source;
  source.arrays["x"] = Array::make(DType::f64, {1, 2});
  std::fill_n(source.arrays["x"].data<double>(), 2, 0.0);
  Numbers numbers;
  for (const auto& [name, array] : gradients_of(*model, {}, source, store, Precision::f64))
    for (std::int64_t i = 0; i < array.elements(); ++i) numbers.push_back(array.at(i));
  return numbers;
}

}  // namespace

BOOST_AUTO_TEST_CASE(l1_is_the_sum_of_magnitudes_and_its_gradient_the_sign) {
  BOOST_TEST(objective_and_gradient("sum(a) + 0.5 * l1(parameters(\"*.w\"))") ==
                 (Numbers{-1 + 3, 0.5, -0.5, 0, 0.5, 1, 1}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(l2_is_half_the_sum_of_squares_and_its_gradient_the_weights) {
  BOOST_TEST(objective_and_gradient("sum(a) + 0.5 * l2(parameters(\"*.w\"))") ==
                 (Numbers{-1 + 3.5, 0.5, -1, 0, 1.5, 1, 1}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(penalties_take_all_that_match) {
  BOOST_TEST(objective_and_gradient("l1(parameters(\"*\")) + l2([a.b])") ==
                 (Numbers{17 + 30.5, 1, -1, 0, 1, 1 + 5, -1 - 6}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
