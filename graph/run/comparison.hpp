// Gradients of a model's scale against central differences, at some of their entries.
#pragma once

#include <cstdint>
#include <string>

#include "graph/core/differences.hpp"

namespace ebb {

struct Comparison {
  std::int64_t entries = 0, compared = 0;
  double difference = 0;  // the largest, relative to the largest derivative
  bool all_zero = false;
  bool finite = true;
  std::string message;  // "" where all agree: the worst entry, with both numbers
};

// Compares a gradient with differences, at `most` entries drawn by `key` where there are more.
// Derivatives agree where they differ by at most `tolerance` times the largest of them.
Comparison compare(const Differences& differences, const Tensor& gradient, std::int64_t most,
                   double tolerance, std::uint64_t key);

}  // namespace ebb
