#include "graph/run/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <deque>
#include <numeric>

#include "graph/run/metrics.hpp"
#include "graph/run/weights.hpp"

namespace ebb {

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
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

BlockEvaluation::BlockEvaluation(Model& model, const std::string& name, Store& store,
                                 Precision precision, std::int64_t minibatch) {
  const DataBlock* block = model.find_data(name);
  if (!block) {
    std::vector<std::string> names;
    for (const DataBlock& b : model.data) names.push_back(b.name);
    throw UserError("the script has no `data " + name + "`", did_you_mean(name, names));
  }
  samples_ = block->samples;
  minibatch_ = std::min(minibatch, samples_);
  Simplifier simplify = simplifier_of(model);
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
  for (const SampleMetric& metric : model.sample_metrics) {
    sample_metrics_.emplace_back(&metric, simplify(metric.inputs));
    const auto& values = sample_metrics_.back().second;
    request.fetches.insert(request.fetches.end(), values.begin(), values.end());
  }
  if (request.fetches.empty()) throw UserError("the script has neither a `cost` nor a `metric`");
  executor_ = std::make_unique<Executor>(make_plan(model.graph, request), store);
  feed_ = std::make_unique<Feed>(model.columns, *executor_);
}

Evaluation BlockEvaluation::operator()() { return (*this)(0, samples_); }

Evaluation BlockEvaluation::operator()(std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(end - begin));
  std::iota(indices.begin(), indices.end(), begin);
  std::span<const std::int64_t> rest(indices);
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
  }
  Evaluation result;
  result.samples = end - begin;
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

Trainer::Trainer(Model& training, Model* inference, Store& store, const TrainOptions& options)
    : model_(training) {
  if (!training.optimizer && !training.minimizer)
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
  if (training.minimizer) {
    minimization_ = std::make_unique<Minimization>(training, block, store, options.precision);
  } else {
    make_passes(block, store, options.precision);
  }
  if (training.train.average > 0) share_averages(store);
  if (!inference) return;
  for (const DataBlock& b : inference->data) {
    evaluations_.emplace_back(b.name,
                              BlockEvaluation(*inference, b.name, store, options.precision));
    if (training.train.average > 0)
      averaged_evaluations_.emplace_back(
          b.name, BlockEvaluation(*inference, b.name, averaged_, options.precision));
  }
}

void Trainer::make_passes(const DataBlock* block, Store& store, Precision precision) {
  TrainingGraph graph = make_training_graph(model_, block, {model_.memory, precision, minibatch_});
  objective_ = graph.objective;
  rule_states_ = std::move(graph.rule_states);
  initialize(model_.graph, rule_states_, store, precision);
  const auto make = [&](std::vector<Assignment> assignments) {
    PlanRequest request;
    request.fetches = {objective_};
    request.assignments = std::move(assignments);
    request.precision = precision;
    request.max_samples = minibatch_;
    return std::make_unique<Pass>(model_, std::move(request), store);
  };
  update_ = make(std::move(graph.assignments));
  set_scalar(update_->executor.leaf("run.last_validation"), NAN);
  if (model_.train.accumulate > 1) accumulate_ = make(std::move(graph.accumulation));
}

// Averages begin at the weights, and their memory serves as weights for evaluation.
void Trainer::share_averages(Store& store) {
  const auto share = [&](const std::string& name, const Tensor& tensor) {
    averaged_.all().emplace(name, tensor);
  };
  for (const Parameter& parameter : model_.parameters) {
    const Tensor& weights = *store.find(parameter.name);
    Tensor& average = *store.find(average_name(parameter));
    std::memcpy(average.bytes(), weights.bytes(), weights.size_bytes());
    share(parameter.name, average);
  }
  for (const State& state : model_.states) share(state.name, *store.find(state.name));
}

Trainer::Pass::Pass(const Model& model, const PlanRequest& request, Store& store)
    : executor(make_plan(model.graph, request), store),
      feed(model.columns, executor),
      step(executor.leaf("run.step")),
      epoch(executor.leaf("run.epoch")),
      share(executor.leaf(share_leaf)) {}

// Returns the pass's share of the objective.
double Trainer::run_pass(Pass& pass, std::span<const std::int64_t> samples, double share,
                         std::span<const std::int64_t> rest) {
  set_scalar(pass.step, static_cast<double>(steps_));
  // Without data each step is an epoch of its own: random numbers are drawn anew.
  set_scalar(pass.epoch, static_cast<double>(has_data() ? epochs_ : steps_));
  set_scalar(pass.share, share);
  const std::int64_t count = samples.empty() ? 1 : static_cast<std::int64_t>(samples.size());
  if (profile_) {
    const double start = now();
    pass.feed.gather(samples);
    profile_->feeding += now() - start;
    prefetch(rest);
    pass.executor.run(count, pass.times.seconds);
    ++pass.times.runs;
  } else {
    pass.feed.gather(samples);
    prefetch(rest);
    pass.executor.run(count);
  }
  return share * pass.executor.scalar(objective_);
}

// Has the mini-batch that comes next read while this one runs: the first of what is left of the
// group or, where nothing is, of the next group.
void Trainer::prefetch(std::span<const std::int64_t> rest) {
  const auto minibatch = static_cast<std::size_t>(minibatch_);
  if (rest.empty()) rest = upcoming_.first(std::min(upcoming_.size(), group_size()));
  Pass& pass = rest.size() > minibatch && accumulate_ ? *accumulate_ : *update_;
  pass.feed.prefetch(rest.first(std::min(minibatch, rest.size())));
}

