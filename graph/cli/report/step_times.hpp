// Where the time of a training's updates went.
#pragma once

#include "graph/cli/json.hpp"
#include "graph/run/trainer.hpp"

namespace ebb {

// {"updates", "seconds", "feeding", "steps": [{"name", "seconds", "product"?}]}: seconds of all
// those updates, the longest step first; null where none was measured.
Json step_times(const Profile& profile);

}  // namespace ebb
