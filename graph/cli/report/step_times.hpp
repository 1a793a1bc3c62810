// Where the time of a training's updates went.
#pragma once

#include "graph/cli/json.hpp"
#include "graph/run/trainer.hpp"

namespace ebb {

// {"updates", "seconds", "feeding", "steps": [{"name", "layer"?, "seconds", "product"?}]}: seconds
// of all those updates, as if nothing had interrupted them, the longest step first; null where none
// was measured.
Json step_times(const Model& model, const Profile& profile);

}  // namespace ebb
