#include "graph/core/origins.hpp"

namespace ebb {

void Origins::add(const Graph& graph, NodeId first, NodeId node, int order) {
  const auto end = static_cast<NodeId>(graph.size());
  if (first == end) return;
  for (auto id = static_cast<NodeId>(steps_.size()); id < end; ++id) steps_.push_back({id, 0});
  for (NodeId id = first; id < end; ++id) steps_[id] = {node, order};
}

Origins::Origin Origins::operator()(NodeId id) const {
  Origin origin{id, 0};
  while (origin.node < steps_.size() && steps_[origin.node].node != origin.node) {
    origin.order += steps_[origin.node].order;
    origin.node = steps_[origin.node].node;
  }
  return origin;
}

}  // namespace ebb
