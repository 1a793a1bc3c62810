// Of a trainer, what evaluates data blocks after an epoch.
#include <algorithm>
#include <ebb/random.hpp>

#include "graph/run/trainer.hpp"

namespace ebb {

namespace {

// So many samples tell a metric to a hundredth or two; of many, a twentieth is a hundredth of the
// work of an epoch, or two.
std::vector<std::int64_t> samples_looked_at(std::int64_t samples, std::int64_t batch,
                                            std::uint64_t seed) {
  constexpr std::int64_t enough = 1000, part = 20;
  const std::int64_t wanted = std::min(samples, std::max(enough, batch / part));
  std::vector<std::int64_t> chosen;
  // One of each stretch, by chance: the classes may take turns in the data.
  const sdk::RandomStream random{sdk::random_key(seed, "training samples looked at"), 0, 0};
  for (std::int64_t i = 0; i < wanted; ++i) {
    const std::int64_t first = i * samples / wanted, end = (i + 1) * samples / wanted;
    const double drawn = random.uniform(static_cast<std::uint64_t>(i));
    chosen.push_back(std::min(
        first + static_cast<std::int64_t>(drawn * static_cast<double>(end - first)), end - 1));
  }
  return chosen;
}

}  // namespace

void Trainer::make_evaluations(Model& inference, const TrainOptions& options) {
  const EvaluationOptions evaluated{options.precision};
  for (const DataBlock& b : inference.data) {
    if (b.name == "train") continue;
    evaluations_.emplace_back(b.name, BlockEvaluation(inference, b.name, store_, evaluated));
    if (model_.train.average > 0)
      averaged_evaluations_.emplace_back(b.name,
                                         BlockEvaluation(inference, b.name, averaged_, evaluated));
  }
  const bool has_metrics = !inference.metrics.empty() || !inference.sample_metrics.empty();
  if (!options.training_metrics || !has_metrics) return;
  // No more samples at once than in an update, so that they have room in its memory.
  EvaluationOptions in_update{options.precision, std::min(minibatch_, evaluated.minibatch)};
  if (update_) {
    in_update.executor = &update_->executor;
    in_update.feed = &update_->feed;
  }
  on_training_ = std::make_unique<BlockEvaluation>(inference, "train", store_, in_update);
  looked_at_ =
      has_data() ? samples_looked_at(samples_, batch_, options.seed) : std::vector<std::int64_t>{0};
}

BlockEvaluation::OnProgress Trainer::told(const EpochReport& report, const std::string& block,
                                          std::int64_t samples) const {
  if (!on_evaluation_) return {};
  return [this, &report, &block, samples](std::int64_t done) {
    on_evaluation_({report, block, done, samples});
  };
}

// Keeps the best cost on `validation`.
void Trainer::evaluate_blocks(EpochReport& report) {
  const auto all = [&](const std::string& name, BlockEvaluation& evaluate) {
    const std::int64_t samples = evaluate.samples();
    return evaluate(0, samples, told(report, name, samples));
  };
  for (auto& [name, evaluate] : averaged_evaluations_)
    report.averaged.emplace_back(name, all(name, evaluate));
  for (auto& [name, evaluate] : evaluations_) {
    report.blocks.emplace_back(name, all(name, evaluate));
    const auto& cost = report.blocks.back().second.cost;
    if (name != "validation" || !cost) continue;
    if (update_) set_scalar(update_->executor.leaf("run.last_validation"), *cost);
    state_.last_validation = *cost;
    if (*cost < state_.best) {
      state_.best = *cost;
      state_.best_epoch = state_.epochs;
      report.best = true;
    }
  }
  measure_training(report);
}

// A curve that can not be had is no reason to end the run.
void Trainer::measure_training(EpochReport& report) {
  if (!on_training_) return;
  try {
    const std::string block = "train";
    report.training = (*on_training_)(
        looked_at_, told(report, block, static_cast<std::int64_t>(looked_at_.size())));
    report.training->cost.reset();  // the epoch has its own
  } catch (const UserError& error) {
    report.why_no_training = error.diagnostic();
    on_training_.reset();
  }
}

}  // namespace ebb
