// Sums in double, in an order that does not depend on the processor.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ebb {

// Adds up numbers in several sums at a time, which the processor adds at once.
template <class T>
double total(const T* numbers, std::int64_t count) {
  constexpr std::int64_t width = 8;
  double sums[width] = {};
  std::int64_t i = 0;
  for (; i + width <= count; i += width)
    for (std::int64_t j = 0; j < width; ++j) sums[j] += static_cast<double>(numbers[i + j]);
  for (std::int64_t j = 0; i + j < count; ++j) sums[j] += static_cast<double>(numbers[i + j]);
  for (std::int64_t half = width / 2; half > 0; half /= 2)
    for (std::int64_t j = 0; j < half; ++j) sums[j] += sums[j + half];
  return sums[0];
}

// Adds the numbers to `size` sums in turn, the first one to sums[at].
template <class T>
void add_in_turn(const T* numbers, std::int64_t count, double* sums, std::int64_t size,
                 std::int64_t at = 0) {
  if (size == 1) {
    *sums += total(numbers, count);
    return;
  }
  for (; count > 0; at = 0) {
    const std::int64_t n = std::min(count, size - at);
    for (std::int64_t i = 0; i < n; ++i) sums[at + i] += static_cast<double>(numbers[i]);
    numbers += n;
    count -= n;
  }
}

}  // namespace ebb
