#include "graph/core/differences.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace ebb {

Differences::Differences(const Graph& graph, Value objective, Value wrt, Evaluator& point,
                         std::int64_t samples, ByDefinition by_definition,
                         const KnownDerivatives& known)
    : graph_(graph), objective_(objective), wrt_(wrt), samples_(samples), here_(point(wrt)) {
  std::vector<bool> moves(graph.size());
  moves[wrt.node] = true;
  std::set<Value> fixed;
  for (const NodeId id : live_nodes(graph, {&objective, 1})) {
    const auto inputs = graph.inputs(id);
    const bool moved = std::ranges::any_of(inputs, [&](Value v) { return moves[v.node]; });
    const bool held = by_definition == ByDefinition::hold &&
                      graph.node(id).op->claims_(EBB_GRADIENT_BY_DEFINITION);
    if (!moved || held) continue;
    const auto derivatives = known.find(id);
    moves[id] = derivatives == known.end();
    if (!moves[id]) known_.emplace_back(*derivatives);
    for (const Value input : inputs)
      if (!moves[input.node]) fixed.insert(input);
  }
  depends_ = moves[objective.node];
  for (const Value value : fixed) fixed_.emplace_back(value, point(value));
  if (!depends_ && known_.empty()) fixed_.emplace_back(objective, point(objective));
}

double Differences::at(std::int64_t entry, double x) const {
  Evaluator evaluate(graph_, Precision::f64, samples_);
  for (const auto& [value, tensor] : fixed_) evaluate.set(value, tensor);
  Tensor moved(here_.type(), here_.samples());
  std::copy_n(here_.bytes(), here_.size_bytes(), moved.bytes());
  moved.set(entry, x);
  evaluate.set(wrt_, moved);
  double sum = 0;
  if (depends_ || known_.empty()) {
    const Tensor& objective = evaluate(objective_);
    for (std::int64_t s = 0; s < objective.samples(); ++s) sum += objective.at(s);
  }
  for (const auto& [id, derivatives] : known_) {
    std::vector<Tensor> inputs;
    for (const Value input : graph_.inputs(id)) inputs.push_back(evaluate(input));
    const Tensor value = run_node(graph_, id, inputs, Precision::f64, samples_)[0];
    for (std::int64_t i = 0; i < value.elements_per_sample() * value.samples(); ++i)
      sum += derivatives.at(i) * value.at(i);
  }
  return sum;
}

double Differences::slope(std::int64_t entry, double step) const {
  const double x = here_.at(entry), h = step * std::max(1.0, std::abs(x));
  const auto difference = [&](double by) {
    return (at(entry, x + by) - at(entry, x - by)) / (2 * by);
  };
  return (4 * difference(h / 2) - difference(h)) / 3;
}

}  // namespace ebb
