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

// Runs of a request, node by node, on random leaves; variables go from one to the next.
class PlainRuns {
 public:
  // Every leaf is off by `nudge`, relative to itself.
  PlainRuns(const Graph& graph, PlanRequest request, double nudge = 0)
      : graph_(graph), request_(std::move(request)), nudge_(nudge) {
    std::vector<Value> roots = request_.fetches;
    for (const Assignment& assignment : request_.assignments) {
      roots.push_back(assignment.variable);
      roots.push_back(assignment.next);
    }
    leaves_ = test::leaves(graph, roots);
    for (const Value leaf : leaves_)
      if (graph.is(leaf, graph.registry().core().variable)) variables_[leaf] = tensor_of(leaf, 1);
  }

  // The fetches.
  std::vector<Tensor> run(std::int64_t samples) {
    Evaluator evaluate(graph_, request_.precision, samples);
    for (const Value leaf : leaves_) evaluate.set(leaf, tensor_of(leaf, samples));
    std::vector<Tensor> results;
    for (const Value value : request_.fetches) results.push_back(evaluate(value));
    for (const auto& [variable, next] : request_.assignments) variables_[variable] = evaluate(next);
    return results;
  }

  const std::vector<Value>& leaves() const { return leaves_; }
  const std::unordered_map<Value, Tensor>& variables() const { return variables_; }
  // A variable as it is now; of another leaf, what a run for so many samples takes.
  Tensor tensor_of(Value leaf, std::int64_t samples) const {
    if (const auto found = variables_.find(leaf); found != variables_.end()) return found->second;
    Tensor tensor = random_tensor(graph_, leaf, samples);
    for (std::int64_t i = 0; i < tensor.elements_per_sample() * tensor.samples(); ++i)
      tensor.set(i, tensor.at(i) * (i % 2 == 0 ? 1 + nudge_ : 1 - nudge_));
    return tensor;
  }

 private:
  const Graph& graph_;
  PlanRequest request_;
  double nudge_;
  std::vector<Value> leaves_;
  std::unordered_map<Value, Tensor> variables_;
};

// Runs a plan on random leaves beside the evaluation, node by node, of the same request or of the
// one that it was simplified from.
class Trial {
 public:
  Trial(const Graph& graph, PlanRequest request) : Trial(graph, request, request) {}
  Trial(const Graph& graph, PlanRequest request, PlanRequest original)
      : graph_(graph), request_(std::move(request)), plain_(graph, std::move(original)) {
    for (const auto& [variable, tensor] : plain_.variables()) {
      Tensor& stored =
          store_.get(graph.node(variable).key, graph.type(variable), request_.precision);
      const Tensor converted = tensor.converted(stored.type().dtype);
      std::memcpy(stored.bytes(), converted.bytes(), stored.size_bytes());
    }
    executor_ = std::make_unique<Executor>(make_plan(graph, request_), store_);
  }

  // One run; the largest difference among fetched values and variables.
  double run(std::int64_t samples) {
    for (const Value leaf : plain_.leaves())
      if (!plain_.variables().contains(leaf)) fill(leaf, plain_.tensor_of(leaf, samples));
    executor_->run(samples);
    const auto wanted = plain_.run(samples);
    double worst = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      worst = std::max(worst, difference(executor_->fetch_tensor(request_.fetches[i]), wanted[i]));
    for (const auto& [variable, tensor] : plain_.variables())
      worst = std::max(worst, difference(*store_.find(graph_.node(variable).key), tensor));
    return worst;
  }

  // A value of the last run, one of the request's.
  Tensor fetched(Value value) const { return executor_->fetch_tensor(value); }
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
  PlanRequest request_;
  PlainRuns plain_;
  Store store_;
  std::unique_ptr<Executor> executor_;
};

}  // namespace ebb::test
