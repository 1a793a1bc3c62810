#include "graph/run/norms.hpp"

#include <algorithm>
#include <cmath>

#include "graph/run/squared_norm.hpp"

namespace ebb {

namespace {

std::optional<double> common_rate(const std::vector<ParameterNorms>& parameters) {
  std::optional<double> rate;
  for (const ParameterNorms& parameter : parameters) {
    if (rate && parameter.rate && *rate != *parameter.rate) return std::nullopt;
    if (parameter.rate) rate = parameter.rate;
  }
  return rate;
}

}  // namespace

NormMeter::NormMeter(const Model& model, const TrainingGraph& graph, Store& store,
                     Precision precision, std::int64_t part, const Feed* feed)
    : model_(model), graph_(graph), store_(store), part_(static_cast<std::size_t>(part)) {
  PlanRequest request;
  request.fetches = graph.gradients;
  for (const LearningRate& rate : graph.rates)
    if (rate.value) request.fetches.push_back(rate.value);
  request.precision = precision;
  request.max_samples = part;
  executor_ = std::make_unique<Executor>(make_plan(model.graph, request), store);
  feed_ = std::make_unique<Feed>(model.columns, *executor_, feed);
}

void NormMeter::set(const RunLeaves& leaves) {
  set_scalar(executor_->leaf("run.step"), static_cast<double>(leaves.step));
  set_scalar(executor_->leaf("run.epoch"), static_cast<double>(leaves.epoch));
  set_scalar(executor_->leaf("run.last_validation"), leaves.last_validation);
  set_scalar(executor_->leaf(share_leaf), 1);
}

void NormMeter::run(std::span<const std::int64_t> samples) {
  feed_->gather(samples);
  executor_->run(samples.empty() ? 1 : static_cast<std::int64_t>(samples.size()));
}

void NormMeter::measure(std::span<const std::int64_t> minibatch, std::span<double> squares) {
  if (minibatch.size() <= part_) {
    run(minibatch);
    for (std::size_t p = 0; p < squares.size(); ++p)
      squares[p] += squared_norm(executor_->fetch_tensor(graph_.gradients[p]));
    return;
  }
  // The objective is a mean over the samples, and so is its gradient.
  std::vector<std::vector<double>> means(squares.size());
  for (std::size_t first = 0; first < minibatch.size(); first += part_) {
    const auto part = minibatch.subspan(first, std::min(part_, minibatch.size() - first));
    const double share = static_cast<double>(part.size()) / static_cast<double>(minibatch.size());
    run(part);
    for (std::size_t p = 0; p < squares.size(); ++p) {
      const Tensor gradient = executor_->fetch_tensor(graph_.gradients[p]);
      means[p].resize(static_cast<std::size_t>(gradient.elements_per_sample()));
      for (std::size_t i = 0; i < means[p].size(); ++i)
        means[p][i] += share * gradient.at(static_cast<std::int64_t>(i));
    }
  }
  for (std::size_t p = 0; p < squares.size(); ++p)
    for (const double mean : means[p]) squares[p] += mean * mean;
}

Norms NormMeter::operator()(std::span<const std::span<const std::int64_t>> minibatches,
                            const RunLeaves& leaves) {
  set(leaves);
  std::vector<double> squares(model_.parameters.size());
  for (const auto minibatch : minibatches) measure(minibatch, squares);
  Norms norms;
  for (const auto minibatch : minibatches)
    norms.samples += static_cast<std::int64_t>(minibatch.size());
  for (std::size_t p = 0; p < squares.size(); ++p) {
    const std::string& name = model_.parameters[p].name;
    const double weights = squared_norm(*store_.find(name));
    const double gradient = squares[p] / static_cast<double>(minibatches.size());
    norms.parameters.push_back({name, std::sqrt(weights), std::sqrt(gradient), std::nullopt});
    norms.weights += weights;
    norms.gradient += gradient;
    if (p >= graph_.rates.size()) continue;
    const LearningRate& rate = graph_.rates[p];
    const double number = rate.value ? executor_->fetch_tensor(rate.value).at(0) : rate.number;
    if (rate.value || !std::isnan(number)) norms.parameters.back().rate = number;
  }
  norms.weights = std::sqrt(norms.weights);
  norms.gradient = std::sqrt(norms.gradient);
  norms.rate = common_rate(norms.parameters);
  return norms;
}

}  // namespace ebb
