#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(arithmetic)

BOOST_AUTO_TEST_CASE(whole_numbers_stay_whole_but_where_they_are_divided) {
  const Tensor a = whole({3}, {3, -5, 7}), b = whole({}, {2});
  BOOST_TEST(run("sub", {a, b}) == "int [1, -7, 5]");
  BOOST_TEST(run("minimum", {a, b}) == "int [2, -5, 2]");
  BOOST_TEST(run("maximum", {a, b}) == "int [3, 2, 7]");
  BOOST_TEST(run("abs", {a}) == "int [3, 5, 7]");
  BOOST_TEST(run("sign", {a}) == "int [1, -1, 1]");
  BOOST_TEST(run("div", {a, b}) == "[1.5, -2.5, 3.5]");
}

BOOST_AUTO_TEST_CASE(whole_meets_real_as_real) {
  BOOST_TEST(run("sub", {whole({2}, {1, 2}), real(0.5)}) == "[0.5, 1.5]");
  BOOST_TEST(run("maximum", {truth({2}, {0, 1}), real(0.5)}) == "[0.5, 1]");
}

BOOST_AUTO_TEST_CASE(shapes_align_at_the_first_dimension) {
  const Tensor m = real({2, 3}, {1, 2, 3, 4, 5, 6}), column = real({2}, {10, 20});
  BOOST_TEST(run("sub", {m, column}) == "[[-9, -8, -7], [-16, -15, -14]]");
  BOOST_TEST(run("sub", {real({1, 3}, {1, 2, 3}), column}) == "[[-9, -8, -7], [-19, -18, -17]]");
  BOOST_TEST(refusal("sub", {m, real({3}, {1, 2, 3})}) ==
             "shapes do not fit: x is [2, 3], y is [3]\n"
             "hint: shapes align at the first dimension; each must agree or be 1");
}

BOOST_AUTO_TEST_CASE(a_shared_operand_meets_every_sample) {
  const Tensor x = samples(DType::f64, {2}, {1, 2, 3, 4, 5, 6});
  BOOST_TEST(run("sub", {x, real({2}, {1, 1})}) == "[[0, 1], [2, 3], [4, 5]]");
  BOOST_TEST(run("div", {real({2}, {60, 60}), x}) == "[[60, 30], [20, 15], [12, 10]]");
}

BOOST_AUTO_TEST_CASE(powers) {
  const Tensor x = real({3}, {-2, 0.5, 3});
  const auto power = [&](std::int64_t n) { return run("power", {x}, {{"n", n}}); };
  BOOST_TEST(power(-2) == "[0.25, 4, 0.1111111]");
  BOOST_TEST(power(-1) == "[-0.5, 2, 0.3333333]");
  BOOST_TEST(power(0) == "[1, 1, 1]");
  BOOST_TEST(power(1) == "[-2, 0.5, 3]");
  BOOST_TEST(power(2) == "[4, 0.25, 9]");
  BOOST_TEST(power(3) == "[-8, 0.125, 27]");
  BOOST_TEST(power(5) == "[-32, 0.03125, 243]");
  BOOST_TEST(run("pow", {real({2}, {4, 2}), real({2}, {0.5, 10})}) == "[2, 1024]");
  BOOST_TEST(refusal("power", {x}) == "power needs its attribute `n`: the exponent");
}

BOOST_AUTO_TEST_CASE(signs_and_squares) {
  const Tensor x = real({3}, {-1.5, 0.5, 4});
  BOOST_TEST(run("neg", {x}) == "[1.5, -0.5, -4]");
  BOOST_TEST(run("abs", {x}) == "[1.5, 0.5, 4]");
  BOOST_TEST(run("sign", {x}) == "[-1, 1, 1]");
  BOOST_TEST(run("square", {x}) == "[2.25, 0.25, 16]");
  BOOST_TEST(run("reciprocal", {x}) == "[-0.6666667, 2, 0.25]");
  BOOST_TEST(run("neg", {whole({2}, {3, -4})}) == "int [-3, 4]");
  BOOST_TEST(run("square", {whole({2}, {3, -4})}) == "int [9, 16]");
}