double Trainer::step(std::span<const std::int64_t> samples) {
  ensure(update_ != nullptr, "step: a minimiser makes no updates");
  const auto minibatch = static_cast<std::size_t>(minibatch_);
  double cost = 0;
  std::span<const std::int64_t> rest = samples;
  while (rest.size() > minibatch) {
    ensure(accumulate_ != nullptr, "step: a mini-batch of samples, or several that accumulate");
    cost += run_pass(*accumulate_, rest.first(minibatch),
                     static_cast<double>(minibatch) / static_cast<double>(samples.size()),
                     rest.subspan(minibatch));
    rest = rest.subspan(minibatch);
  }
  cost += run_pass(*update_, rest,
                   rest.size() == samples.size()
                       ? 1
                       : static_cast<double>(rest.size()) / static_cast<double>(samples.size()),
                   {});
  ++steps_;
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

Profile Trainer::profile(double seconds, std::int64_t updates) {
  if (minimization_)
    throw UserError(model_.minimizer->def->name +
                    " makes no updates to be profiled: it asks for the cost and its gradient at "
                    "points of its choice");
  // The first updates find cold caches and sleeping threads.
  measure(seconds / 10, updates / 10 + 1);
  return measure(seconds, updates);
}

Profile Trainer::measure(double seconds, std::int64_t updates) {
  struct Stop {
    Profile*& making;
    ~Stop() { making = nullptr; }
  };
  Profile profile;
  const Stop stop{profile_ = &profile};
  std::vector<Pass*> passes{update_.get()};
  if (accumulate_) passes.push_back(accumulate_.get());
  for (Pass* pass : passes) {
    const Plan& plan = pass->executor.plan();
    pass->times = {&plan, 0, std::vector<double>(plan.steps.size())};
  }
  const double start = now();
  std::span<const std::int64_t> rest;
  do {
    if (rest.empty() && has_data()) rest = order_->draw(epochs_++);
    const auto group = rest.first(std::min(group_size(), rest.size()));
    rest = upcoming_ = rest.subspan(group.size());
    step(group);
    ++profile.updates;
  } while (updates > 0 ? profile.updates < updates : now() - start < seconds);
  profile.seconds = now() - start;
  for (const Pass* pass : passes) profile.passes.push_back(pass->times);
  return profile;
}

double Trainer::run_epoch(const OnProgress& on_progress) {
  const auto batch = order_->draw(epochs_);
  const auto group = group_size();
  double cost = 0;
  std::int64_t updates = 0;
  for (std::size_t first = 0; first < batch.size(); first += group) {
    const auto n = std::min(group, batch.size() - first);
    upcoming_ = batch.subspan(first + n);
    cost += step(batch.subspan(first, n));
    ++updates;
    if (on_progress && updates % 256 == 0)
      on_progress(epochs_ + 1, static_cast<double>(first + n) / static_cast<double>(batch.size()));
  }
  ++epochs_;
  return cost / static_cast<double>(updates);
}

void Trainer::run_steps(const OnEpoch& on_epoch) {
  for (std::int64_t i = 0; i < model_.train.steps; ++i) {
    EpochReport report;
    report.cost = step({});
    report.epoch = steps_;
    if (!on_epoch(report)) return;
  }
}

// After an epoch; keeps the best cost on `validation`.
void Trainer::evaluate_blocks(EpochReport& report) {
  for (auto& [name, evaluate] : averaged_evaluations_)
    report.averaged.emplace_back(name, evaluate());
  for (auto& [name, evaluate] : evaluations_) {
    report.blocks.emplace_back(name, evaluate());
    const auto& cost = report.blocks.back().second.cost;
    if (name != "validation" || !cost) continue;
    if (update_) set_scalar(update_->executor.leaf("run.last_validation"), *cost);
    if (*cost < best_) {
      best_ = *cost;
      best_epoch_ = epochs_;
      report.best = true;
    }
  }
}

bool Trainer::patient() const {
  const std::int64_t patience = model_.train.patience;
  return best_epoch_ == 0 || patience == 0 || epochs_ - best_epoch_ < patience;
}

void Trainer::minimize(const OnEpoch& on_epoch, const OnProgress& on_progress) {
  double start = now();
  const auto iteration = [&](double cost) {
    EpochReport report;
    report.cost = cost;
    report.epoch = ++steps_;
    if (has_data()) {
      ++epochs_;
      report.seconds = now() - start;
      report.samples_per_second = static_cast<double>(samples_) / report.seconds;
      evaluate_blocks(report);
    }
    const bool wanted = on_epoch(report);
    start = now();
    return wanted && patient();
  };
  const auto evaluation = [&] {
    if (on_progress) on_progress(steps_ + 1, 0);
  };
  why_ended_ = minimization_->run(has_data() ? model_.train.epochs : model_.train.steps, iteration,
                                  evaluation);
}

void Trainer::run(const OnEpoch& on_epoch, const OnProgress& on_progress) {
  if (minimization_) return minimize(on_epoch, on_progress);
  if (!has_data()) return run_steps(on_epoch);
  while (epochs_ < model_.train.epochs) {
    EpochReport report;
    const double start = now();
    report.cost = run_epoch(on_progress);
    report.seconds = now() - start;
    report.samples_per_second = static_cast<double>(batch_) / report.seconds;
    report.epoch = epochs_;
    evaluate_blocks(report);
    if (!on_epoch(report) || !patient()) return;
  }
}

}  // namespace ebb
