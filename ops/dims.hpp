// Dimensions.
#pragma once

#include <ebb/loops.hpp>
#include <ebb/tensor.hpp>

namespace ebb::ops {

using sdk::copy;
using sdk::Loops;

using Dims = std::span<const std::int64_t>;

inline std::int64_t product(Dims dims) {
  std::int64_t elements = 1;
  for (auto n : dims) elements *= n;
  return elements;
}

// Throws where the first input of the call has no dimension `d`.
inline void check_dim(const sdk::Inference& c, std::int64_t d) {
  if (d < c.in[0].rank()) return;
  c.fail("{0} is " + sdk::to_string(c.in[0].dims) + " and has no dimension " + std::to_string(d),
         "dimensions count from 0");
}

}  // namespace ebb::ops
