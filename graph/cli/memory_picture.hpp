// The memory that a plan gives its intermediate values, over its steps.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "graph/compile/plan.hpp"

namespace ebb {

// A value in the arena, from the step that makes it to the last that reads it.
struct Life {
  std::uint32_t buffer = 0;
  std::size_t made = 0, last_read = 0;
};

// Of all values in the arena, in the order of the plan's buffers.
std::vector<Life> lives_in_arena(const Plan& plan);
// Bytes of the arena that each step needs; the most is plan.alive_bytes.
std::vector<std::size_t> alive_by_step(const Plan& plan);

// A chart of those bytes, at most so many columns wide; in block characters, or in ASCII. Empty
// where nothing lies in the arena.
std::string memory_chart(const Plan& plan, std::size_t columns, bool unicode);
// A drawing in SVG: steps to the right, the arena upwards, a box for each value, with its name and
// size where it has room for them, and for each step's scratch memory. `layers` are those of the
// steps.
std::string memory_drawing(const Plan& plan, const std::vector<std::string>& layers);

}  // namespace ebb
