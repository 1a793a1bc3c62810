// Values that lie in memory as parts of others.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/core/shape.hpp"

namespace ebb {

// Where the elements of a value lie within the value whose memory it has, counted in elements from
// that one's first.
struct Part {
  std::int64_t first = 0;             // of sample 0
  std::vector<std::int64_t> strides;  // of the dimensions whose size is not 1
  std::int64_t sample = 0;            // from one sample to the next; 0 where the value is shared

  // How a value that is no part lies: densely.
  static Part whole(const Type& type) {
    Part part;
    part.sample = 1;
    for (const auto dim : type.shape.dims()) {
      if (dim != 1) part.strides.push_back(part.sample);
      part.sample *= dim;
    }
    if (!type.per_sample) part.sample = 0;
    return part;
  }
  // Whether neighbours lie side by side, so that kernels can walk along them.
  bool has_runs() const { return strides.empty() || strides[0] == 1; }
};

}  // namespace ebb
