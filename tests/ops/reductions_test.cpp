#include <boost/test/unit_test.hpp>
#include <limits>
#include <numeric>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(reductions)

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

BOOST_AUTO_TEST_CASE(products) {
  const Tensor x = real({2, 3}, {1, 2, 3, -4, 5, 0.5});
  BOOST_TEST(over("prod", x, {}) == "-60");
  BOOST_TEST(over("prod", x, {0}) == "[-4, 10, 1.5]");
  BOOST_TEST(over("prod", x, {1}) == "[6, -10]");
  BOOST_TEST(run("prod", {real({0}, {})}) == "1");
  BOOST_TEST(run("prod", {whole({3}, {2, 3, 7})}) == "int 42");
  BOOST_TEST(run("prod", {truth({3}, {1, 0, 1})}) == "int 0");
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_product_is_that_of_the_other_elements) {
  BOOST_TEST(gradient("prod", {real({5}, {1, 2, 3, 4, 5})}, 0) == "[120, 60, 40, 30, 24]");
  BOOST_TEST(gradient("prod", {real({3}, {2, 0, 5})}, 0) == "[0, 10, 0]");
  BOOST_TEST(gradient("prod", {real({4}, {2, 0, 5, 0})}, 0) == "[0, 0, 0, 0]");
  const Tensor x = real({2, 3}, {0, 2, 3, 4, 5, 0});
  BOOST_TEST(gradient("prod", {x}, 0) == "[[0, 0, 0], [0, 0, 0]]");
  BOOST_TEST(gradient("prod", {x}, 0, {{"dims", Ints{1}}}) == "[[6, 0, 0], [0, 0, 20]]");
  BOOST_TEST(gradient("prod", {real({}, {7})}, 0) == "1");
}

BOOST_AUTO_TEST_CASE(second_derivatives_of_a_product_are_right_where_elements_are_zero) {
  // d/dx of the sum of the gradient: for each element the sum of the products of the other pairs.
  const Tensor x = real({4}, {2, 0, 5, 0});
  OneOp node("prod", {x}, {});
  const Value first = gradients(node.graph, node.result, {&node.leaves[0], 1})[0];
  const NamedAttrs scalar = {{"shape", Ints{}}};
  const Value sum = node.graph.add("sum_to", {first}, scalar);
  node.result = gradients(node.graph, sum, {&node.leaves[0], 1})[0];
  BOOST_TEST(print(node.evaluate({x}, Precision::f64)) == "[0, 10, 0, 10]");
}

BOOST_AUTO_TEST_CASE(means) {
  BOOST_TEST(run("mean", {real({4}, {1, 2, 3, 6})}) == "3");
  BOOST_TEST(over("mean", counting({2, 3}), {0}) == "[1.5, 2.5, 3.5]");
  BOOST_TEST(over("mean", counting({2, 3}), {1}) == "[1, 4]");
  BOOST_TEST(run("mean", {truth({4}, {1, 0, 1, 1})}) == "0.75");
}

BOOST_AUTO_TEST_CASE(variances_and_standard_deviations) {
  const Tensor x = real({2, 3}, {1, 2, 6, 0, 0, 3});
  const std::int64_t one = 1;
  BOOST_TEST(over("var", x, {}) == "4.333333");
  BOOST_TEST(over("var", x, {0}) == "[0.25, 1, 2.25]");
  BOOST_TEST(over("var", x, {1}) == "[4.666667, 2]");
  BOOST_TEST(run("var", {x}, {{"dims", Ints{1}}, {"ddof", one}}) == "[7, 3]");
  BOOST_TEST(over("std", x, {0}) == "[0.5, 1, 1.5]");
  BOOST_TEST(run("std", {x}, {{"dims", Ints{0}}, {"ddof", one}}) ==
             "[0.7071068, 1.414214, 2.12132]");
  // What is common to all elements is subtracted first.
  BOOST_TEST(run("var", {real({4}, {1e6 + 1, 1e6 - 1, 1e6 + 1, 1e6 - 1})}) == "1");
}

BOOST_AUTO_TEST_CASE(the_gradient_of_std_is_zero_where_all_elements_are_equal) {
  BOOST_TEST(gradient("std", {real({3}, {2, 2, 2})}, 0) == "[0, 0, 0]");
  BOOST_TEST(gradient("std", {real({2}, {1, 3})}, 0) == "[-0.5, 0.5]");
}

BOOST_AUTO_TEST_CASE(log_sum_exp_does_not_overflow) {
  const Tensor x = real({2, 2}, {0, 1000, 0, -1000});
  BOOST_TEST(over("logsumexp", x, {0}) == "[0.6931472, 1000]");
  BOOST_TEST(over("logsumexp", x, {}) == "1000");
  BOOST_TEST(run("logsumexp", {real({3}, {-1e4, -1e4, -1e4})}) == "-9998.901");
  constexpr double infinity = std::numeric_limits<double>::infinity();
  BOOST_TEST(run("logsumexp", {real({2}, {-infinity, -infinity})}) == "-inf");
  BOOST_TEST(run("logsumexp", {real({2}, {-infinity, 3})}) == "3");
  BOOST_TEST(run("logsumexp", {real({2}, {infinity, 3})}) == "inf");
}

