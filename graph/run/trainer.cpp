#include "graph/run/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include "graph/compile/simplify.hpp"
#include "graph/core/gradient.hpp"
#include "graph/run/weights.hpp"

namespace ebb {

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::vector<Value> values_of(const std::vector<Parameter>& parameters) {
  std::vector<Value> values;
  for (const Parameter& p : parameters) values.push_back(p.value);
  return values;
}

const DataBlock* train_block(const Model& model) {
  const DataBlock* block = model.find_data("train");
  if (!block && !model.inputs.empty())
    throw UserError(
        "the script has inputs but no `data train`",
        {"say where they come from: data train { " + model.inputs[0].name + " = ... }"});
  return block;
}

std::string cost_of(const Model& model) {
  const std::string& name = model.cost->name;
  return name.empty() || name == "cost" ? "the cost" : "the cost `" + name + "`";
}

}  // namespace

Value objective_of(Model& model) {
  if (!model.cost)
    throw UserError("the script has no `cost` to train", {"for example `cost quadratic(a, y)`"});
  Graph& graph = model.graph;
  const Value cost = model.cost->value;
  if (!graph.type(cost).per_sample) return cost;
  const auto& core = graph.registry().core();
  const Value factors[] = {graph.add(*core.sample_sum, {&cost, 1}, {}, model.cost->span),
                           graph.add(*core.sample_weight, {}, {}, model.cost->span)};
  return graph.add(*core.mul, factors, {}, model.cost->span);
}

TrainingGraph make_training_graph(Model& model, const DataBlock* block) {
  Graph& graph = model.graph;
  TrainingGraph result;
  const auto parameters = values_of(model.parameters);

  // Rewriting comes before differentiation: that is where costs find their stable forms.
  Simplifier before(graph, model.rewrites, {.lower = false});
  const Value objective = before(objective_of(model));
  const auto gradient = gradients(graph, objective, parameters);
  const auto updates = model.optimizer(model, gradient);

  Simplifier after(graph, model.rewrites);
  if (block)
    for (const NamedValue& binding : block->bindings) {
      const auto input = std::ranges::find(model.inputs, binding.name, &ModelInput::name);
      after.substitute(input->value, binding.value);
    }
  result.objective = after(objective);
  result.gradients = after(gradient);
  for (std::size_t i = 0; i < updates.size(); ++i) {
    result.assignments.push_back({parameters[i], after(updates[i].next)});
    for (const State& state : updates[i].states) {
      result.rule_states.push_back(state);
      if (state.next) result.assignments.push_back({state.value, after(state.next)});
    }
  }
  for (const State& state : model.states)
    if (state.next) result.assignments.push_back({state.value, after(state.next)});
  return result;
}

BlockEvaluation::BlockEvaluation(Model& model, const std::string& name, Store& store,
                                 Precision precision, std::int64_t minibatch) {
  const DataBlock* block = model.find_data(name);
  if (!block) {
    std::vector<std::string> names;
    for (const DataBlock& b : model.data) names.push_back(b.name);
    const auto near = nearest(name, names);
    throw UserError("the script has no `data " + name + "`",
                    near.empty() ? std::vector<std::string>{}
                                 : std::vector<std::string>{"did you mean `" + near + "`?"});
  }
  samples_ = block->samples;
  minibatch_ = std::min(minibatch, samples_);
  Simplifier simplify(model.graph, model.rewrites);
  for (const NamedValue& binding : block->bindings) {
    const auto input = std::ranges::find(model.inputs, binding.name, &ModelInput::name);
    simplify.substitute(input->value, binding.value);
  }
  PlanRequest request;
  request.precision = precision;
  request.max_samples = minibatch_;
  if (model.cost) {
    cost_ = simplify(model.cost->value);
    cost_per_sample_ = model.graph.type(*cost_).per_sample;
    request.fetches.push_back(*cost_);
  }
  for (const NamedValue& metric : model.metrics) {
    metrics_.emplace_back(metric.name, simplify(metric.value));
    request.fetches.push_back(metrics_.back().second);
  }
  if (request.fetches.empty()) throw UserError("the script has neither a `cost` nor a `metric`");
  executor_ = std::make_unique<Executor>(make_plan(model.graph, request), store);
  feed_ = std::make_unique<Feed>(model.arrays, *executor_);
}

Evaluation BlockEvaluation::operator()() { return (*this)(0, samples_); }

Evaluation BlockEvaluation::operator()(std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(minibatch_));
  std::vector<double> sums(metrics_.size());
  double cost = 0;
  // The sum over the samples of a fetched scalar; one that is shared counts once for each.
  const auto sum = [&](Value value, std::int64_t n) {
    const Tensor tensor = executor_->fetch_tensor(value);
    double total = 0;
    for (std::int64_t s = 0; s < n; ++s) total += tensor.at(tensor.type().per_sample ? s : 0);
    return total;
  };
  for (std::int64_t first = begin; first < end; first += minibatch_) {
    const std::int64_t n = std::min(minibatch_, end - first);
    std::iota(indices.begin(), indices.end(), first);
    feed_->gather({indices.data(), static_cast<std::size_t>(n)});
    executor_->run(n);
    if (cost_) cost += sum(*cost_, n);
    for (std::size_t i = 0; i < metrics_.size(); ++i) sums[i] += sum(metrics_[i].second, n);
  }
  Evaluation result;
  result.samples = end - begin;
  const auto n = static_cast<double>(result.samples);
  if (cost_) result.cost = cost / n;
  for (std::size_t i = 0; i < sums.size(); ++i)
    result.metrics.emplace_back(metrics_[i].first, sums[i] / n);
  return result;
}

