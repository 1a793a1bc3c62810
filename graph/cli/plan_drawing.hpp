// A plan as a drawing: a text in Graphviz' language.
#pragma once

#include <string>

#include "graph/cli/drawing.hpp"
#include "graph/compile/plan.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// The steps, each with the ops that are fused in it, what they read and write, and what lies in the
// arena when. The steps of a call that is not unfolded are a box, those of several calls with the
// first of them; all updates by a rule are one. `plan` is one of the model's graph. `draw`
// (graphviz.hpp) makes a picture of it.
std::string drawing_of(const Model& model, const Plan& plan, const DrawingOptions& options);

}  // namespace ebb
