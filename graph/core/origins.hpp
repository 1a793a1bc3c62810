// What derived nodes stem from.
#pragma once

#include <vector>

#include "graph/core/graph.hpp"

namespace ebb {

// For each node of a graph, what it was made for: the node of which it is a simpler form, or whose
// rule of differentiation made it. A node of which nothing is known was made for itself.
class Origins {
 public:
  // The nodes from `first` on, up to the graph's last one, were made for `node`.
  void simplified(const Graph& graph, NodeId first, NodeId node) { add(graph, first, node, 0); }
  void derived(const Graph& graph, NodeId first, NodeId node) { add(graph, first, node, 1); }

  struct Origin {
    NodeId node = 0;  // made for itself
    int order = 0;    // how often that was differentiated on the way
  };
  Origin operator()(NodeId id) const;

 private:
  void add(const Graph& graph, NodeId first, NodeId node, int order);

  std::vector<Origin> steps_;  // by node
};

}  // namespace ebb
