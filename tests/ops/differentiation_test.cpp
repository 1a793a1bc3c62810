#include <boost/test/unit_test.hpp>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(differentiation)

BOOST_AUTO_TEST_CASE(a_gradient_stops_or_is_scaled_and_the_value_stays) {
  const Tensor x = real({2}, {1, -2});
  BOOST_TEST(run("stop_gradient", {x}) == "[1, -2]");
  BOOST_TEST(gradient("stop_gradient", {x}, 0) == "[0, 0]");
  BOOST_TEST(run("gradient_scale", {x}, {{"factor", -0.5}}) == "[1, -2]");
  BOOST_TEST(gradient("gradient_scale", {x}, 0, {{"factor", -0.5}}) == "[-0.5, -0.5]");
}

BOOST_AUTO_TEST_SUITE_END()
