#include <boost/test/unit_test.hpp>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(shape)

namespace {

NamedAttrs border(Ints before, Ints after, const std::string& mode = "constant") {
  return {{"before", std::move(before)}, {"after", std::move(after)}, {"mode", mode}};
}

std::string pad(const Tensor& x, Ints before, Ints after, const std::string& mode = "constant") {
  return run("pad", {x}, border(std::move(before), std::move(after), mode));
}

std::string concat(const std::vector<Tensor>& values, std::int64_t dim) {
  return run("concat", values, {{"dim", dim}});
}

std::string stack(const std::vector<Tensor>& values, std::int64_t dim) {
  return run("stack", values, {{"dim", dim}});
}

}  // namespace

BOOST_AUTO_TEST_CASE(pads) {
  BOOST_TEST(pad(real({2}, {1, 2}), {1}, {2}) == "[0, 1, 2, 0, 0]");
  BOOST_TEST(pad(real({2, 2}, {1, 2, 3, 4}), {1}, {0}) == "[[0, 0], [1, 2], [3, 4]]");
  BOOST_TEST(pad(real({2, 2}, {1, 2, 3, 4}), {0, 1}, {0, 1}) == "[[0, 1, 2, 0], [0, 3, 4, 0]]");
  BOOST_TEST(pad(samples(DType::f64, {1}, {1, 2}), {1}, {0}) == "[[0, 1], [0, 2]]");
  BOOST_TEST(run("pad", {real({1}, {1})},
                 {{"before", Ints{1}}, {"after", Ints{0}}, {"value", -0.5}}) == "[-0.5, 1]");
  BOOST_TEST(run("pad", {whole({1}, {1})},
                 {{"before", Ints{1}}, {"after", Ints{0}}, {"value", 7.0}}) == "int [7, 1]");
}

BOOST_AUTO_TEST_CASE(a_border_mirrors_or_repeats_the_edge) {
  const Tensor m = real({2, 3}, {1, 2, 3, 4, 5, 6});
  BOOST_TEST(pad(real({3}, {1, 2, 3}), {2}, {2}, "reflect") == "[3, 2, 1, 2, 3, 2, 1]");
  BOOST_TEST(pad(real({3}, {1, 2, 3}), {2}, {3}, "edge") == "[1, 1, 1, 2, 3, 3, 3, 3]");
  BOOST_TEST(pad(m, {1, 1}, {0, 2}, "reflect") ==
             "[[5, 4, 5, 6, 5, 4], [2, 1, 2, 3, 2, 1], [5, 4, 5, 6, 5, 4]]");
  BOOST_TEST(pad(m, {1, 1}, {0, 2}, "edge") ==
             "[[1, 1, 2, 3, 3, 3], [1, 1, 2, 3, 3, 3], [4, 4, 5, 6, 6, 6]]");
  BOOST_TEST(pad(samples(DType::f64, {2}, {1, 2, 3, 4}), {1}, {0}, "reflect") ==
             "[[2, 1, 2], [4, 3, 4]]");
  // An element's gradient counts how often it stands in the result.
  BOOST_TEST(gradient("pad", {real({3}, {1, 2, 3})}, 0, border({2}, {1}, "reflect")) ==
             "[1, 3, 2]");
  BOOST_TEST(gradient("pad", {real({3}, {1, 2, 3})}, 0, border({2}, {1}, "edge")) == "[3, 1, 2]");
}

BOOST_AUTO_TEST_CASE(borders_that_can_not_be_are_refused) {
  const Tensor x = real({2}, {1, 2});
  BOOST_TEST(refusal("pad", {x}, border({1, 1}, {0, 0})) == "x is [2] and has no dimension 1");
  BOOST_TEST(refusal("pad", {x}, border({1}, {0, 0})) == "before and after have different lengths");
  BOOST_TEST(refusal("pad", {x}, border({0}, {2}, "reflect")) ==
             "dimension 0 of x, which is [2], is too small for a border of 2\n"
             "hint: what is reflected is there: a border is smaller than x");
  BOOST_TEST(refusal("pad", {real({0}, {})}, border({1}, {0}, "edge")) ==
             "dimension 0 of x, which is [0], is too small for a border of 1\n"
             "hint: there is no edge to repeat");
  BOOST_TEST(refusal("pad", {x}, border({1}, {1}, "mirror")) ==
             "mode is constant, reflect or edge, but not mirror");
  BOOST_TEST(refusal("pad", {whole({1}, {1})},
                     {{"before", Ints{1}}, {"after", Ints{1}}, {"value", 0.5}}) ==
             "x is whole, so value must be");
}

