#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(trigonometry)

BOOST_AUTO_TEST_CASE(angles) {
  const double pi = std::acos(-1);
  const Tensor x = real({3}, {0, pi / 6, -pi / 4});
  BOOST_TEST(run("sin", {x}) == "[0, 0.5, -0.7071068]");
  BOOST_TEST(run("cos", {x}) == "[1, 0.8660254, 0.7071068]");
  BOOST_TEST(run("tan", {x}) == "[0, 0.5773503, -1]");
}

BOOST_AUTO_TEST_CASE(inverses) {
  const Tensor x = real({4}, {-1, 0, 0.5, 1});
  BOOST_TEST(run("asin", {x}) == "[-1.570796, 0, 0.5235988, 1.570796]");
  BOOST_TEST(run("acos", {x}) == "[3.141593, 1.570796, 1.047198, 0]");
  BOOST_TEST(run("atan", {x}) == "[-0.7853982, 0, 0.4636476, 0.7853982]");
  BOOST_TEST(run("atanh", {real({3}, {-0.5, 0, 0.9})}) == "[-0.5493061, 0, 1.472219]");
  BOOST_TEST(run("asinh", {real({3}, {-1, 0, 1e30})}) == "[-0.8813736, 0, 69.7707]");
  BOOST_TEST(run("acosh", {real({3}, {1, 2, 1e30})}) == "[0, 1.316958, 69.7707]");
}

BOOST_AUTO_TEST_CASE(atan2_knows_all_quadrants) {
  const Tensor y = real({4}, {1, 1, -1, -1}), x = real({4}, {1, -1, -1, 1});
  BOOST_TEST(run("atan2", {y, x}) == "[0.7853982, 2.356194, -2.356194, -0.7853982]");
  BOOST_TEST(gradient("atan2", {y, x}, 0) == "[0.5, -0.5, -0.5, 0.5]");
  BOOST_TEST(gradient("atan2", {y, x}, 1) == "[-0.5, -0.5, 0.5, 0.5]");
  BOOST_TEST(run("atan2", {real({2}, {0, -0.0}), real(-2)}) == "[3.141593, -3.141593]");
  BOOST_TEST(gradient("atan2", {real({2}, {0, -0.0}), real(-2)}, 0) == "[-0.5, -0.5]");
}

BOOST_AUTO_TEST_CASE(hyperbolic_functions) {
  const Tensor x = real({3}, {-2, 0, 1});
  BOOST_TEST(run("sinh", {x}) == "[-3.62686, 0, 1.175201]");
  BOOST_TEST(run("cosh", {x}) == "[3.762196, 1, 1.543081]");
  BOOST_TEST(run("tanh", {x}) == "[-0.9640276, 0, 0.7615942]");
  BOOST_TEST(run("tanh'", {x}) == "[0.07065082, 1, 0.4199743]");
  BOOST_TEST(run("tanh", {real({4}, {-1e4, -200, 200, 1e4})}) == "[-1, -1, 1, 1]");
}

BOOST_AUTO_TEST_CASE(gradients_at_ends_and_far_away) {
  BOOST_TEST(gradient("asin", {real({2}, {1, 0})}, 0) == "[inf, 1]");
  BOOST_TEST(gradient("acos", {real({2}, {-1, 0})}, 0) == "[-inf, -1]");
  BOOST_TEST(gradient("acosh", {real({2}, {1, 1e200})}, 0) == "[inf, 1e-200]");
  BOOST_TEST(gradient("asinh", {real({2}, {0, 1e100})}, 0) == "[1, 1e-100]");
  BOOST_TEST(gradient("atan", {real({2}, {0, 1e100})}, 0) == "[1, 1e-200]");
}

BOOST_AUTO_TEST_SUITE_END()
