// How the numbers of a tensor are distributed.
#pragma once

#include <cstddef>
#include <vector>

#include "graph/core/tensor.hpp"

namespace ebb {

// Of the finite numbers; no interval where there is none.
struct Histogram {
  double least = 0, largest = 0, sum = 0, sum_of_squares = 0;
  std::vector<double> limits;  // upper ends, which belong to them, of intervals of one width
  std::vector<double> counts;

  // One interval where all are equal.
  static Histogram of(const Tensor& numbers, std::size_t intervals);
  double count() const;
};

}  // namespace ebb
