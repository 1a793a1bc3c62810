// Where the values of a plan lie.
#pragma once

#include <span>
#include <utility>

#include "graph/compile/plan.hpp"

namespace ebb {

// From the next value of a variable to the variable; both are buffers.
using Updates = std::span<const std::pair<std::uint32_t, std::uint32_t>>;

// Gives the outputs and the scratch memory of all steps places in the arena, those of dead values
// again, and updates variables in place where nothing reads the old value any more; else a step
// that copies is added.
void place_values(Plan& plan, Updates updates);

Step copy_step(std::uint32_t from, std::uint32_t to);

}  // namespace ebb
