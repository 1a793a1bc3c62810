#include "graph/run/trainer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "graph/run/weights.hpp"

namespace ebb {

namespace {

// Of steps, for the norms.
constexpr std::int64_t max_measured = 256;

const DataBlock* train_block(const Model& model) {
  const DataBlock* block = model.find_data("train");
  if (!block && !model.inputs.empty())
    throw UserError(
        "the script has inputs but no `data train`",
        {"say where they come from: data train { " + model.inputs[0].name + " = ... }"});
  return block;
}

}  // namespace

Trainer::Trainer(Model& training, Model* inference, Store& store, const TrainOptions& options)
    : model_(training),
      store_(store),
      precision_(options.precision),
      stops_diverging_(options.stops_diverging),
      measured_(options.norms),
      timed_(options.timed) {
  if (!training.optimizer && !training.minimizer)
    throw UserError("the script has no optimizer", {"train { optimizer = sgd(0.1) }"});
  const DataBlock* block = train_block(training);
  const TrainSettings& settings = training.train;
  if (block) {
    samples_ = block->samples;
    batch_ = settings.batch == 0 ? samples_ : settings.batch;
    if (batch_ > samples_)
      throw UserError("train.batch is " + std::to_string(batch_) + ", but `data train` has only " +
                          std::to_string(samples_) + " samples",
                      {"without `batch`, an epoch takes all of them"});
    minibatch_ = settings.minibatch == 0 ? batch_ : std::min(settings.minibatch, batch_);
    order_ = std::make_unique<SampleOrder>(samples_, batch_, options.seed);
  }
  if (training.minimizer) {
    minimization_ = std::make_unique<Minimization>(training, block, store, options.precision);
  } else {
    make_passes(block, store, options.precision);
  }
  if (training.train.average > 0) share_averages(store);
  finite_.begin(store);
  if (inference) make_evaluations(*inference, options);
}

void Trainer::make_passes(const DataBlock* block, Store& store, Precision precision) {
  graph_ = make_training_graph(model_, block, {model_.memory, precision, minibatch_});
  initialize(model_.graph, graph_.rule_states, store, precision);
  Passes passes = passes_of(model_, graph_, precision, minibatch_);
  const auto make_update = [&] {
    update_ = std::make_unique<Pass>(model_, std::move(passes.update), store, accumulate_.get());
  };
  // The larger one first: the other shares its arena.
  const bool first =
      passes.accumulation && passes.accumulation->arena_bytes <= passes.update.arena_bytes;
  if (first) make_update();
  if (passes.accumulation)
    accumulate_ =
        std::make_unique<Pass>(model_, std::move(*passes.accumulation), store, update_.get());
  if (!first) make_update();
  set_scalar(update_->executor.leaf("run.last_validation"), state_.last_validation);
  clear_times();
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

Trainer::Pass::Pass(const Model& model, Plan plan, Store& store, const Pass* shares)
    : executor(std::move(plan), store, shares ? &shares->executor : nullptr),
      feed(model.columns, executor),
      step(executor.leaf("run.step")),
      epoch(executor.leaf("run.epoch")),
      share(executor.leaf(share_leaf)) {}

// Returns the pass's share of the objective.
double Trainer::run_pass(Pass& pass, std::span<const std::int64_t> samples, double share,
                         std::span<const std::int64_t> rest) {
  set_scalar(pass.step, static_cast<double>(state_.steps));
  // Without data each step is an epoch of its own: random numbers are drawn anew.
  set_scalar(pass.epoch, static_cast<double>(has_data() ? state_.epochs : state_.steps));
  set_scalar(pass.share, share);
  const std::int64_t count = samples.empty() ? 1 : static_cast<std::int64_t>(samples.size());
  if (timing_) {
    run_profiled(pass, samples, count, rest);
  } else {
    pass.feed.gather(samples);
    prefetch(rest);
    pass.executor.run(count);
  }
  return share * pass.executor.scalar(graph_.objective);
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
  ++state_.steps;
  if (!std::isfinite(cost) && stops_diverging_) throw diverged(cost);
  return last_cost_ = cost;
}

void Trainer::run_epoch(EpochReport& report, const OnProgress& on_progress) {
  const double start = clock_seconds();
  const std::int64_t skipped = state_.position;
  const auto batch = drawn_ = order_->draw(state_.epochs);
  for (auto first = static_cast<std::size_t>(state_.position); first < batch.size();) {
    const auto n = std::min(group_size(), batch.size() - first);
    upcoming_ = batch.subspan(first + n);
    state_.cost += next_step(batch.subspan(first, n));
    ++state_.updates;
    state_.position = static_cast<std::int64_t>(first += n);
    check_now_and_then();
    if (on_progress)
      on_progress(state_.epochs + 1,
                  static_cast<double>(first) / static_cast<double>(batch.size()));
  }
  check_finite();
  const std::int64_t updates = state_.updates;
  report.cost = state_.cost / static_cast<double>(updates);
  report.epoch = ++state_.epochs;
  state_.position = state_.updates = 0;
  state_.cost = 0;
  report.seconds = clock_seconds() - start;
  report.samples_per_second = static_cast<double>(batch_ - skipped) / report.seconds;
  if (are_norms_due(updates)) measure_norms(report, updates);
}

bool Trainer::are_norms_due(std::int64_t updates) const {
  if (measured_ != Measured::now_and_then) return measured_ == Measured::each_epoch;
  const std::int64_t done = has_data() ? state_.epochs : state_.steps;
  const std::int64_t all = has_data() ? model_.train.epochs : model_.train.steps;
  const std::int64_t before = state_.steps - updates;
  if (done == all || before == 0) return true;
  constexpr std::int64_t hundred = 100;
  if (has_data()) return state_.steps / hundred > before / hundred;
  // A power of two, as what a report keeps of a long run's steps.
  const std::int64_t points = (all + max_measured - 1) / max_measured;
  const auto stride = std::bit_ceil(static_cast<std::uint64_t>(std::max<std::int64_t>(points, 1)));
  return static_cast<std::uint64_t>(done) % stride == 0;
}

// What is measured after an epoch: of a minimiser all samples, otherwise up to eight mini-batches,
// evenly spread, the last one among them.
std::vector<std::span<const std::int64_t>> Trainer::measured_minibatches(std::int64_t updates) {
  if (minimization_) return {minimization_->samples()};
  if (!has_data()) return {{}};
  const std::int64_t wanted = std::clamp<std::int64_t>(updates / 250, 1, 8);
  std::vector<std::span<const std::int64_t>> minibatches;
  for (std::int64_t i = 1; i <= wanted; ++i) {
    const auto group = static_cast<std::size_t>(i * updates / wanted - 1);
    const auto rest = drawn_.subspan(group * group_size());
    minibatches.push_back(rest.first(std::min(rest.size(), static_cast<std::size_t>(minibatch_))));
  }
  return minibatches;
}

void Trainer::measure_norms(EpochReport& report, std::int64_t updates) {
  const auto minibatches = measured_minibatches(updates);
  if (!meter_) {
    const auto most = static_cast<std::int64_t>(std::max<std::size_t>(minibatches[0].size(), 1));
    const std::int64_t part = model_.memory > 0 ? std::max<std::int64_t>(most / 8, 1) : 256;
    meter_ = std::make_unique<NormMeter>(model_, minimization_ ? minimization_->graph() : graph_,
                                         store_, precision_, std::min(most, part),
                                         update_ ? &update_->feed : nullptr);
  }
  const std::int64_t done = has_data() ? state_.epochs : state_.steps;
  report.norms = (*meter_)(
      minibatches,
      minimization_ ? RunLeaves{} : RunLeaves{state_.steps - 1, done - 1, state_.last_validation});
}

void Trainer::run_steps(const OnEpoch& on_epoch, const OnProgress& on_progress) {
  const auto steps = model_.train.steps;
  while (state_.steps < steps) {
    EpochReport report;
    report.cost = next_step({});
    report.epoch = state_.steps;
    check_now_and_then();
    if (are_norms_due(1)) measure_norms(report, 1);
    if (report.norms) measure_training(report);
    if (!on_epoch(report)) return;
    if (on_progress)
      on_progress(state_.steps, static_cast<double>(state_.steps) / static_cast<double>(steps));
  }
}

bool Trainer::patient() const {
  const std::int64_t patience = model_.train.patience;
  return state_.best_epoch == 0 || patience == 0 || state_.epochs - state_.best_epoch < patience;
}

void Trainer::minimize(const OnEpoch& on_epoch, const OnProgress& on_progress) {
  const std::int64_t most = has_data() ? model_.train.epochs : model_.train.steps;
  if (state_.steps >= most || !patient()) return;
  double start = clock_seconds();
  const auto iteration = [&](double cost) {
    EpochReport report;
    report.cost = cost;
    report.epoch = ++state_.steps;
    if (!std::isfinite(cost) && stops_diverging_) throw diverged(cost);
    last_cost_ = state_.cost = cost;
    check_finite();
    if (has_data()) {
      ++state_.epochs;
      report.seconds = clock_seconds() - start;
      report.samples_per_second = static_cast<double>(samples_) / report.seconds;
    }
    if (are_norms_due(1)) measure_norms(report, 1);
    if (has_data())
      evaluate_blocks(report);
    else if (report.norms)
      measure_training(report);
    const bool wanted = on_epoch(report);
    start = clock_seconds();
    return wanted && patient();
  };
  const auto evaluation = [&] {
    if (on_progress) on_progress(state_.steps + 1, 0);
  };
  why_ended_ = minimization_->run(most, iteration, evaluation);
}

void Trainer::run(const OnEpoch& on_epoch, const OnProgress& on_progress,
                  OnEvaluation on_evaluation) {
  on_evaluation_ = std::move(on_evaluation);
  if (minimization_) return minimize(on_epoch, on_progress);
  if (!has_data()) return run_steps(on_epoch, on_progress);
  while (state_.epochs < model_.train.epochs && patient()) {
    EpochReport report;
    run_epoch(report, on_progress);
    evaluate_blocks(report);
    if (!on_epoch(report)) return;
  }
}

}  // namespace ebb
