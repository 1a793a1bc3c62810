#include "graph/core/array.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "graph/core/diagnostic.hpp"

BOOST_AUTO_TEST_SUITE(array)

namespace {

using ebb::Array;
using ebb::DType;

template <class T>
Array array_of(DType dtype, const std::vector<T>& values) {
  Array array = Array::make(dtype, {static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), array.data<T>());
  return array;
}

template <class T>
std::vector<T> values_of(const Array& array) {
  return {array.data<T>(), array.data<T>() + array.elements()};
}

}  // namespace

BOOST_AUTO_TEST_CASE(make_gives_room_for_every_element) {
  const Array array = Array::make(DType::f64, {2, 3, 4});
  BOOST_TEST(array.elements() == 24);
  BOOST_TEST(array.size_bytes() == 192u);
  BOOST_TEST((array.bytes != nullptr));
}

BOOST_AUTO_TEST_CASE(a_scalar_has_one_element_and_an_empty_array_none) {
  BOOST_TEST(Array::make(DType::u8, {}).size_bytes() == 1u);
  BOOST_TEST(Array::make(DType::f32, {5, 0, 3}).size_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(copies_share_the_bytes) {
  Array array = array_of<std::int32_t>(DType::i32, {1, 2});
  const Array copy = array;
  array.data<std::int32_t>()[0] = 7;
  BOOST_TEST(copy.at(0) == 7.0);
}

BOOST_AUTO_TEST_CASE(make_refuses_dimensions_that_overflow_and_the_dtype_real) {
  BOOST_CHECK_THROW(Array::make(DType::u8, {std::int64_t{1} << 40, std::int64_t{1} << 40}),
                    ebb::InternalError);
  BOOST_CHECK_THROW(Array::make(DType::real, {2}), ebb::InternalError);
}

BOOST_AUTO_TEST_CASE(at_reads_every_element_type) {
  BOOST_TEST(array_of<std::uint8_t>(DType::boolean, {0, 1}).at(1) == 1.0);
  BOOST_TEST(array_of<std::uint8_t>(DType::u8, {0, 255}).at(1) == 255.0);
  BOOST_TEST(array_of<std::int8_t>(DType::i8, {0, -128}).at(1) == -128.0);
  BOOST_TEST(array_of<std::int16_t>(DType::i16, {0, -300}).at(1) == -300.0);
  BOOST_TEST(array_of<std::int32_t>(DType::i32, {0, 70000}).at(1) == 70000.0);
  BOOST_TEST(array_of<std::int64_t>(DType::i64, {0, 1LL << 40}).at(1) == 1099511627776.0);
  BOOST_TEST(array_of<float>(DType::f32, {0, 0.5f}).at(1) == 0.5);
  BOOST_TEST(array_of<double>(DType::f64, {0, 0.1}).at(1) == 0.1);
}

BOOST_AUTO_TEST_CASE(convert_keeps_shape_and_values) {
  const Array bytes = array_of<std::uint8_t>(DType::u8, {0, 1, 255});
  const Array real = convert(bytes, DType::f32);
  BOOST_TEST(real.dims == bytes.dims, boost::test_tools::per_element());
  BOOST_TEST(values_of<float>(real) == (std::vector<float>{0, 1, 255}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(convert_to_the_same_type_shares_the_bytes) {
  const Array array = array_of<float>(DType::f32, {1});
  BOOST_TEST((convert(array, DType::f32).bytes == array.bytes));
}

BOOST_AUTO_TEST_CASE(convert_to_bool_asks_whether_the_element_differs_from_zero) {
  const Array array = array_of<double>(DType::f64, {0, -0.0, 0.25, -3});
  BOOST_TEST(values_of<std::uint8_t>(convert(array, DType::boolean)) ==
                 (std::vector<std::uint8_t>{0, 0, 1, 1}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(convert_to_integers_truncates_wraps_and_saturates_floats) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Array floats = array_of<double>(DType::f64, {2.9, -2.9, 1e30, -infinity, std::nan("")});
  BOOST_TEST(values_of<std::int64_t>(convert(floats, DType::i64)) ==
                 (std::vector<std::int64_t>{2, -2, std::numeric_limits<std::int64_t>::max(),
                                            std::numeric_limits<std::int64_t>::min(), 0}),
             boost::test_tools::per_element());
  const Array ints = array_of<std::int32_t>(DType::i32, {300, -1});
  BOOST_TEST(
      values_of<std::uint8_t>(convert(ints, DType::u8)) == (std::vector<std::uint8_t>{44, 255}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(checked_elements_finds_negative_and_overflowing_sizes) {
  const std::int64_t big = std::int64_t{1} << 31;
  BOOST_TEST(ebb::checked_elements({}) == 1);
  BOOST_TEST(ebb::checked_elements({2, 3}) == 6);
  BOOST_TEST(ebb::checked_elements({2, -3}) == -1);
  BOOST_TEST(ebb::checked_elements({big, big}) == std::int64_t{1} << 62);
  BOOST_TEST(ebb::checked_elements({big, big, 2}) == -1);
  BOOST_TEST(ebb::checked_elements({0, 5}) == 0);
  BOOST_TEST(ebb::checked_elements({0, big, big, big}) == -1);
}

BOOST_AUTO_TEST_SUITE_END()
