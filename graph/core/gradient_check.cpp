#include "graph/core/gradient_check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "graph/core/diagnostic.hpp"
#include "graph/core/differences.hpp"
#include "graph/core/gradient.hpp"

namespace ebb {

namespace {

// The difference quotient over the first step with which it agrees with `analytic`, else over the
// first of all; and their relative difference.
std::pair<double, double> nearest_slope(const Differences& differences, std::int64_t entry,
                                        double analytic, double tolerance) {
  std::pair<double, double> first;
  for (const double step : {1e-3, 1e-4, 1e-5}) {
    const double slope = differences.slope(entry, step);
    const double difference =
        std::abs(analytic - slope) / std::max({1.0, std::abs(analytic), std::abs(slope)});
    if (step == 1e-3) first = {slope, difference};
    if (difference <= tolerance) return {slope, difference};
  }
  return first;
}

}  // namespace

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
    const double a = analytic.at(i);
    const auto [n, difference] = nearest_slope(differences, i, a, tolerance);
    ++check.compared;
    check.all_zero = check.all_zero && a == 0 && std::abs(n) < tolerance;
    if (!(difference <= check.worst)) check.worst = difference;
    if (difference <= tolerance || !check.passed) continue;
    check.passed = false;
    check.entry = i;
    check.at = point->value.at(i);
    check.analytic = a;
    check.numeric = n;
    char text[160];
    std::snprintf(text, sizeof text,
                  "entry %lld at %.9g: the gradient is %.12g, the difference quotient %.12g",
                  static_cast<long long>(i), check.at, a, n);
    check.message = text;
  }
  if (check.compared == 0) {
    check.passed = false;
    check.message = "nothing was compared";
  }
  return check;
}

}  // namespace ebb
