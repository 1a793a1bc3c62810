#include "graph/core/gradient_check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "graph/core/diagnostic.hpp"
#include "graph/core/differences.hpp"
#include "graph/core/gradient.hpp"

namespace ebb {

GradientCheck check_gradient(Graph& graph, Value objective, Value wrt,
                             const std::vector<LeafValue>& leaves, std::int64_t samples,
                             double tolerance, Precision precision) {
  const Value g = gradients(graph, objective, {&wrt, 1})[0];
  Evaluator evaluate(graph, precision, samples);
  const LeafValue* point = nullptr;
  for (const LeafValue& leaf : leaves) {
    evaluate.set(leaf.leaf, leaf.value);
    if (leaf.leaf == wrt) point = &leaf;
  }
  ensure(point != nullptr, "check_gradient: `wrt` must be one of the leaves");
  const Tensor analytic = evaluate(g);
  Evaluator exact(graph, Precision::f64, samples);
  for (const LeafValue& leaf : leaves) exact.set(leaf.leaf, leaf.value);
  const Differences differences(graph, objective, wrt, exact, samples);
  GradientCheck check;
  check.all_zero = true;
  check.passed = true;
  for (std::int64_t i = 0; i < differences.entries(); ++i) {
    const double a = analytic.at(i), n = differences.slope(i, 1e-3);
    const double difference = std::abs(a - n) / std::max({1.0, std::abs(a), std::abs(n)});
    ++check.compared;
    check.all_zero = check.all_zero && a == 0 && std::abs(n) < tolerance;
    if (!(difference <= check.worst)) check.worst = difference;
    if (difference <= tolerance || !check.passed) continue;
    check.passed = false;
    char text[160];
    std::snprintf(text, sizeof text,
                  "entry %lld at %.9g: the gradient is %.12g, the difference quotient %.12g",
                  static_cast<long long>(i), point->value.at(i), a, n);
    check.message = text;
  }
  if (check.compared == 0) {
    check.passed = false;
    check.message = "nothing was compared";
  }
  return check;
}

}  // namespace ebb
