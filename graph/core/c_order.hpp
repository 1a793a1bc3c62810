// From C order, the last dimension fastest, to column-major order and back.
#pragma once

#include <algorithm>
#include <ebb/loops.hpp>
#include <span>

namespace ebb {

inline bool same_in_both_orders(std::span<const std::int64_t> dims) {
  return std::ranges::count_if(dims, [](auto dim) { return dim != 1; }) <= 1;
}

// Over an array in one of the orders and another one in the other. There are elements.
inline sdk::Loops between_orders(std::span<const std::int64_t> dims, bool to_columns) {
  sdk::Loops loops;
  std::int64_t c_step = 1, column_step = 1;
  for (const auto dim : dims) c_step *= dim;
  for (const auto dim : dims) {
    c_step /= dim;
    loops.add(dim, to_columns ? c_step : column_step, to_columns ? column_step : c_step);
    column_step *= dim;
  }
  return loops;
}

}  // namespace ebb
