// The steps of a plan, bound to memory.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "graph/compile/plan.hpp"
#include "graph/sdk/ebb_plugin.h"

namespace ebb {

// One call that is ready to be made.
class BoundStep {
 public:
  virtual ~BoundStep() = default;
  // Allocates nothing.
  virtual void set_samples(std::int64_t samples) = 0;
  // EBB_OK, or EBB_FAILED where a kernel failed.
  virtual int run() const = 0;
  // What to throw after that.
  virtual UserError failure() const;
};

// Where the plan's buffers and the arena are.
struct Memory {
  std::byte* arena;
  std::function<std::byte*(std::uint32_t buffer)> of;
};

std::unique_ptr<BoundStep> bind(const Plan& plan, const Step& step, const Memory& memory);

// Null where the node has none.
const ebb_attr* attributes_of(const Plan& plan, NodeId node);

// A buffer as kernels see it, for this many samples.
ebb_tensor view_of(const Buffer& buffer, std::byte* data, std::int64_t samples);

}  // namespace ebb
