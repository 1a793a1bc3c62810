// Matrix products of a plan, bound to memory.
#pragma once

#include <memory>

#include "graph/run/bound_step.hpp"

namespace ebb {

// For a step of the kind `gemm`.
std::unique_ptr<BoundStep> bind_gemm(const Plan& plan, const Step& step, const Memory& memory);

}  // namespace ebb
