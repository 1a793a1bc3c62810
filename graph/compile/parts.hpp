// Slices that are read, and concatenations that are written, where they are.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "graph/compile/plan.hpp"

namespace ebb {

// Makes of a slice a view of what it is cut from, where all steps that read it can walk a part and
// the memory is not kept for longer than copies would be; has the steps that make the operands of a
// concatenation write them into it, where they and all readers can. What can not becomes a copy.
// After `fuse`, whose arguments these are: `wanted` lists the buffers that are read after the run,
// `updates` pairs of a next value and its variable. Linear in the number of steps.
void place_parts(Plan& plan, std::span<const std::uint32_t> wanted,
                 std::span<const std::pair<std::uint32_t, std::uint32_t>> updates);

}  // namespace ebb
