// A profile in the trace format that Chromium's viewer and Perfetto open.
#pragma once

#include "graph/cli/json.hpp"

namespace ebb {

// The updates that the profile has kept, as one JSON object: an event for each update, for feeding
// its samples and for each step of its plan, in microseconds from the first; and a counter of the
// memory that the step needs in the arena.
Json trace_of(const Profile& profile, const std::string& script);

}  // namespace ebb
