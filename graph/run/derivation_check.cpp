#include "graph/run/derivation_check.hpp"

#include <algorithm>
#include <cmath>

#include "graph/core/evaluate.hpp"
#include "graph/run/random_point.hpp"

namespace ebb {

namespace {

class Differences {
 public:
  Differences(const Graph& graph, Value cost, Value wrt, Value gradient)
      : graph_(graph),
        cost_(cost),
        wrt_(wrt),
        samples_(couples_samples(graph, cost) ? 3 : 1),
        point_(graph, {cost, gradient, wrt}, samples_),
        evaluate_(graph, Precision::f64, samples_) {
    point_.fill(evaluate_);
    at_ = evaluate_(wrt);
    analytic_ = evaluate_(gradient);
  }

  double largest() {
    const std::int64_t n = at_.elements_per_sample() * at_.samples();
    double worst = 0;
    for (std::int64_t i = 0; i < n; i += std::max<std::int64_t>(1, n / 24))
      keep_largest(worst, difference(i));
    return worst;
  }

 private:
  double difference(std::int64_t i) const;
  double slope(std::int64_t i, double h) const;
  double cost_at(std::int64_t i, double value) const;
  double derived(std::int64_t i) const;

  const Graph& graph_;
  Value cost_, wrt_;
  std::int64_t samples_;
  RandomPoint point_;
  Evaluator evaluate_;
  Tensor at_, analytic_;
};

double Differences::cost_at(std::int64_t i, double value) const {
  Evaluator moved(graph_, Precision::f64, samples_);
  point_.fill(moved);
  Tensor tensor(at_.type(), at_.samples());
  for (std::int64_t j = 0; j < at_.elements_per_sample() * at_.samples(); ++j)
    tensor.set(j, j == i ? value : at_.at(j));
  moved.set(wrt_, tensor);
  const Tensor& cost = moved(cost_);
  double sum = 0;
  for (std::int64_t s = 0; s < cost.samples(); ++s) sum += cost.at(s);
  return sum;
}

double Differences::slope(std::int64_t i, double h) const {
  const double x = at_.at(i);
  const double wide = (cost_at(i, x + h) - cost_at(i, x - h)) / (2 * h);
  const double narrow = (cost_at(i, x + h / 2) - cost_at(i, x - h / 2)) / h;
  return (4 * narrow - wide) / 3;
}

double Differences::derived(std::int64_t i) const {
  const std::int64_t n = at_.elements_per_sample();
  if (at_.type().per_sample || !analytic_.type().per_sample) return analytic_.at(i);
  double sum = 0;
  for (std::int64_t s = 0; s < analytic_.samples(); ++s) sum += analytic_.at(i + s * n);
  return sum;
}

// A step may lead over a kink; a smaller one then does not. What is wrong is wrong for every step.
double Differences::difference(std::int64_t i) const {
  double least = INFINITY;
  for (const double h : {1e-3, 1e-4, 1e-5}) {
    least = std::min(least, relative_difference(derived(i), slope(i, h)));
    if (least < 1e-9) break;
  }
  return least;
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
  return Differences(graph, cost, wrt, gradient).largest();
}

}  // namespace ebb
