#include "graph/core/conversion.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

#include "graph/core/array.hpp"
#include "graph/core/diagnostic.hpp"

using namespace ebb;

BOOST_AUTO_TEST_SUITE(conversion)

namespace {

constexpr DType concrete_types[] = {DType::boolean, DType::u8,  DType::i8,  DType::i16,
                                    DType::i32,     DType::i64, DType::f32, DType::f64};

// 0 to n - 1, or 0 and 1 in turn, as this type.
Array numbers(DType dtype, std::int64_t n) {
  Array array = Array::make(DType::i64, {n});
  auto* values = reinterpret_cast<std::int64_t*>(array.bytes.get());
  for (std::int64_t i = 0; i < n; ++i) values[i] = dtype == DType::boolean ? i % 2 : i;
  return convert(array, dtype);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_type_becomes_every_other) {
  for (const DType from : concrete_types)
    for (const DType to : concrete_types)
      for (const std::int64_t n : {0, 1, 3, 31, 100}) {
        const Array given = numbers(from, n);
        Array made = Array::make(to, {n});
        const void* const input = given.bytes.get();
        const std::int64_t step = 1;
        ebb::conversion(from, to)(nullptr, &input, &step, made.bytes.get(), n, nullptr);
        for (std::int64_t i = 0; i < n; ++i) {
          const double expected = to == DType::boolean ? (given.at(i) != 0 ? 1 : 0) : given.at(i);
          BOOST_REQUIRE_EQUAL(made.at(i), expected);
        }
      }
}

BOOST_AUTO_TEST_CASE(one_element_is_repeated) {
  const std::uint8_t seven = 7;
  std::array<float, 5> made{};
  const void* const input = &seven;
  const std::int64_t step = 0;
  ebb::conversion(DType::u8, DType::f32)(nullptr, &input, &step, made.data(), 4, nullptr);
  BOOST_TEST(made == (std::array<float, 5>{7, 7, 7, 7, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_real_of_no_precision_is_none) {
  BOOST_CHECK_THROW(ebb::conversion(DType::real, DType::f32), InternalError);
  BOOST_CHECK_THROW(ebb::conversion(DType::f32, DType::real), InternalError);
}

BOOST_AUTO_TEST_SUITE_END()
