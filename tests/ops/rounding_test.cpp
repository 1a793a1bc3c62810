#include <boost/test/unit_test.hpp>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(rounding)

BOOST_AUTO_TEST_CASE(in_four_directions) {
  const Tensor x = real({6}, {-2.5, -1.5, -1.2, 0.5, 1.5, 7});
  BOOST_TEST(run("floor", {x}) == "[-3, -2, -2, 0, 1, 7]");
  BOOST_TEST(run("ceil", {x}) == "[-2, -1, -1, 1, 2, 7]");
  BOOST_TEST(run("round", {x}) == "[-2, -2, -1, 0, 2, 7]");
  BOOST_TEST(run("trunc", {x}) == "[-2, -1, -1, 0, 1, 7]");
}

BOOST_AUTO_TEST_CASE(whole_numbers_stay_whole_and_exact) {
  const Tensor x = whole({2}, {-3, 9007199254740993.0});
  for (const char* op : {"floor", "ceil", "round", "trunc"})
    BOOST_TEST(OneOp(op, {x}, {}).evaluate({x}, Precision::f32).same_bits(x), op);
}

BOOST_AUTO_TEST_CASE(gradients_are_zero_also_where_they_jump) {
  const Tensor x = real({3}, {0.3, 0.5, 1});
  for (const char* op : {"floor", "ceil", "round", "trunc"})
    BOOST_TEST(gradient(op, {x}, 0) == "[0, 0, 0]", op);
}

BOOST_AUTO_TEST_SUITE_END()