BOOST_AUTO_TEST_CASE(any_and_all) {
  const Tensor x = truth({2, 3}, {1, 0, 0, 1, 1, 0});
  BOOST_TEST(over("any", x, {}) == "bool true");
  BOOST_TEST(over("any", x, {0}) == "bool [true, true, false]");
  BOOST_TEST(over("all", x, {}) == "bool false");
  BOOST_TEST(over("all", x, {0}) == "bool [true, false, false]");
  BOOST_TEST(run("any", {truth({0}, {})}) == "bool false");
  BOOST_TEST(run("all", {truth({0}, {})}) == "bool true");
}

BOOST_AUTO_TEST_CASE(running_sums) {
  const Tensor x = counting({2, 3});
  const std::int64_t one = 1;
  BOOST_TEST(run("cumsum", {x}) == "[[0, 1, 2], [3, 5, 7]]");
  BOOST_TEST(run("cumsum", {x}, {{"dim", one}}) == "[[0, 1, 3], [3, 7, 12]]");
  BOOST_TEST(run("cumsum", {x}, {{"dim", one}, {"exclusive", true}}) == "[[0, 0, 1], [0, 3, 7]]");
  BOOST_TEST(run("cumsum", {x}, {{"dim", one}, {"reverse", true}}) == "[[3, 3, 2], [12, 9, 5]]");
  BOOST_TEST(run("cumsum", {x}, {{"dim", one}, {"exclusive", true}, {"reverse", true}}) ==
             "[[3, 2, 0], [9, 5, 0]]");
  BOOST_TEST(run("cumsum", {truth({4}, {1, 0, 1, 1})}) == "int [1, 1, 2, 3]");
  BOOST_TEST(run("cumsum", {samples(DType::f64, {2}, {1, 2, 3, 4})}) == "[[1, 3], [3, 7]]");
  BOOST_TEST(gradient("cumsum", {real({3}, {1, 2, 3})}, 0) == "[3, 2, 1]");
  // More neighbouring lines than are summed at once.
  const Tensor wide = counting({100, 2});
  const OneOp node("cumsum", {wide}, {{"dim", one}});
  const Tensor sums = node.evaluate({wide}, Precision::f64);
  for (int i = 0; i < 100; ++i) BOOST_TEST(sums.at(100 + i) == 4 * i + 1);
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
  constexpr double infinity = std::numeric_limits<double>::infinity();
  BOOST_TEST(run("max", {real({2}, {-infinity, -infinity})}) == "-inf");
  BOOST_TEST(run("min", {real({2}, {infinity, infinity})}) == "inf");
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

BOOST_AUTO_TEST_CASE(of_equal_extrema_the_first_or_the_last) {
  const Tensor x = real({2, 3}, {1, 4, 4, 0, 0, 1});
  const NamedAttrs last = {{"dim", std::int64_t{1}}, {"last", true}};
  BOOST_TEST(run("argmax", {x}, {{"dim", std::int64_t{1}}}) == "int [1, 2]");
  BOOST_TEST(run("argmax", {x}, last) == "int [2, 2]");
  BOOST_TEST(run("argmin", {x}, {{"dim", std::int64_t{1}}}) == "int [0, 0]");
  BOOST_TEST(run("argmin", {x}, last) == "int [0, 1]");
}

BOOST_AUTO_TEST_CASE(the_largest_over_the_samples) {
  const Tensor x = samples(DType::f64, {2}, {1, 5, 3, 2, 3, 4});
  BOOST_TEST(run("sample_max", {x}) == "[3, 5]");
  BOOST_TEST(gradient("sample_max", {x}, 0) == "[[0, 1], [0.5, 0], [0.5, 0]]");
  BOOST_TEST(run("sample_max", {samples(DType::i64, {}, {4, -1})}) == "int 4");
  BOOST_TEST(refusal("sample_max", {real({2}, {1, 2})}) ==
             "there is nothing to compare: x is shared by all samples\n"
             "hint: sample_max reduces a value that is per sample");
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
  BOOST_TEST(refusal("var", {x}, {{"dims", Ints{0}}, {"ddof", std::int64_t{2}}}) ==
             "ddof is 2, but only 2 elements make one result\n"
             "hint: the sum of squares is divided by their number less ddof");
  BOOST_TEST(refusal("cumsum", {real(1)}) ==
             "x is [] and has no dimension 0\nhint: dimensions count from 0");
  BOOST_TEST(refusal("argmax", {real(1)}) ==
             "x is [] and has no dimension 0\nhint: dimensions count from 0");
}

BOOST_AUTO_TEST_SUITE_END()
