#include <boost/test/unit_test.hpp>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(indexing)

namespace {

std::string slice(const Tensor& x, Ints begin, Ints end, Ints drop = {}) {
  return run("slice", {x},
             {{"begin", std::move(begin)}, {"end", std::move(end)}, {"drop", std::move(drop)}});
}

std::string stepped(const Tensor& x, Ints begin, Ints end, Ints step) {
  return run("slice", {x},
             {{"begin", std::move(begin)}, {"end", std::move(end)}, {"step", std::move(step)}});
}

std::string bad_slice(const Tensor& x, Ints begin, Ints end, Ints drop = {}) {
  return refusal("slice", {x},
                 {{"begin", std::move(begin)}, {"end", std::move(end)}, {"drop", std::move(drop)}});
}

}  // namespace

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

BOOST_AUTO_TEST_CASE(slices_in_steps) {
  const Tensor v = real({5}, {0, 1, 2, 3, 4}), m = real({2, 3}, {1, 2, 3, 4, 5, 6});
  BOOST_TEST(stepped(v, {0}, {5}, {2}) == "[0, 2, 4]");
  BOOST_TEST(stepped(v, {1}, {5}, {3}) == "[1, 4]");
  BOOST_TEST(stepped(v, {1}, {2}, {9}) == "[1]");
  BOOST_TEST(stepped(v, {4}, {-1}, {-1}) == "[4, 3, 2, 1, 0]");
  BOOST_TEST(stepped(v, {3}, {0}, {-2}) == "[3, 1]");
  BOOST_TEST(stepped(v, {2}, {2}, {-1}) == "[]");
  BOOST_TEST(stepped(m, {1, 0}, {-1, 3}, {-1, 2}) == "[[4, 6], [1, 3]]");
  BOOST_TEST(stepped(samples(DType::f64, {3}, {1, 2, 3, 4, 5, 6}), {2}, {-1}, {-2}) ==
             "[[3, 1], [6, 4]]");
  BOOST_TEST(
      gradient("slice", {v}, 0, {{"begin", Ints{3}}, {"end", Ints{0}}, {"step", Ints{-2}}}) ==
      "[0, 1, 0, 1, 0]");
  BOOST_TEST(
      gradient("slice", {v}, 0, {{"begin", Ints{2}}, {"end", Ints{2}}, {"step", Ints{-2}}}) ==
      "[0, 0, 0, 0, 0]");
  const auto refused = [&](Ints begin, Ints end, Ints step) {
    return refusal("slice", {v}, {{"begin", begin}, {"end", end}, {"step", step}});
  };
  const std::string down =
      "\nhint: indices count from 0; a negative step leads from begin down to after end";
  BOOST_TEST(refused({5}, {0}, {-1}) ==
             "5..0 in steps of -1 is outside dimension 0 of x, which is [5]" + down);
  BOOST_TEST(refused({1}, {4}, {-1}) ==
             "1..4 in steps of -1 is outside dimension 0 of x, which is [5]" + down);
  BOOST_TEST(refused({1}, {4}, {0}) ==
             "1..4 in steps of 0 is outside dimension 0 of x, which is [5]" + down);
  BOOST_TEST(refused({1}, {4}, {1, 1}) == "begin and step have different lengths");
}

BOOST_AUTO_TEST_CASE(one_hot) {
  const NamedAttrs four = {{"classes", std::int64_t{4}}};
  BOOST_TEST(run("one_hot", {whole({}, {2})}, four) == "[0, 0, 1, 0]");
  BOOST_TEST(run("one_hot", {whole({2}, {0, 3})}, four) == "[[1, 0], [0, 0], [0, 0], [0, 1]]");
  BOOST_TEST(run("one_hot", {whole({3}, {-1, 4, 1})}, {{"classes", std::int64_t{2}}}) ==
             "[[0, 0, 0], [0, 0, 1]]");
  BOOST_TEST(run("one_hot", {samples(DType::i64, {}, {1, 3})}, four) ==
             "[[0, 1, 0, 0], [0, 0, 0, 1]]");
  BOOST_TEST(run("one_hot", {whole({}, {1})},
                 {{"classes", std::int64_t{2}}, {"on", 0.9}, {"off", 0.1}}) == "[0.1, 0.9]");
  BOOST_TEST(refusal("one_hot", {real(1)}, four) ==
             "one_hot takes whole numbers (int), but x is real");
  BOOST_TEST(refusal("one_hot", {whole({}, {1})}, {{"classes", std::int64_t{0}}}) ==
             "one_hot: classes must lie in [1, inf), but is 0");
}

BOOST_AUTO_TEST_SUITE_END()
