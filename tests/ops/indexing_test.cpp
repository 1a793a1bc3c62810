#include <boost/test/unit_test.hpp>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

namespace {

std::string slice(const Tensor& x, Ints begin, Ints end, Ints drop = {}) {
  return run("slice", {x},
             {{"begin", std::move(begin)}, {"end", std::move(end)}, {"drop", std::move(drop)}});
}

std::string bad_slice(const Tensor& x, Ints begin, Ints end, Ints drop = {}) {
  return refusal("slice", {x},
                 {{"begin", std::move(begin)}, {"end", std::move(end)}, {"drop", std::move(drop)}});
}

std::string pad(const Tensor& x, Ints before, Ints after) {
  return run("pad", {x}, {{"before", std::move(before)}, {"after", std::move(after)}});
}

std::string concat(const std::vector<Tensor>& values, std::int64_t dim) {
  return run("concat", values, {{"dim", dim}});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(indexing)

BOOST_AUTO_TEST_CASE(slices) {
  const Tensor v = real({5}, {0, 1, 2, 3, 4}), m = real({2, 3}, {1, 2, 3, 4, 5, 6});
  BOOST_TEST(slice(v, {1}, {4}) == "[1, 2, 3]");
  BOOST_TEST(slice(v, {3}, {4}) == "[3]");
  BOOST_TEST(slice(v, {3}, {4}, {0}) == "3");
  BOOST_TEST(slice(v, {2}, {2}) == "[]");
  BOOST_TEST(slice(v, {}, {}) == "[0, 1, 2, 3, 4]");
  BOOST_TEST(slice(m, {1}, {2}) == "[[4, 5, 6]]");
  BOOST_TEST(slice(m, {1}, {2}, {0}) == "[4, 5, 6]");
  BOOST_TEST(slice(m, {0, 1}, {2, 2}, {1}) == "[2, 5]");
  BOOST_TEST(slice(m, {0, 1}, {2, 3}) == "[[2, 3], [5, 6]]");
  BOOST_TEST(slice(m, {1, 2}, {2, 3}, {0, 1}) == "6");
  BOOST_TEST(slice(real(7), {}, {}) == "7");
  const Tensor cube = real({2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  BOOST_TEST(slice(cube, {0, 1, 0}, {2, 2, 2}, {1}) == "[[2, 3], [6, 7]]");
  BOOST_TEST(slice(samples(DType::f64, {3}, {1, 2, 3, 4, 5, 6}), {1}, {2}, {0}) == "[2, 5]");
  BOOST_TEST(slice(whole({3}, {7, 8, 9}), {1}, {3}) == "int [8, 9]");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_can_not_be_sliced) {
  const Tensor m = real({2, 3}, {1, 2, 3, 4, 5, 6});
  const std::string hint = "\nhint: indices count from 0; a range a..b ends before b";
  BOOST_TEST(bad_slice(m, {2}, {3}, {0}) ==
             "2 is outside dimension 0 of x, which is [2, 3]" + hint);
  BOOST_TEST(bad_slice(m, {0, 1}, {2, 4}) ==
             "1..4 is outside dimension 1 of x, which is [2, 3]" + hint);
  BOOST_TEST(bad_slice(m, {1}, {0}) == "1..0 is outside dimension 0 of x, which is [2, 3]" + hint);
  BOOST_TEST(bad_slice(m, {0, 0, 0}, {1, 1, 1}) == "x is [2, 3] and has no dimension 2");
  BOOST_TEST(bad_slice(m, {0}, {2}, {0}) ==
             "dimension 0 can not be dropped: it is not one of size 1");
  BOOST_TEST(bad_slice(m, {0}, {1}, {0, 0}) ==
             "dimension 0 can not be dropped: it is not one of size 1");
  BOOST_TEST(bad_slice(m, {0}, {1, 1}) == "begin and end have different lengths");
}

BOOST_AUTO_TEST_CASE(pads) {
  BOOST_TEST(pad(real({2}, {1, 2}), {1}, {2}) == "[0, 1, 2, 0, 0]");
  BOOST_TEST(pad(real({2, 2}, {1, 2, 3, 4}), {1}, {0}) == "[[0, 0], [1, 2], [3, 4]]");
  BOOST_TEST(pad(real({2, 2}, {1, 2, 3, 4}), {0, 1}, {0, 1}) == "[[0, 1, 2, 0], [0, 3, 4, 0]]");
  BOOST_TEST(pad(samples(DType::f64, {1}, {1, 2}), {1}, {0}) == "[[0, 1], [0, 2]]");
  BOOST_TEST(refusal("pad", {real({1}, {1})}, {{"before", Ints{1, 1}}, {"after", Ints{0, 0}}}) ==
             "x is [1] and has no dimension 1");
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

BOOST_AUTO_TEST_CASE(one_hot) {
  const NamedAttrs four = {{"classes", std::int64_t{4}}};
  BOOST_TEST(run("one_hot", {whole({}, {2})}, four) == "[0, 0, 1, 0]");
  BOOST_TEST(run("one_hot", {whole({2}, {0, 3})}, four) == "[[1, 0], [0, 0], [0, 0], [0, 1]]");
  BOOST_TEST(run("one_hot", {whole({3}, {-1, 4, 1})}, {{"classes", std::int64_t{2}}}) ==
             "[[0, 0, 0], [0, 0, 1]]");
  BOOST_TEST(run("one_hot", {samples(DType::i64, {}, {1, 3})}, four) ==
             "[[0, 1, 0, 0], [0, 0, 0, 1]]");
  BOOST_TEST(refusal("one_hot", {real(1)}, four) ==
             "one_hot takes whole numbers (int), but x is real");
  BOOST_TEST(refusal("one_hot", {whole({}, {1})}, {{"classes", std::int64_t{0}}}) ==
             "one_hot: classes must lie in [1, inf), but is 0");
}

BOOST_AUTO_TEST_SUITE_END()
