#include "graph/compile/added_products.hpp"

#include <algorithm>

#include "graph/compile/schedule.hpp"

namespace ebb {

namespace {

class Finder {
 public:
  Finder(const Graph& graph, const PlanRequest& request, const std::vector<NodeId>& live)
      : graph_(graph), precision_(request.precision), uses_(graph.size()) {
    for (const NodeId id : live)
      for (const Value input : graph.inputs(id)) ++uses_[input.node];
    for (const Value value : request.fetches) ++uses_[value.node];
    for (const Assignment& assignment : request.assignments) {
      ++uses_[assignment.next.node];
      variables_[assignment.next.node] = graph.node(assignment.variable).key;
    }
  }

  // The product in the sum `id`; of two the later one, as the other is there before.
  NodeId product_in(NodeId id) const {
    const Node& node = graph_.node(id);
    if (node.op != graph_.registry().core().add) return Value::none;
    auto terms = graph_.inputs(id);
    if (terms[0] < terms[1]) std::swap(terms[0], terms[1]);
    for (std::size_t i : {0u, 1u})
      if (is_own_product(terms[i], node.outputs[0]) && may_be_overwritten(terms[1 - i], id))
        return terms[i].node;
    return Value::none;
  }

 private:
  bool is_own_product(Value value, const Type& type) const {
    return graph_.is(value, graph_.registry().core().matmul) && graph_.type(value) == type &&
           uses_[value.node] == 1;
  }
  bool may_be_overwritten(Value value, NodeId sum) const {
    if (graph_.type(value) != graph_.node(sum).outputs[0]) return false;
    if (graph_.is(value, graph_.registry().core().variable)) {
      const auto assigned = variables_.find(sum);
      return assigned != variables_.end() && assigned->second == graph_.node(value).key;
    }
    while (uses_[value.node] == 1 && is_view(graph_, value.node, precision_))
      value = graph_.inputs(value.node)[0];
    return uses_[value.node] == 1 && !graph_.node(value).op->leaf;
  }

  const Graph& graph_;
  Precision precision_;
  std::vector<std::uint32_t> uses_;                    // by node
  std::unordered_map<NodeId, std::string> variables_;  // by the node that is assigned to them
};

}  // namespace

AddedProducts::AddedProducts(const Graph& graph, const PlanRequest& request) {
  const auto live = live_nodes(graph, request);
  const Finder finder(graph, request, live);
  for (const NodeId id : live) {
    const NodeId product = finder.product_in(id);
    if (product == Value::none) continue;
    products_.emplace(id, product);
    sums_.emplace(product, id);
  }
}

}  // namespace ebb
