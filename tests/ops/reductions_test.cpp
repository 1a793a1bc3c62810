#include <boost/test/unit_test.hpp>
#include <numeric>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

namespace {

// 0, 1, 2 ... in C order.
Tensor counting(const Shape& shape) {
  std::vector<double> values(static_cast<std::size_t>(shape.elements()));
  std::iota(values.begin(), values.end(), 0);
  return real(shape, values);
}

std::string over(const char* op, const Tensor& x, Ints dims) {
  return run(op, {x}, {{"dims", std::move(dims)}});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reductions)

BOOST_AUTO_TEST_CASE(sum_over_every_choice_of_dimensions) {
  const Tensor x = counting({2, 3, 2});  // [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]]
  BOOST_TEST(over("sum", x, {}) == "66");
  BOOST_TEST(over("sum", x, {0}) == "[[6, 8], [10, 12], [14, 16]]");
  BOOST_TEST(over("sum", x, {1}) == "[[6, 9], [24, 27]]");
  BOOST_TEST(over("sum", x, {2}) == "[[1, 5, 9], [13, 17, 21]]");
  BOOST_TEST(over("sum", x, {0, 1}) == "[30, 36]");
  BOOST_TEST(over("sum", x, {2, 0}) == "[14, 22, 30]");
  BOOST_TEST(over("sum", x, {1, 2}) == "[15, 51]");
  BOOST_TEST(over("sum", x, {0, 1, 2}) == "66");
}

BOOST_AUTO_TEST_CASE(long_dimensions_are_walked_in_blocks) {
  // Longer than a block of rows and no multiple of a run's lanes.
  BOOST_TEST(over("sum", counting({150}), {}) == "11175");
  const Tensor x = counting({150, 3});
  const OneOp node("sum", {x}, {{"dims", Ints{1}}});
  const Tensor rows = node.evaluate({x}, Precision::f64);
  for (int i = 0; i < 150; ++i) BOOST_TEST(rows.at(i) == 9 * i + 3);
  BOOST_TEST(over("sum", x, {0}) == "[33525, 33675, 33825]");
  BOOST_TEST(over("max", x, {0}) == "[447, 448, 449]");
}

BOOST_AUTO_TEST_CASE(floats_are_summed_in_double) {
  // In float 1e8 + 1 is 1e8.
  const Tensor x = real({4}, {1e8, 1, 1, -1e8});
  const OneOp node("sum", {x}, {});
  BOOST_TEST(node.evaluate({x}, Precision::f32).at(0) == 2);
}

BOOST_AUTO_TEST_CASE(sums_of_other_types_and_shapes) {
  BOOST_TEST(run("sum", {whole({3}, {1, 2, 3})}) == "int 6");
  BOOST_TEST(run("sum", {truth({4}, {1, 0, 1, 1})}) == "int 3");
  BOOST_TEST(run("sum", {real(5)}) == "5");
  BOOST_TEST(run("sum", {real({0}, {})}) == "0");
  BOOST_TEST(over("sum", real({0, 2}, {}), {0}) == "[0, 0]");
  BOOST_TEST(over("sum", real({1, 3}, {1, 2, 3}), {1}) == "[6]");
  BOOST_TEST(over("sum", real({1, 3}, {1, 2, 3}), {0}) == "[1, 2, 3]");
  BOOST_TEST(run("sum", {samples(DType::f64, {2}, {1, 2, 3, 4, 5, 6})}) == "[3, 7, 11]");
}

BOOST_AUTO_TEST_CASE(means) {
  BOOST_TEST(run("mean", {real({4}, {1, 2, 3, 6})}) == "3");
  BOOST_TEST(over("mean", counting({2, 3}), {0}) == "[1.5, 2.5, 3.5]");
  BOOST_TEST(over("mean", counting({2, 3}), {1}) == "[1, 4]");
  BOOST_TEST(run("mean", {truth({4}, {1, 0, 1, 1})}) == "0.75");
}

BOOST_AUTO_TEST_CASE(extrema) {
  const Tensor x = real({2, 3}, {3, -1, 2, 0, 5, 2});
  BOOST_TEST(over("max", x, {}) == "5");
  BOOST_TEST(over("max", x, {0}) == "[3, 5, 2]");
  BOOST_TEST(over("max", x, {1}) == "[3, 5]");
  BOOST_TEST(over("min", x, {}) == "-1");
  BOOST_TEST(over("min", x, {0}) == "[0, -1, 2]");
  BOOST_TEST(over("min", x, {1}) == "[-1, 0]");
  BOOST_TEST(run("max", {whole({2}, {4, 9})}) == "int 9");
  BOOST_TEST(run("min", {truth({2}, {1, 0})}) == "bool false");
}

BOOST_AUTO_TEST_CASE(equal_extrema_share_the_gradient) {
  const Tensor x = real({2, 3}, {7, 1, 5, 7, 2, 5});
  BOOST_TEST(gradient("max", {x}, 0) == "[[0.5, 0, 0], [0.5, 0, 0]]");
  BOOST_TEST(gradient("max", {x}, 0, {{"dims", Ints{0}}}) == "[[0.5, 0, 0.5], [0.5, 1, 0.5]]");
  BOOST_TEST(gradient("min", {x}, 0, {{"dims", Ints{1}}}) == "[[0, 1, 0], [0, 1, 0]]");
}

BOOST_AUTO_TEST_CASE(positions_of_extrema) {
  const Tensor x = real({2, 3}, {3, -1, 2, 0, 5, 2});
  BOOST_TEST(run("argmax", {x}) == "int [0, 1, 0]");
  BOOST_TEST(run("argmin", {x}) == "int [1, 0, 0]");
  BOOST_TEST(run("argmax", {x}, {{"dim", std::int64_t{1}}}) == "int [0, 1]");
  BOOST_TEST(run("argmin", {x}, {{"dim", std::int64_t{1}}}) == "int [1, 0]");
  BOOST_TEST(run("argmax", {samples(DType::f64, {2}, {1, 2, 2, 1})}) == "int [1, 0]");
  BOOST_TEST(run("argmax", {whole({3}, {1, 7, 7})}) == "int 1");
}

BOOST_AUTO_TEST_CASE(what_can_not_be_reduced_is_refused) {
  const Tensor x = counting({2, 3});
  BOOST_TEST(refusal("sum", {x}, {{"dims", Ints{2}}}) ==
             "x is [2, 3] and has no dimension 2\nhint: dimensions count from 0");
  BOOST_TEST(refusal("sum", {x}, {{"dims", Ints{1, 0, 1}}}) == "dimension 1 is named twice");
  BOOST_TEST(refusal("sum", {x}, {{"dims", Ints{-1}}}) ==
             "sum: dims must lie in [0, inf), but is -1");
  BOOST_TEST(refusal("max", {real({0}, {})}) == "x is [0] and has no elements");
  BOOST_TEST(refusal("mean", {real({0}, {})}) == "x is [0] and has no elements");
  BOOST_TEST(refusal("argmax", {real(1)}) ==
             "x is [] and has no dimension 0\nhint: dimensions count from 0");
}

BOOST_AUTO_TEST_SUITE_END()
