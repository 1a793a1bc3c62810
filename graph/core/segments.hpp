// Where a forward pass can be cut, so that the reverse pass computes parts of it again.
#pragma once

#include <vector>

#include "graph/core/graph.hpp"

namespace ebb {

// The nodes at which all that was computed for a sample so far comes together in one value: nothing
// that is `wanted` and comes later reads anything before it but leaves and shared values. Of these,
// those that cut the nodes up to `last` into about as many segments as are asked for, of about the
// same size, in ascending order; fewer where there are no more. Linear in the number of nodes.
std::vector<NodeId> segment_ends(const Graph& graph, const std::vector<bool>& wanted, NodeId last,
                                 int segments);

// Whether a segment holds the node: it is no leaf, and what it computes is per sample.
bool is_of_segment(const Graph& graph, NodeId id);

}  // namespace ebb
