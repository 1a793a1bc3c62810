// The weights of a training as figures.
#pragma once

#include "graph/cli/json.hpp"
#include "graph/run/executor.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// Of each parameter, in order: {"name", "shape", "count", "norm", "mean", "deviation", "least",
// "most", "bins": [...]}. The bins cut least to most in equal parts and count what is finite.
Json parameter_figures(const Model& model, Store& store);

}  // namespace ebb
