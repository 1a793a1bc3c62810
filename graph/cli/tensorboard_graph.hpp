// A model's graph as TensorBoard draws it.
#pragma once

#include "graph/run/wire_format.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// A message GraphDef: what the outputs, the cost and the metrics are computed from. Nodes of a
// layer share the layer's name before a slash ("a_0/w" is the script's a[0].w), so that they are
// drawn as one; so do the nodes without a name that lead to one with a name.
WireMessage tensorboard_graph(const Model& model);

}  // namespace ebb
