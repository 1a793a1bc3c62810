#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(comparison)

BOOST_AUTO_TEST_CASE(of_numbers) {
  const Tensor a = real({3}, {1, 2, 3}), b = whole({}, {2});
  BOOST_TEST(run("equal", {a, b}) == "bool [false, true, false]");
  BOOST_TEST(run("not_equal", {a, b}) == "bool [true, false, true]");
  BOOST_TEST(run("less", {a, b}) == "bool [true, false, false]");
  BOOST_TEST(run("less_equal", {a, b}) == "bool [true, true, false]");
  BOOST_TEST(run("greater", {a, b}) == "bool [false, false, true]");
  BOOST_TEST(run("greater_equal", {a, b}) == "bool [false, true, true]");
}

BOOST_AUTO_TEST_CASE(whole_numbers_compare_exactly) {
  // 2^53 + 1 is not a double.
  const double big = 9007199254740992;
  const Tensor one = whole({}, {1});
  const Tensor a = whole({}, {big});
  const OneOp sum("add", {a, one}, {});
  const Tensor next = sum.evaluate({a, one}, Precision::f64);
  BOOST_TEST(run("equal", {a, next}) == "bool false");
  BOOST_TEST(run("less", {a, next}) == "bool true");
}

BOOST_AUTO_TEST_CASE(logic) {
  const Tensor a = truth({4}, {0, 0, 1, 1}), b = truth({4}, {0, 1, 0, 1});
  BOOST_TEST(run("and", {a, b}) == "bool [false, false, false, true]");
  BOOST_TEST(run("or", {a, b}) == "bool [false, true, true, true]");
  BOOST_TEST(run("xor", {a, b}) == "bool [false, true, true, false]");
  BOOST_TEST(run("not", {a}) == "bool [true, true, false, false]");
  BOOST_TEST(refusal("and", {a, real({4}, {1, 2, 3, 4})}) == "and takes bool, but y is real");
}

BOOST_AUTO_TEST_CASE(classes_of_numbers) {
  const double inf = std::numeric_limits<double>::infinity();
  const Tensor x = real({4}, {std::nan(""), inf, -inf, 1e300});
  const auto check = [&](const char* op, Precision precision) {
    return print(OneOp(op, {x}, {}).evaluate({x}, precision));
  };
  for (const auto precision : {Precision::f32, Precision::f64}) {
    const bool is_float = precision == Precision::f32;  // in which 1e300 is infinite
    BOOST_TEST(check("isnan", precision) == "bool [true, false, false, false]");
    BOOST_TEST(check("isinf", precision) ==
               (is_float ? "bool [false, true, true, true]" : "bool [false, true, true, false]"));
    BOOST_TEST(check("isfinite", precision) == (is_float ? "bool [false, false, false, false]"
                                                         : "bool [false, false, false, true]"));
  }
}

BOOST_AUTO_TEST_CASE(where_takes_either_side_and_its_type) {
  const Tensor c = truth({2}, {1, 0});
  BOOST_TEST(run("where", {c, real({2}, {1, 2}), real(0)}) == "[1, 0]");
  BOOST_TEST(run("where", {c, whole({2}, {1, 2}), whole({}, {7})}) == "int [1, 7]");
  BOOST_TEST(run("where", {c, whole({2}, {1, 2}), real(0.5)}) == "[1, 0.5]");
  BOOST_TEST(run("where", {c, truth({2}, {1, 1}), truth({2}, {0, 0})}) == "bool [true, false]");
  BOOST_TEST(run("where", {samples(DType::boolean, {}, {1, 0, 1}), real({2}, {1, 2}), real(0)}) ==
             "[[1, 2], [0, 0], [1, 2]]");
}

BOOST_AUTO_TEST_SUITE_END()