BOOST_AUTO_TEST_CASE(concatenation) {
  const Tensor a = real({2, 2}, {1, 2, 3, 4}), b = real({2, 1}, {5, 6});
  BOOST_TEST(concat({a, b}, 1) == "[[1, 2, 5], [3, 4, 6]]");
  BOOST_TEST(concat({a, a}, 0) == "[[1, 2], [3, 4], [1, 2], [3, 4]]");
  BOOST_TEST(concat({b, a, b}, 1) == "[[5, 1, 2, 5], [6, 3, 4, 6]]");
  BOOST_TEST(concat({real({2}, {1, 2}), real({1}, {3})}, 0) == "[1, 2, 3]");
  BOOST_TEST(concat({real(1), real({2}, {2, 3}), real(4)}, 0) == "[1, 2, 3, 4]");
  BOOST_TEST(concat({whole({1}, {1}), truth({1}, {1})}, 0) == "int [1, 1]");
  BOOST_TEST(concat({samples(DType::f64, {1}, {1, 2}), real({1}, {9})}, 0) == "[[1, 9], [2, 9]]");
  BOOST_TEST(refusal("concat", {a, b}, {{"dim", std::int64_t{0}}}) ==
             "x is [2, 2], y is [2, 1]\nhint: all dimensions but dimension 0 must agree");
  BOOST_TEST(refusal("concat", {a, real(1)}, {{"dim", std::int64_t{0}}}) ==
             "x is [2, 2], y is []\nhint: all dimensions but dimension 0 must agree");
  BOOST_TEST(refusal("concat", {a, b}, {{"dim", std::int64_t{2}}}) ==
             "x is [2, 2] and has no dimension 2");
}

BOOST_AUTO_TEST_CASE(stacking) {
  const Tensor a = real({2}, {1, 2}), b = real({2}, {3, 4});
  BOOST_TEST(stack({a, b}, 0) == "[[1, 2], [3, 4]]");
  BOOST_TEST(stack({a, b}, 1) == "[[1, 3], [2, 4]]");
  BOOST_TEST(stack({real(1), real(2), real(3)}, 0) == "[1, 2, 3]");
  BOOST_TEST(stack({samples(DType::f64, {}, {1, 2}), real(9)}, 0) == "[[1, 9], [2, 9]]");
  BOOST_TEST(stack({real({1, 2}, {1, 2}), real({1, 2}, {3, 4})}, 1) == "[[[1, 2], [3, 4]]]");
  BOOST_TEST(refusal("stack", {a, real(1)}) ==
             "x is [2], y is []\nhint: what is stacked has one shape");
  BOOST_TEST(refusal("stack", {a, b}, {{"dim", std::int64_t{2}}}) ==
             "x is [2]; there is no place for a dimension 2");
}

BOOST_AUTO_TEST_CASE(copies) {
  const Tensor v = real({2}, {1, 2}), m = real({2, 2}, {1, 2, 3, 4});
  BOOST_TEST(run("tile", {v}, {{"repeats", Ints{3}}}) == "[1, 2, 1, 2, 1, 2]");
  BOOST_TEST(run("tile", {m}, {{"repeats", Ints{1, 2}}}) == "[[1, 2, 1, 2], [3, 4, 3, 4]]");
  BOOST_TEST(run("tile", {m}, {{"repeats", Ints{2}}}) == "[[1, 2], [3, 4], [1, 2], [3, 4]]");
  BOOST_TEST(run("repeat", {v}, {{"times", std::int64_t{2}}}) == "[1, 1, 2, 2]");
  BOOST_TEST(run("repeat", {m}, {{"times", std::int64_t{2}}, {"dim", std::int64_t{1}}}) ==
             "[[1, 1, 2, 2], [3, 3, 4, 4]]");
  BOOST_TEST(run("repeat", {samples(DType::f64, {1}, {1, 2})}, {{"times", std::int64_t{2}}}) ==
             "[[1, 1], [2, 2]]");
  BOOST_TEST(refusal("tile", {v}, {{"repeats", Ints{1, 2}}}) == "x is [2] and has no dimension 1");
  BOOST_TEST(refusal("repeat", {v}, {{"times", std::int64_t{2}}, {"dim", std::int64_t{1}}}) ==
             "x is [2] and has no dimension 1\nhint: dimensions count from 0");
}

BOOST_AUTO_TEST_CASE(flips) {
  const Tensor m = real({2, 3}, {1, 2, 3, 4, 5, 6});
  BOOST_TEST(run("flip", {m}) == "[[6, 5, 4], [3, 2, 1]]");
  BOOST_TEST(run("flip", {m}, {{"dims", Ints{1}}}) == "[[3, 2, 1], [6, 5, 4]]");
  BOOST_TEST(run("flip", {truth({2}, {1, 0})}) == "bool [false, true]");
  BOOST_TEST(run("flip", {real({0}, {})}) == "[]");
  BOOST_TEST(refusal("flip", {m}, {{"dims", Ints{2}}}) ==
             "x is [2, 3] and has no dimension 2\nhint: dimensions count from 0");
}

BOOST_AUTO_TEST_CASE(values_of_the_highest_rank_have_gradients) {
  const Shape shape({1, 2, 1, 2, 1, 1, 2, 1});
  const Tensor x = real(shape, {1, 2, 3, 4, 5, 6, 7, 8});
  const auto ones = [](const std::string& text) {
    return std::ranges::count(text, '1') == 8 && text.find_first_of("023456789") == text.npos;
  };
  BOOST_TEST(ones(gradient("flip", {x}, 0)));
  BOOST_TEST(ones(gradient("slice", {x}, 0,
                           {{"begin", Ints{0, 1}}, {"end", Ints{1, -1}}, {"step", Ints{1, -1}}})));
  const std::string twice = gradient("tile", {x}, 0, {{"repeats", Ints{1, 2}}});
  BOOST_TEST(std::ranges::count(twice, '2') == 8);
}

BOOST_AUTO_TEST_SUITE_END()
