#include "graph/run/random_point.hpp"

#include <algorithm>
#include <cmath>
#include <ebb/random.hpp>

namespace ebb {

RandomPoint::RandomPoint(const Graph& graph, const std::vector<Value>& roots, std::int64_t samples)
    : graph_(graph), samples_(samples) {
  for (const NodeId id : live_nodes(graph_, roots))
    if (graph_.node(id).op->leaf && !graph_.node(id).constant) leaves_.push_back({id, 0});
}

void RandomPoint::fill(Evaluator& evaluate) const {
  for (const Value leaf : leaves_) evaluate.set(leaf, value_of(leaf));
}

Tensor RandomPoint::value_of(Value leaf) const {
  const Node& node = graph_.node(leaf);
  const Type& type = node.outputs[0];
  Tensor tensor(Type{concrete(type.dtype, Precision::f64), type.per_sample, type.shape},
                type.per_sample ? samples_ : 1);
  if (type.dtype != DType::real) return tensor;
  const sdk::RandomStream stream{sdk::random_key(7, node.key.c_str())};
  // Update rules keep second moments: their states ("a[0].w/v") are positive.
  const bool normal =
      node.op == graph_.registry().core().variable && node.key.find('/') == std::string::npos;
  for (std::int64_t i = 0; i < tensor.elements_per_sample() * tensor.samples(); ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    tensor.set(i, normal ? 0.5 * stream.normal(index) : 0.05 + 0.9 * stream.uniform(index));
  }
  return tensor;
}

double relative_difference(double a, double b) {
  return std::abs(a - b) / std::max({1.0, std::abs(a), std::abs(b)});
}

void keep_largest(double& worst, double difference) {
  if (!(difference <= worst)) worst = difference;
}

}  // namespace ebb
