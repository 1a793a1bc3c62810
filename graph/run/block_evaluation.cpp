#include "graph/run/block_evaluation.hpp"

#include <algorithm>
#include <deque>
#include <numeric>

#include "graph/run/metrics.hpp"
#include "graph/run/training_graph.hpp"

namespace ebb {

BlockEvaluation::BlockEvaluation(Model& model, const std::string& name, Store& store,
                                 const EvaluationOptions& options) {
  const DataBlock* block = model.find_data(name);
  if (!block && !model.inputs.empty()) {
    std::vector<std::string> names;
    for (const DataBlock& b : model.data) names.push_back(b.name);
    throw UserError("the script has no `data " + name + "`", did_you_mean(name, names));
  }
  Simplifier simplify = simplifier_of(model);
  if (block) {
    samples_ = block->samples;
    for (const NamedValue& binding : block->bindings) {
      const auto input = std::ranges::find(model.inputs, binding.name, &ModelInput::name);
      simplify.substitute(input->value, binding.value);
    }
  }
  minibatch_ = std::min(options.minibatch, samples_);
  PlanRequest request;
  request.precision = options.precision;
  request.max_samples = minibatch_;
  request.packs_weights = samples_ > minibatch_;
  if (model.cost) {
    cost_ = simplify(model.cost->value);
    cost_per_sample_ = model.graph.type(*cost_).per_sample;
    request.fetches.push_back(*cost_);
  }
  for (const NamedValue& metric : model.metrics) {
    metrics_.emplace_back(metric.name, simplify(metric.value));
    request.fetches.push_back(metrics_.back().second);
  }
  for (const SampleMetric& metric : model.sample_metrics) {
    sample_metrics_.emplace_back(&metric, simplify(metric.inputs));
    const auto& values = sample_metrics_.back().second;
    request.fetches.insert(request.fetches.end(), values.begin(), values.end());
  }
  if (request.fetches.empty())
    throw UserError("the script has neither a `cost` nor a `metric`",
                    {"for example `cost quadratic(a, y)`, or `metric accuracy(a, y)`"});
  executor_ = std::make_unique<Executor>(make_plan(model.graph, request), store, options.executor);
  feed_ = std::make_unique<Feed>(model.columns, *executor_, options.feed);
}

Evaluation BlockEvaluation::operator()(std::int64_t begin, std::int64_t end,
                                       const OnProgress& on_progress) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(end - begin));
  std::iota(indices.begin(), indices.end(), begin);
  return (*this)(indices, on_progress);
}

Evaluation BlockEvaluation::operator()(std::span<const std::int64_t> samples,
                                       const OnProgress& on_progress) {
  executor_->weights_changed();
  std::span<const std::int64_t> rest = samples;
  std::deque<Measurement> measurements;
  for (const auto& [metric, values] : sample_metrics_) measurements.emplace_back(*metric);
  std::vector<double> sums(metrics_.size());
  double cost = 0;
  // The sum over the samples of a fetched scalar; one that is shared counts once for each.
  const auto sum = [&](Value value, std::int64_t n) {
    const Tensor tensor = executor_->fetch_tensor(value);
    double total = 0;
    for (std::int64_t s = 0; s < n; ++s) total += tensor.at(tensor.type().per_sample ? s : 0);
    return total;
  };
  const auto next = [&] {
    return rest.first(std::min(rest.size(), static_cast<std::size_t>(minibatch_)));
  };
  while (!rest.empty()) {
    const auto n = static_cast<std::int64_t>(next().size());
    feed_->gather(next());
    rest = rest.subspan(static_cast<std::size_t>(n));
    feed_->prefetch(next());
    executor_->run(n);
    if (cost_) cost += sum(*cost_, n);
    for (std::size_t i = 0; i < metrics_.size(); ++i) sums[i] += sum(metrics_[i].second, n);
    for (std::size_t i = 0; i < measurements.size(); ++i)
      measurements[i].add(*executor_, sample_metrics_[i].second, n);
    if (on_progress) on_progress(static_cast<std::int64_t>(samples.size() - rest.size()));
  }
  Evaluation result;
  result.samples = static_cast<std::int64_t>(samples.size());
  const auto n = static_cast<double>(result.samples);
  if (cost_) result.cost = cost / n;
  for (std::size_t i = 0; i < sums.size(); ++i)
    result.metrics.emplace_back(metrics_[i].first, sums[i] / n);
  // In the script's order; those that come before have shifted the places.
  for (std::size_t i = 0; i < measurements.size(); ++i) {
    const SampleMetric& metric = *sample_metrics_[i].first;
    const auto place = static_cast<std::ptrdiff_t>(metric.place + i);
    result.metrics.emplace(result.metrics.begin() + place, metric.name, measurements[i].result());
  }
  return result;
}

}  // namespace ebb
