// Which layers of a script the steps of a plan belong to.
#pragma once

#include <string>
#include <vector>

#include "graph/compile/plan.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// By step: the innermost layer that its last op was made for, forwards, backwards or to update one
// of its parameters, as the names of these begin: "a[0]"; "" for none.
std::vector<std::string> layers_of(const Model& model, const Plan& plan);

}  // namespace ebb
