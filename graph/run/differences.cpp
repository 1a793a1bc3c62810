#include "graph/run/differences.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ebb/random.hpp>
#include <set>

namespace ebb {

namespace {

// Below this a derivative is lost in the rounding of a difference quotient.
constexpr double noise = 1e-9;

std::vector<std::int64_t> drawn_entries(std::int64_t count, std::int64_t most, std::uint64_t key) {
  std::vector<std::int64_t> entries;
  if (count <= most) {
    for (std::int64_t i = 0; i < count; ++i) entries.push_back(i);
    return entries;
  }
  const sdk::RandomStream stream{key};
  std::set<std::int64_t> chosen;
  for (std::uint64_t i = 0; static_cast<std::int64_t>(chosen.size()) < most; ++i)
    chosen.insert(static_cast<std::int64_t>(stream.uniform(i) * static_cast<double>(count)));
  return {chosen.begin(), chosen.end()};
}

double sum_of(const Tensor& tensor) {
  double sum = 0;
  for (std::int64_t s = 0; s < tensor.samples(); ++s) sum += tensor.at(s);
  return sum;
}

std::int64_t entries_of(const Tensor& tensor) {
  return tensor.elements_per_sample() * tensor.samples();
}

}  // namespace

Differences::Differences(const Graph& graph, Value objective, Value leaf, Evaluator& point,
                         std::int64_t samples)
    : graph_(graph), objective_(objective), leaf_(leaf), samples_(samples), here_(point(leaf)) {
  std::vector<bool> moves(graph.size());
  moves[leaf.node] = true;
  std::set<Value> fixed;
  for (const NodeId id : live_nodes(graph, {&objective, 1})) {
    const auto inputs = graph.inputs(id);
    const bool moved = std::ranges::any_of(inputs, [&](Value v) { return moves[v.node]; });
    if (!moved) continue;
    if (graph.node(id).op->claims_(EBB_GRADIENT_BY_DEFINITION)) continue;
    moves[id] = true;
    for (const Value input : inputs)
      if (!moves[input.node]) fixed.insert(input);
  }
  depends_ = moves[objective.node];
  for (const Value value : fixed) fixed_.emplace_back(value, point(value));
  if (!depends_) fixed_.emplace_back(objective, point(objective));
}

double Differences::at(std::int64_t entry, double x) const {
  Evaluator evaluate(graph_, Precision::f64, samples_);
  for (const auto& [value, tensor] : fixed_) evaluate.set(value, tensor);
  Tensor moved(here_.type(), here_.samples());
  std::copy_n(here_.bytes(), here_.size_bytes(), moved.bytes());
  moved.set(entry, x);
  evaluate.set(leaf_, moved);
  return sum_of(evaluate(objective_));
}

// Central difference, Richardson-extrapolated: the error is O(h^4).
double Differences::slope(std::int64_t entry, double step) const {
  const double x = here_.at(entry), h = step * std::max(1.0, std::abs(x));
  const auto difference = [&](double by) {
    return (at(entry, x + by) - at(entry, x - by)) / (2 * by);
  };
  return (4 * difference(h / 2) - difference(h)) / 3;
}

Comparison Differences::compare(const Tensor& gradient, std::int64_t most, double tolerance,
                                std::uint64_t key) const {
  Comparison result;
  result.entries = entries_of(here_);
  const auto entries = drawn_entries(result.entries, most, key);
  result.compared = static_cast<std::int64_t>(entries.size());
  const double objective = entries.empty() ? 0 : at(entries[0], here_.at(entries[0]));
  std::vector<double> slopes;
  double largest = 0;
  for (const std::int64_t i : entries) {
    slopes.push_back(slope(i, 1e-3));
    largest = std::max({largest, std::abs(slopes.back()), std::abs(gradient.at(i))});
    result.finite = result.finite && std::isfinite(slopes.back()) && std::isfinite(gradient.at(i));
  }
  result.all_zero = largest <= noise * std::max(1.0, std::abs(objective));
  if (result.all_zero || !result.finite) return result;
  for (std::size_t e = 0; e < entries.size(); ++e) {
    const double exact = gradient.at(entries[e]);
    double best = slopes[e];
    for (double step = 1e-4; step > 1e-7 && std::abs(best - exact) > tolerance * largest;
         step /= 10)
      if (const double other = slope(entries[e], step);
          std::abs(other - exact) < std::abs(best - exact))
        best = other;
    const double difference = std::abs(best - exact) / largest;
    if (difference <= result.difference) continue;
    result.difference = difference;
    if (difference <= tolerance) continue;
    char text[160];
    std::snprintf(text, sizeof text,
                  "entry %lld at %.6g: %.9g, but the difference quotient is %.9g",
                  static_cast<long long>(entries[e]), here_.at(entries[e]), exact, best);
    result.message = text;
  }
  return result;
}

}  // namespace ebb
