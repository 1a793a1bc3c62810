// Copies of values that may be parts of others.
#pragma once

#include <cstddef>
#include <cstdint>

#include "graph/compile/plan.hpp"

namespace ebb {

// Where a buffer's elements lie from its first one on.
Part part_of(const Buffer& buffer);

// From one buffer to another one of as many elements, of which any may be a part of its root. A
// shared one is copied to each sample.
class BufferCopy {
 public:
  BufferCopy(const Buffer& from, const Buffer& to);
  // Of these samples; of a shared buffer all. The pointers are at the first elements of sample 0.
  // Allocates nothing.
  void run(const void* from, void* to, std::int64_t first, std::int64_t samples) const;

 private:
  // Runs of bytes that lie side by side, within loops over the other dimensions.
  struct Loop {
    std::int64_t count, from, to;
  };
  std::vector<Loop> loops_;  // of one sample, innermost first
  std::int64_t run_ = 0;     // bytes of a run
  std::int64_t from_sample_ = 0, to_sample_ = 0;
  bool per_sample_;
};

}  // namespace ebb
