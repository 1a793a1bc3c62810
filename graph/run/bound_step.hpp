// The steps of a plan, bound to memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "graph/compile/plan.hpp"
#include "graph/run/thread_pool.hpp"
#include "graph/sdk/ebb_plugin.h"

namespace ebb {

// What lay in `bytes` bytes from `from` on lies at `to`.
struct Move {
  const std::byte* from;
  std::size_t bytes;
  const std::byte* to;
  // Nobody writes to an operand but who feeds it.
  template <class T>
  void operator()(T*& operand) const {
    // Of an operand before `from` it is larger than any size.
    const std::size_t at =
        reinterpret_cast<std::uintptr_t>(operand) - reinterpret_cast<std::uintptr_t>(from);
    if (at < bytes) operand = reinterpret_cast<T*>(const_cast<std::byte*>(to + at));
  }
};

// One call that is ready to be made, or several that threads may make at the same time.
class BoundStep : public WorkInParts {
 public:
  // Allocates nothing.
  virtual void set_samples(std::int64_t samples) = 0;
  // Reads its operands where they went. Allocates nothing.
  virtual void move_operands(const Move& move) = 0;
  // Packs the weights that it is the first to read, where the plan has them packed.
  virtual void pack() {}
  // Whether, for the samples that are set, BLAS computes a product in place of the plan's provider.
  virtual bool falls_back() const { return false; }
  // What to throw where a kernel failed.
  virtual UserError failure() const;
};

// Where the plan's buffers, the arena, packed weights and the scratch memory of each thread are.
struct Memory {
  std::byte* arena;
  std::byte* packed;
  std::function<std::byte*(std::uint32_t buffer)> of;
  std::vector<std::byte*> threads;
};

std::unique_ptr<BoundStep> bind(const Plan& plan, const Step& step, const Memory& memory);

// Null where the node has none.
const ebb_attr* attributes_of(const Plan& plan, NodeId node);

// A buffer as kernels see it, for this many samples.
ebb_tensor view_of(const Buffer& buffer, std::byte* data, std::int64_t samples);

}  // namespace ebb
