// The order of a plan's nodes, and which of them move no memory.
#pragma once

#include <vector>

#include "graph/compile/added_products.hpp"
#include "graph/compile/plan.hpp"

namespace ebb {

// Whether the node's value lies in memory exactly as its input does, so that it needs no step.
bool is_view(const Graph& graph, NodeId id, Precision precision);

// The nodes that the request depends on, in topological order.
std::vector<NodeId> live_nodes(const Graph& graph, const PlanRequest& request);

// The live nodes of a request in an order of execution: arguments first, and the value that is
// assigned to a variable after the readers of the old value, where that is possible.
std::vector<NodeId> schedule(const Graph& graph, const PlanRequest& request,
                             const AddedProducts& added);

}  // namespace ebb
