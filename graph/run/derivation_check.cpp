#include "graph/run/derivation_check.hpp"

#include <algorithm>
#include <cmath>

#include "graph/core/differences.hpp"
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

double gradient_difference(const Graph& graph, Value cost, Value wrt, Value gradient) {
  const std::int64_t samples = couples_samples(graph, cost) ? 3 : 1;
  const RandomPoint point(graph, {cost, gradient, wrt}, samples);
  Evaluator evaluate(graph, Precision::f64, samples);
  point.fill(evaluate);
  const Differences differences(graph, cost, wrt, evaluate, samples);
  const Tensor analytic = evaluate(gradient);
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
  return worst;
}

}  // namespace ebb
