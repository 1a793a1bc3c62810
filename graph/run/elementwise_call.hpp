// The elementwise steps of a plan, bound to memory.
#pragma once

#include "graph/run/bound_step.hpp"

namespace ebb {

// A step of kind `elementwise`: span kernels, one after the other for each tile.
std::unique_ptr<BoundStep> bind_elementwise(const Plan& plan, const Step& step,
                                            const Memory& memory);

}  // namespace ebb
