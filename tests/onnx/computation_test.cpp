#include "tests/onnx/computation.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <stdexcept>

#include "tests/support/registry.hpp"

namespace ebb::test::onnx {

BOOST_AUTO_TEST_SUITE(computation)

namespace {

Array numbers(DType dtype, const std::vector<double>& values) {
  Array array = Array::make(DType::f64, {static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), array.data<double>());
  return convert(array, dtype);
}

// What is wrong with `expected` as the values of `op` at x.
std::string wrong(const char* op, const std::vector<double>& x, Element element,
                  const Array& expected, bool batch = false) {
  Graph graph(registry());
  Computation computation(graph);
  const auto size = static_cast<std::int64_t>(x.size());
  computation.samples = batch ? size : 1;
  const Value input = graph.input("x", {DType::real, batch, batch ? Shape{} : Shape{size}});
  computation.set(input, numbers(DType::f32, x));
  computation.outputs = {graph.add(op, {input})};
  try {
    check(computation, {{"y", element, expected}},
          element == Element::f64 ? Precision::f64 : Precision::f32);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_agrees_passes) {
  const double inf = INFINITY;
  BOOST_TEST(wrong("abs", {-2, 3, -inf, NAN}, Element::f32,
                   numbers(DType::f32, {2, 3, inf, NAN})) == "nothing");
  BOOST_TEST(wrong("abs", {-2, 3}, Element::f32, numbers(DType::f32, {2, 3}), true) == "nothing");
}

BOOST_AUTO_TEST_CASE(a_float_may_be_off_by_its_rounding_and_no_more) {
  const auto off_by = [](double e) {
    return wrong("abs", {-2, 100}, Element::f32, numbers(DType::f32, {2 + e, 100}));
  };
  BOOST_TEST(off_by(1e-4) == "nothing");
  BOOST_TEST(off_by(2e-4) == "in double: output 1 has 2 at 0, not 2.00020003319");
}

BOOST_AUTO_TEST_CASE(a_double_may_be_off_by_less) {
  const auto off_by = [](double e) {
    return wrong("abs", {-2}, Element::f64, numbers(DType::f64, {2 + e}));
  };
  BOOST_TEST(off_by(3e-12) == "nothing");
  BOOST_TEST(off_by(0.25) == "in double: output 1 has 2 at 0, not 2.25");
}

BOOST_AUTO_TEST_CASE(nan_and_infinity_agree_with_themselves_alone) {
  const auto error = [](double x, double y) {
    return wrong("abs", {x}, Element::f32, numbers(DType::f32, {y}));
  };
  BOOST_TEST(error(NAN, 1) == "in double: output 1 has nan at 0, not 1");
  BOOST_TEST(error(1, NAN) == "in double: output 1 has 1 at 0, not nan");
  BOOST_TEST(error(INFINITY, 2) == "in double: output 1 has inf at 0, not 2");
  BOOST_TEST(error(1, INFINITY) == "in double: output 1 has 1 at 0, not inf");
}

BOOST_AUTO_TEST_CASE(whole_numbers_and_shapes_are_the_same) {
  BOOST_TEST(wrong("argmax", {1, 5, 2}, Element::i64, Array::make(DType::i64, {1})) ==
             "in double: output 1 has shape [], not [1]");
  Array two = Array::make(DType::i64, {});
  *two.data<std::int64_t>() = 2;
  BOOST_TEST(wrong("argmax", {1, 5, 2}, Element::i64, two) ==
             "in double: output 1 has 1 at 0, not 2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb::test::onnx
