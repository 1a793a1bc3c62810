#include "graph/cli/training_progress.hpp"

#include <algorithm>
#include <cmath>

namespace ebb {

namespace {

// What so short a time says of a speed is noise.
constexpr double settled = 0.3;

// Of the block that is watched: `validation`, or the first one; without a metric its cost, called
// by the block's name alone, since room is short.
std::string metric_of(const EpochReport& report) {
  if (report.blocks.empty()) return "";
  const auto named = std::ranges::find_if(
      report.blocks, [](const auto& block) { return block.first == "validation"; });
  const auto& [name, evaluation] = named == report.blocks.end() ? report.blocks[0] : *named;
  if (!evaluation.metrics.empty())
    return evaluation.metrics[0].first + " " + short_number(evaluation.metrics[0].second);
  return evaluation.cost ? name + " " + short_number(*evaluation.cost) : "";
}

}  // namespace

void TrainingProgress::begin() {
  begun_ = Clock::now();
  first_sample_ = training_.trainer.state().position;
  measured_since_.reset();
}

// Per second, or 0 as long as too little was seen. What comes before the first update, such as the
// order of the samples, is no part of it.
double TrainingProgress::measured_rate(std::int64_t done) {
  if (!measured_since_) {
    measured_since_ = Clock::now();
    first_measured_ = done;
  }
  const double seconds = seconds_since(*measured_since_);
  return seconds < settled ? 0 : static_cast<double>(done - first_measured_) / seconds;
}

void TrainingProgress::add(const EpochReport& report) {
  cost_ = report.cost;
  lowest_ = std::min(lowest_, report.cost);
  if (!training_.trainer.has_data()) return;
  metric_ = metric_of(report);
  if (training_.model.minimizer) return;
  if (first_sample_ == 0) {
    seconds_ = elapsed();
    rate_ = report.samples_per_second;
  }
  begin();
}

// The bar is the epoch's.
void TrainingProgress::add_epoch(Progress& progress, double share) {
  const TrainingState& state = training_.trainer.state();
  progress.share = share;
  if (state.updates > 0) progress.cost = state.cost / static_cast<double>(state.updates);
  const double samples = static_cast<double>(state.position) / share;
  const double measured = measured_rate(state.position);
  progress.rate = measured > 0 ? measured : rate_;
  if (progress.rate <= 0) return;
  progress.left = (1 - share) * samples / progress.rate;
  progress.left_in_all = progress.left + static_cast<double>(progress.total - progress.number) *
                                             std::max(seconds_, samples / progress.rate);
}

// The bar is the whole run's: steps of a script without inputs, iterations of a minimiser.
void TrainingProgress::add_run(Progress& progress) {
  const std::int64_t done = training_.trainer.state().steps;
  progress.cost = cost_;
  progress.share = static_cast<double>(done) / static_cast<double>(progress.total);
  progress.things = progress.what + "s";
  progress.rate = measured_rate(done);
  if (progress.rate > 0) progress.left = static_cast<double>(progress.total - done) / progress.rate;
}

// Whatever it is that is under way.
Progress TrainingProgress::known(std::int64_t number) const {
  const bool has_data = training_.trainer.has_data();
  const TrainSettings& settings = training_.model.train;
  Progress progress;
  progress.what = has_data ? "epoch" : "step";
  progress.number = number;
  progress.total = has_data ? settings.epochs : settings.steps;
  progress.metric = metric_;
  const double best = training_.trainer.state().best;
  progress.best_is_validation = std::isfinite(best);
  if (const double lowest = progress.best_is_validation ? best : lowest_; std::isfinite(lowest))
    progress.best = lowest;
  return progress;
}

Progress TrainingProgress::at(std::int64_t number, double share) {
  Progress progress = known(number);
  const bool has_data = training_.trainer.has_data();
  if (has_data && !training_.model.minimizer && share > 0)
    add_epoch(progress, share);
  else
    add_run(progress);
  return progress;
}

std::optional<Progress> TrainingProgress::at(const EvaluationProgress& evaluation) {
  const std::int64_t epoch = evaluation.epoch.epoch;
  if (epoch != evaluated_epoch_ || evaluation.block != evaluated_ ||
      evaluation.done < evaluated_samples_) {
    evaluated_epoch_ = epoch;
    evaluated_ = evaluation.block;
    evaluated_since_ = Clock::now();
    first_evaluated_ = evaluation.done;
  }
  evaluated_samples_ = evaluation.done;
  const double seconds = seconds_since(evaluated_since_);
  if (seconds < settled) return std::nullopt;
  Progress progress = known(epoch);
  progress.block = evaluation.block;
  progress.cost = evaluation.epoch.cost;
  progress.share = static_cast<double>(evaluation.done) / static_cast<double>(evaluation.samples);
  progress.rate = static_cast<double>(evaluation.done - first_evaluated_) / seconds;
  if (progress.rate > 0)
    progress.left = static_cast<double>(evaluation.samples - evaluation.done) / progress.rate;
  return progress;
}

}  // namespace ebb
