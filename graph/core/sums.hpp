// Sums in double, in an order that depends neither on the processor nor on how often they are begun
// anew.
#pragma once

#include <cstdint>

namespace ebb {

// Does what add_in_turn does.
void add_many_in_turn(const float* numbers, std::int64_t count, double* sums, std::int64_t size,
                      std::int64_t at);
void add_many_in_turn(const double* numbers, std::int64_t count, double* sums, std::int64_t size,
                      std::int64_t at);

// Adds the numbers, floats or doubles, to `size` sums in turn, the first one to sums[at].
template <class T>
void add_in_turn(const T* numbers, std::int64_t count, double* sums, std::int64_t size,
                 std::int64_t at = 0) {
  // A call would cost more.
  constexpr std::int64_t few = 16;
  if (size > 1 || count > few) return add_many_in_turn(numbers, count, sums, size, at);
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += static_cast<double>(numbers[i]);
  *sums += sum;
}

}  // namespace ebb
