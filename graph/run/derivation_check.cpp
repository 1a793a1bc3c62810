#include "graph/run/derivation_check.hpp"

#include <algorithm>
#include <cmath>

#include "graph/run/derivation.hpp"
#include "graph/run/random_point.hpp"

namespace ebb {

namespace {

// The derivative of the cost by entry i; of a shared value it may have been kept per sample.
double derived(const Tensor& at, const Tensor& gradient, std::int64_t i) {
  if (at.type().per_sample || !gradient.type().per_sample) return gradient.at(i);
  double sum = 0;
  for (std::int64_t s = 0; s < gradient.samples(); ++s)
    sum += gradient.at(i + s * at.elements_per_sample());
  return sum;
}

}  // namespace

bool couples_samples(const Graph& graph, Value cost) {
  for (const NodeId id : live_nodes(graph, {&cost, 1})) {
    if (graph.node(id).outputs[0].per_sample) continue;
    for (const Value input : graph.inputs(id))
      if (graph.type(input).per_sample) return true;
  }
  return false;
}

DerivationCheck::DerivationCheck(const Graph& graph, Value cost,
                                 const std::vector<Value>& gradients, const std::vector<Value>& wrt)
    : graph_(graph),
      cost_(cost),
      samples_(couples_samples(graph, cost) ? 3 : 1),
      evaluate_(graph, Precision::f64, samples_) {
  std::vector<Value> roots{cost};
  roots.insert(roots.end(), gradients.begin(), gradients.end());
  roots.insert(roots.end(), wrt.begin(), wrt.end());
  RandomPoint(graph, roots, samples_).fill(evaluate_);
}

double DerivationCheck::difference(Value wrt, Value gradient) {
  const Differences differences(graph_, cost_, wrt, evaluate_, samples_, ByDefinition::follow,
                                known_);
  const Tensor analytic = evaluate_(gradient);
  const std::int64_t n = differences.entries();
  double worst = 0;
  // Some entries of a large value are enough: they all come from one formula.
  for (std::int64_t i = 0; i < n; i += std::max<std::int64_t>(1, n / 24)) {
    // A step may lead over a kink; a smaller one then does not. What is wrong is wrong for all.
    double least = INFINITY;
    for (const double step : {1e-3, 1e-4, 1e-5}) {
      least = std::min(least, relative_difference(derived(differences.here(), analytic, i),
                                                  differences.slope(i, step)));
      if (least < 1e-9) break;
    }
    keep_largest(worst, least);
  }
  const Node& node = graph_.node(wrt);
  if (worst <= derivation_tolerance && !node.op->leaf && node.outputs.size() == 1) {
    Tensor derivatives(differences.here().type(), differences.here().samples());
    for (std::int64_t i = 0; i < n; ++i)
      derivatives.set(i, derived(differences.here(), analytic, i));
    known_.emplace(wrt.node, std::move(derivatives));
  }
  return worst;
}

}  // namespace ebb
