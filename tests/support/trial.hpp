// Plans held against plain evaluation.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <unordered_map>
#include <vector>

#include "graph/run/executor.hpp"
#include "tests/support/graphs.hpp"

namespace ebb::test {

// Runs a plan on random leaves beside the evaluation, node by node, of the same request or of the
// one that it was simplified from.
class Trial {
 public:
  Trial(const Graph& graph, PlanRequest request) : Trial(graph, request, request) {}
  Trial(const Graph& graph, PlanRequest request, PlanRequest original)
      : graph_(graph), request_(std::move(request)), original_(std::move(original)) {
    std::vector<Value> roots = original_.fetches;
    for (const Assignment& assignment : original_.assignments) {
      roots.push_back(assignment.variable);
      roots.push_back(assignment.next);
    }
    leaves_ = leaves(graph, roots);
    for (const Value leaf : leaves_) {
      if (!graph.is(leaf, graph.registry().core().variable)) continue;
      const Type& type = graph.type(leaf);
      Tensor& stored = store_.get(graph.node(leaf).key, type, request_.precision);
      variables_[leaf] = random_tensor(graph, leaf, 1).converted(stored.type().dtype);
      std::memcpy(stored.bytes(), variables_[leaf].bytes(), stored.size_bytes());
    }
    executor_ = std::make_unique<Executor>(make_plan(graph, request_), store_);
  }

  // One run; the largest difference among fetched values and variables.
  double run(std::int64_t samples) {
    Evaluator evaluate(graph_, request_.precision, samples);
    for (const Value leaf : leaves_) {
      const auto variable = variables_.find(leaf);
      if (variable != variables_.end()) {
        evaluate.set(leaf, variable->second);
        continue;
      }
      const Tensor tensor = random_tensor(graph_, leaf, samples);
      evaluate.set(leaf, tensor);
      fill(leaf, tensor);
    }
    executor_->run(samples);
    double worst = 0;
    for (std::size_t i = 0; i < request_.fetches.size(); ++i)
      worst = std::max(worst, difference(executor_->fetch_tensor(request_.fetches[i]),
                                         evaluate(original_.fetches[i])));
    for (const auto& [variable, next] : original_.assignments)
      variables_[variable] = evaluate(next);
    for (const auto& [variable, tensor] : variables_)
      worst = std::max(worst, difference(*store_.find(graph_.node(variable).key), tensor));
    return worst;
  }

  const Plan& plan() const { return executor_->plan(); }
  std::size_t count(StepKind kind) const {
    return static_cast<std::size_t>(
        std::ranges::count(plan().steps, kind, [](const Step& step) { return step.kind; }));
  }

 private:
  void fill(Value leaf, const Tensor& tensor) {
    const ebb_tensor* memory = executor_->leaf(graph_.node(leaf).key);
    if (!memory) return;
    const Tensor converted = tensor.converted(static_cast<DType>(memory->type.dtype));
    std::memcpy(memory->data, converted.bytes(), converted.size_bytes());
  }

  const Graph& graph_;
  PlanRequest request_, original_;
  Store store_;
  std::vector<Value> leaves_;
  std::unordered_map<Value, Tensor> variables_;
  std::unique_ptr<Executor> executor_;
};

// What plain evaluation makes of the fetches in one run after the other, for so many samples each,
// and of the variables after the last; every leaf off by `nudge`, relative to itself.
inline std::vector<Tensor> plain_results(const Graph& graph, const PlanRequest& request,
                                         std::span<const std::int64_t> runs, double nudge = 0) {
  std::vector<Value> roots = request.fetches;
  for (const Assignment& assignment : request.assignments) roots.push_back(assignment.next);
  std::unordered_map<Value, Tensor> variables;
  std::vector<Tensor> results;
  for (const std::int64_t samples : runs) {
    Evaluator evaluate(graph, request.precision, samples);
    for (const Value leaf : leaves(graph, roots)) {
      Tensor tensor = random_tensor(graph, leaf, samples);
      for (std::int64_t i = 0; i < tensor.elements_per_sample() * tensor.samples(); ++i)
        tensor.set(i, tensor.at(i) * (i % 2 == 0 ? 1 + nudge : 1 - nudge));
      const auto variable = variables.find(leaf);
      evaluate.set(leaf, variable == variables.end() ? tensor : variable->second);
    }
    for (const Value value : request.fetches) results.push_back(evaluate(value));
    for (const auto& [variable, next] : request.assignments) variables[variable] = evaluate(next);
  }
  for (const auto& [variable, next] : request.assignments) results.push_back(variables[variable]);
  return results;
}

}  // namespace ebb::test
