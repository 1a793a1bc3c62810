// What a graph is shown of.
#pragma once

#include <vector>

#include "graph/cli/listing.hpp"
#include "graph/run/training_graph.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// The outputs, the cost and the metrics; where there are none of them, all names.
std::vector<Root> forward_roots(const Model& model);
// The cost as it is written, and its gradients with respect to the parameters, simplified as
// mathematics: derivatives are not lowered. Throws UserError without a cost.
std::vector<Root> gradient_roots(Model& model);
// The cost and the next parameters and states.
std::vector<Root> update_roots(const Model& model, const TrainingGraph& training);

}  // namespace ebb
