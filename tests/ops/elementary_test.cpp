#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(elementary)

BOOST_AUTO_TEST_CASE(roots) {
  BOOST_TEST(run("sqrt", {real({3}, {0, 4, 2})}) == "[0, 2, 1.414214]");
  BOOST_TEST(run("rsqrt", {real({3}, {4, 2, 1e-10})}) == "[0.5, 0.7071068, 100000]");
  BOOST_TEST(run("cbrt", {real({4}, {27, -8, 0, 2})}) == "[3, -2, 0, 1.259921]");
}

BOOST_AUTO_TEST_CASE(exponentials_and_logarithms) {
  BOOST_TEST(run("exp", {real({3}, {-1, 0, 1})}) == "[0.3678794, 1, 2.718282]");
  BOOST_TEST(run("expm1", {real({4}, {-100, 0, 1, 1e-20})}) == "[-1, 0, 1.718282, 1e-20]");
  BOOST_TEST(run("exp2", {real({3}, {-2, 0.5, 10})}) == "[0.25, 1.414214, 1024]");
  BOOST_TEST(run("log", {real({3}, {1, 10, 0.5})}) == "[0, 2.302585, -0.6931472]");
  BOOST_TEST(run("log1p", {real({4}, {-0.5, 0, 9, 1e-20})}) == "[-0.6931472, 0, 2.302585, 1e-20]");
  BOOST_TEST(run("log2", {real({3}, {0.125, 10, 1024})}) == "[-3, 3.321928, 10]");
  BOOST_TEST(run("log10", {real({3}, {0.001, 2, 1e5})}) == "[-3, 0.30103, 5]");
}

BOOST_AUTO_TEST_CASE(gradients_keep_their_digits) {
  BOOST_TEST(gradient("expm1", {real({2}, {-50, 0})}, 0) == "[1.92875e-22, 1]");
  BOOST_TEST(gradient("log1p", {real({2}, {1e-20, 3})}, 0) == "[1, 0.25]");
  BOOST_TEST(gradient("rsqrt", {real({2}, {4, 1e-4})}, 0) == "[-0.0625, -500000]");
}

BOOST_AUTO_TEST_CASE(roots_are_vertical_at_zero) {
  BOOST_TEST(gradient("sqrt", {real({2}, {0, 4})}, 0) == "[inf, 0.25]");
  BOOST_TEST(gradient("cbrt", {real({2}, {0, -8})}, 0) == "[inf, 0.08333333]");
}

BOOST_AUTO_TEST_SUITE_END()
