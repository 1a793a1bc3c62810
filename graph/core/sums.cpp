#include "graph/core/sums.hpp"

#include <algorithm>

#include "graph/core/wide.hpp"

namespace ebb {

namespace {

// Adds up numbers in several sums at a time, which the processor adds at once.
template <class T>
EBB_IN_BOTH double total(const T* numbers, std::int64_t count) {
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

template <class T>
EBB_IN_BOTH void add(const T* numbers, std::int64_t count, double* sums, std::int64_t size,
                     std::int64_t at) {
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

template <class T>
void add_plain(const T* numbers, std::int64_t count, double* sums, std::int64_t size,
               std::int64_t at) {
  add(numbers, count, sums, size, at);
}

template <class T>
EBB_WIDE void add_wide(const T* numbers, std::int64_t count, double* sums, std::int64_t size,
                       std::int64_t at) {
  add(numbers, count, sums, size, at);
}

}  // namespace

void add_many_in_turn(const float* numbers, std::int64_t count, double* sums, std::int64_t size,
                      std::int64_t at) {
  (has_wide() ? add_wide<float> : add_plain<float>)(numbers, count, sums, size, at);
}

void add_many_in_turn(const double* numbers, std::int64_t count, double* sums, std::int64_t size,
                      std::int64_t at) {
  (has_wide() ? add_wide<double> : add_plain<double>)(numbers, count, sums, size, at);
}

}  // namespace ebb
