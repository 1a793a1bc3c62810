#include "graph/cli/training_progress.hpp"

#include <algorithm>
#include <cmath>

namespace ebb {

namespace {

// What an epoch that has just begun says of its speed is noise.
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
  first_step_ = training_.trainer.state().steps;
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
void TrainingProgress::add_epoch(Progress& progress, double share) const {
  const TrainingState& state = training_.trainer.state();
  progress.share = share;
  if (state.updates > 0) progress.cost = state.cost / static_cast<double>(state.updates);
  const double seconds = elapsed(), samples = static_cast<double>(state.position) / share;
  const double seen = static_cast<double>(state.position - first_sample_);
  progress.rate = seconds < settled && rate_ > 0 ? rate_ : seen / std::max(seconds, 1e-9);
  if (progress.rate <= 0) return;
  progress.left = (1 - share) * samples / progress.rate;
  progress.left_in_all = progress.left + static_cast<double>(progress.total - progress.number) *
                                             std::max(seconds_, samples / progress.rate);
}

// The bar is the whole run's: steps of a script without inputs, iterations of a minimiser.
void TrainingProgress::add_run(Progress& progress) const {
  const std::int64_t done = training_.trainer.state().steps;
  progress.cost = cost_;
  progress.share = static_cast<double>(done) / static_cast<double>(progress.total);
  progress.things = progress.what + "s";
  progress.rate = static_cast<double>(done - first_step_) / std::max(elapsed(), 1e-9);
  if (progress.rate > 0) progress.left = static_cast<double>(progress.total - done) / progress.rate;
}

Progress TrainingProgress::at(std::int64_t number, double share) const {
  const bool has_data = training_.trainer.has_data();
  const TrainSettings& settings = training_.model.train;
  Progress progress;
  progress.what = has_data ? "epoch" : "step";
  progress.number = number;
  progress.total = has_data ? settings.epochs : settings.steps;
  progress.metric = metric_;
  const double best = training_.trainer.state().best;
  if (const double known = std::isfinite(best) ? best : lowest_; std::isfinite(known))
    progress.best = known;
  if (has_data && !training_.model.minimizer && share > 0)
    add_epoch(progress, share);
  else
    add_run(progress);
  return progress;
}

}  // namespace ebb
