#include "graph/core/gradient_check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "graph/core/diagnostic.hpp"
#include "graph/core/evaluate.hpp"
#include "graph/core/gradient.hpp"

namespace ebb {

namespace {

// The objective as a function of one entry of one leaf; all else stays.
class Probe {
 public:
  Probe(const Graph& graph, Value objective, Value wrt, const std::vector<LeafValue>& leaves,
        std::int64_t samples)
      : graph_(graph), objective_(objective), wrt_(wrt), leaves_(leaves), samples_(samples) {}

  double at(std::int64_t entry, double value) const {
    Evaluator evaluate(graph_, Precision::f64, samples_);
    for (const LeafValue& leaf : leaves_) {
      if (leaf.leaf != wrt_) {
        evaluate.set(leaf.leaf, leaf.value);
        continue;
      }
      Tensor moved(leaf.value.type(), leaf.value.samples());
      std::copy_n(leaf.value.bytes(), leaf.value.size_bytes(), moved.bytes());
      moved.set(entry, value);
      evaluate.set(wrt_, std::move(moved));
    }
    const Tensor& result = evaluate(objective_);
    double sum = 0;
    for (std::int64_t s = 0; s < result.samples(); ++s) sum += result.at(s);
    return sum;
  }

  // Central difference, Richardson-extrapolated: the error is O(h^4).
  double slope(std::int64_t entry, double x) const {
    const double h = 1e-3 * std::max(1.0, std::abs(x));
    const auto difference = [&](double step) {
      return (at(entry, x + step) - at(entry, x - step)) / (2 * step);
    };
    return (4 * difference(h / 2) - difference(h)) / 3;
  }

 private:
  const Graph& graph_;
  Value objective_, wrt_;
  const std::vector<LeafValue>& leaves_;
  std::int64_t samples_;
};

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
  const Probe probe(graph, objective, wrt, leaves, samples);
  GradientCheck check;
  check.all_zero = true;
  check.passed = true;
  for (std::int64_t i = 0; i < point->value.elements_per_sample() * point->value.samples(); ++i) {
    const double a = analytic.at(i), n = probe.slope(i, point->value.at(i));
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
