#include "graph/core/sums.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

using namespace ebb;

BOOST_AUTO_TEST_SUITE(sums)

namespace {

// 0, 1, 2 ... added to `size` sums in turn, the first one to sums[at].
template <class T>
void check(std::int64_t count, std::int64_t size, std::int64_t at) {
  std::vector<T> numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.push_back(static_cast<T>(i));
  std::vector<double> sums(static_cast<std::size_t>(size), 0.5), expected = sums;
  for (std::int64_t i = 0; i < count; ++i)
    expected[static_cast<std::size_t>((at + i) % size)] += static_cast<double>(i);
  add_in_turn(numbers.data(), count, sums.data(), size, at);
  BOOST_TEST(sums == expected, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_CASE(numbers_go_to_their_places) {
  for (const std::int64_t count : {0, 1, 7, 8, 9, 40, 1001})
    for (const std::int64_t size : {1, 2, 8, 13, 2000})
      for (const std::int64_t at : {std::int64_t{0}, size / 2, size - 1}) {
        check<float>(count, size, at);
        check<double>(count, size, at);
      }
}

BOOST_AUTO_TEST_CASE(floats_add_up_in_double) {
  const std::vector<float> numbers(1000, 16777217.0f / 3);
  double sum = 0;
  add_in_turn(numbers.data(), 1000, &sum, 1);
  BOOST_TEST(sum == 1000 * static_cast<double>(numbers[0]));
}

BOOST_AUTO_TEST_SUITE_END()
