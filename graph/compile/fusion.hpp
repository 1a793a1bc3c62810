// Elementwise steps that work on the same elements become one.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "graph/compile/plan.hpp"

namespace ebb {

// Merges elementwise steps, and the sums over the samples that end them, where values then need not
// leave the first-level cache, or are read once for several uses. A value that only the merged step
// reads becomes one of its tiles. `wanted` lists the buffers that are read after the run, `updates`
// pairs of a next value and its variable: no step moves so that a variable could no longer be
// written over. Linear in the number of steps.
void fuse(Plan& plan, std::span<const std::uint32_t> wanted,
          std::span<const std::pair<std::uint32_t, std::uint32_t>> updates);

}  // namespace ebb
