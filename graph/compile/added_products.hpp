// Sums of which one term is a matrix product: a GEMM adds it into the memory of the other.
#pragma once

#include <unordered_map>

#include "graph/compile/plan.hpp"

namespace ebb {

// Finds x + A B where nothing else reads the product, nor x: a value that is made for this sum
// alone, or the variable that the sum is assigned to. Such a product has no step of its own.
class AddedProducts {
 public:
  AddedProducts(const Graph& graph, const PlanRequest& request);

  // The product that the sum of this node adds, or Value::none.
  NodeId added_by(NodeId sum) const { return find(products_, sum); }
  // The node whose step reads what `node` reads: the sum where `node` is a product that it adds.
  NodeId reader(NodeId node) const {
    const NodeId sum = find(sums_, node);
    return sum == Value::none ? node : sum;
  }

 private:
  using Map = std::unordered_map<NodeId, NodeId>;
  static NodeId find(const Map& map, NodeId id) {
    const auto it = map.find(id);
    return it == map.end() ? Value::none : it->second;
  }
  Map products_, sums_;  // by sum, by product
};

}  // namespace ebb
