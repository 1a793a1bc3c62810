#include "graph/core/segments.hpp"

#include <algorithm>
#include <cmath>

namespace ebb {

namespace {

struct Cut {
  NodeId node;
  double size_until;  // elements per sample that are computed up to there
};

double size_of_outputs(const Node& node) {
  double size = 0;
  for (const Type& type : node.outputs) size += static_cast<double>(type.shape.elements());
  return size;
}

// All of them, and the size of everything.
std::vector<Cut> possible_cuts(const Graph& graph, const std::vector<bool>& wanted, NodeId last,
                               double& size) {
  std::vector<NodeId> last_reader(last + 1, 0);
  for (NodeId id = 0; id <= last; ++id)
    if (wanted[id])
      for (const Value input : graph.inputs(id)) last_reader[input.node] = id;
  std::vector<Cut> cuts;
  NodeId needed_until = 0;  // the last reader of what comes before a node
  size = 0;
  for (NodeId id = 0; id <= last; ++id) {
    if (!wanted[id] || !is_of_segment(graph, id)) continue;
    const Node& node = graph.node(id);
    size += size_of_outputs(node);
    if (needed_until <= id && last_reader[id] > id && node.outputs.size() == 1)
      cuts.push_back({id, size});
    needed_until = std::max(needed_until, last_reader[id]);
  }
  return cuts;
}

}  // namespace

bool is_of_segment(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  return !node.op->leaf && node.outputs[0].per_sample;
}

std::vector<NodeId> segment_ends(const Graph& graph, const std::vector<bool>& wanted, NodeId last,
                                 int segments) {
  double size = 0;
  const auto cuts = possible_cuts(graph, wanted, last, size);
  std::vector<NodeId> ends;
  for (int i = 1; i < segments && !cuts.empty(); ++i) {
    const double place = size * i / segments;
    const auto nearest = std::ranges::min_element(
        cuts, {}, [&](const Cut& cut) { return std::abs(cut.size_until - place); });
    if (ends.empty() || nearest->node > ends.back()) ends.push_back(nearest->node);
  }
  return ends;
}

}  // namespace ebb