BOOST_AUTO_TEST_CASE(remainders_have_the_sign_of_the_divisor_or_of_the_dividend) {
  const Tensor a = real({6}, {5.5, -5.5, 5.5, -5.5, 6, -6}), b = real({6}, {3, 3, -3, -3, 3, 3});
  BOOST_TEST(run("mod", {a, b}) == "[2.5, 0.5, -0.5, -2.5, 0, -0]");
  BOOST_TEST(run("fmod", {a, b}) == "[2.5, -2.5, 2.5, -2.5, 0, -0]");
  BOOST_TEST(gradient("mod", {a, b}, 0) == "[1, 1, 1, 1, 1, 1]");
  BOOST_TEST(gradient("mod", {a, b}, 1) == "[-1, 2, 2, -1, -2, 2]");
  BOOST_TEST(gradient("fmod", {a, b}, 1) == "[-1, 1, 1, -1, -2, 2]");
}

BOOST_AUTO_TEST_CASE(remainders_of_whole_numbers_never_trap) {
  const Tensor a = whole({6}, {7, -7, 7, -7, 5, 5}), b = whole({6}, {3, 3, -3, -3, 0, -1});
  BOOST_TEST(run("mod", {a, b}) == "int [1, 2, -2, -1, 0, 0]");
  BOOST_TEST(run("fmod", {a, b}) == "int [1, -1, 1, -1, 0, 0]");
}

BOOST_AUTO_TEST_CASE(clamp_keeps_the_type_and_takes_either_bound) {
  const NamedAttrs both = {{"lower", -1.5}, {"upper", 2.5}};
  const Tensor x = real({5}, {-3, -1.5, 0, 2.5, 9});
  BOOST_TEST(run("clamp", {x}, both) == "[-1.5, -1.5, 0, 2.5, 2.5]");
  BOOST_TEST(run("clamp", {x}, {{"lower", 0.5}}) == "[0.5, 0.5, 0.5, 2.5, 9]");
  BOOST_TEST(run("clamp", {x}) == "[-3, -1.5, 0, 2.5, 9]");
  BOOST_TEST(run("clamp", {whole({3}, {-3, 1, 9})}, both) == "int [-1, 1, 2]");
  BOOST_TEST(gradient("clamp", {x}, 0, both) == "[0, 1, 1, 1, 0]");
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_not_hidden) {
  const Tensor x = real({2}, {std::nan(""), 1});
  for (const char* op : {"maximum", "minimum"})
    BOOST_TEST(print(OneOp(op, {x, real(0.5)}, {}).evaluate({x, real(0.5)}, Precision::f64))
                   .starts_with("[nan, "),
               op);
  for (const char* op : {"relu", "relu6", "clamp", "hard_tanh", "hard_sigmoid"})
    BOOST_TEST(print(OneOp(op, {x}, {}).evaluate({x}, Precision::f64)).starts_with("[nan, "), op);
}

BOOST_AUTO_TEST_CASE(gradients_at_kinks_are_as_documented) {
  const Tensor a = real({3}, {1, 2, 3}), b = real({3}, {3, 2, 1});
  BOOST_TEST(gradient("maximum", {a, b}, 0) == "[0, 0, 1]");
  BOOST_TEST(gradient("maximum", {a, b}, 1) == "[1, 1, 0]");
  BOOST_TEST(gradient("minimum", {a, b}, 0) == "[1, 0, 0]");
  BOOST_TEST(gradient("minimum", {a, b}, 1) == "[0, 1, 1]");
  BOOST_TEST(gradient("abs", {real({3}, {-2, 0, 2})}, 0) == "[-1, 0, 1]");
}

BOOST_AUTO_TEST_SUITE_END()