Trainer::Trainer(Model& training, Model* inference, Store& store, const TrainOptions& options)
    : model_(training) {
  if (!training.optimizer)
    throw UserError("the script has no optimizer", {"train { optimizer = sgd(0.1) }"});
  const DataBlock* block = train_block(training);
  const TrainSettings& settings = training.train;
  if (block) {
    samples_ = block->samples;
    batch_ = settings.batch == 0 ? samples_ : settings.batch;
    if (batch_ > samples_)
      throw UserError("train.batch is " + std::to_string(batch_) + ", but `data train` has only " +
                      std::to_string(samples_) + " samples");
    minibatch_ = settings.minibatch == 0 ? batch_ : std::min(settings.minibatch, batch_);
    order_ = std::make_unique<SampleOrder>(samples_, batch_, options.seed);
  }
  TrainingGraph graph = make_training_graph(training, block);
  objective_ = graph.objective;
  rule_states_ = std::move(graph.rule_states);
  initialize(training.graph, rule_states_, store, options.precision);
  PlanRequest request;
  request.fetches = {objective_};
  request.assignments = std::move(graph.assignments);
  request.precision = options.precision;
  request.max_samples = minibatch_;
  executor_ = std::make_unique<Executor>(make_plan(training.graph, request), store);
  feed_ = std::make_unique<Feed>(training.arrays, *executor_);
  step_leaf_ = executor_->leaf("run.step");
  epoch_leaf_ = executor_->leaf("run.epoch");
  if (inference)
    for (const DataBlock& b : inference->data)
      evaluations_.emplace_back(b.name,
                                BlockEvaluation(*inference, b.name, store, options.precision));
}

double Trainer::step(std::span<const std::int64_t> samples) {
  set_scalar(step_leaf_, static_cast<double>(steps_));
  set_scalar(epoch_leaf_, static_cast<double>(epochs_));
  feed_->gather(samples);
  executor_->run(samples.empty() ? 1 : static_cast<std::int64_t>(samples.size()));
  ++steps_;
  const double cost = executor_->scalar(objective_);
  if (!std::isfinite(cost))
    throw Diverged({Severity::error,
                    "training diverged: " + cost_of(model_) + " became " +
                        (std::isnan(cost) ? "NaN" : "infinite") + " in step " +
                        std::to_string(steps_),
                    model_.cost->span,
                    {},
                    {"a smaller learning rate, or weights that start smaller"}});
  return cost;
}

double Trainer::run_epoch(const OnProgress& on_progress) {
  const auto batch = order_->draw(epochs_);
  double cost = 0;
  std::int64_t minibatches = 0;
  for (std::size_t first = 0; first < batch.size(); first += static_cast<std::size_t>(minibatch_)) {
    const auto n = std::min(static_cast<std::size_t>(minibatch_), batch.size() - first);
    cost += step(batch.subspan(first, n));
    ++minibatches;
    if (on_progress && minibatches % 256 == 0)
      on_progress(epochs_ + 1, static_cast<double>(first + n) / static_cast<double>(batch.size()));
  }
  ++epochs_;
  return cost / static_cast<double>(minibatches);
}

void Trainer::run_steps(const OnEpoch& on_epoch) {
  for (std::int64_t i = 0; i < model_.train.steps; ++i) {
    EpochReport report;
    report.cost = step({});
    report.epoch = steps_;
    if (!on_epoch(report)) return;
  }
}

void Trainer::run(const OnEpoch& on_epoch, const OnProgress& on_progress) {
  if (!has_data()) return run_steps(on_epoch);
  double best = std::numeric_limits<double>::infinity();
  std::int64_t best_epoch = 0;
  while (epochs_ < model_.train.epochs) {
    EpochReport report;
    const double start = now();
    report.cost = run_epoch(on_progress);
    report.seconds = now() - start;
    report.samples_per_second = static_cast<double>(batch_) / report.seconds;
    report.epoch = epochs_;
    for (auto& [name, evaluate] : evaluations_) {
      report.blocks.emplace_back(name, evaluate());
      const auto& cost = report.blocks.back().second.cost;
      if (name != "validation" || !cost) continue;
      set_scalar(executor_->leaf("run.last_validation"), *cost);
      if (*cost < best) {
        best = *cost;
        best_epoch = epochs_;
        report.best = true;
      }
    }
    if (!on_epoch(report)) return;
    const bool validated = best_epoch > 0;
    if (validated && model_.train.patience > 0 && epochs_ - best_epoch >= model_.train.patience)
      return;
  }
}

}  // namespace ebb
