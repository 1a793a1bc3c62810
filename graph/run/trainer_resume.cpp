// Of a trainer, how it goes on from a checkpoint.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"

namespace ebb {

namespace {

// Counters of a checkpoint beyond this are no training's, and would overflow.
constexpr std::int64_t most_updates = 1'000'000'000'000'000;

[[noreturn]] void no_such_place(const std::string& file, const char* key, std::int64_t number,
                                const std::string& why) {
  throw UserError(file + ": its `" + key + "` is " + std::to_string(number) + ", " + why);
}

}  // namespace

std::vector<std::string> Trainer::resume(const TensorFile& checkpoint, const std::string& name,
                                         bool is_changed) {
  const TrainingState state = placed(training_state(checkpoint, name), name, is_changed);
  if (minimization_) minimization_->resume(checkpoint, name);
  load_weights(checkpoint, name, model_, store_, precision_, false);
  const auto anew =
      load_states(checkpoint, name, model_.graph, graph_.rule_states, store_, is_changed);
  // Averages begin at the weights.
  for (const Parameter& parameter : model_.parameters) {
    if (std::ranges::find(anew, average_name(parameter)) == anew.end()) continue;
    const Tensor& weights = *store_.find(parameter.name);
    std::memcpy(store_.find(average_name(parameter))->bytes(), weights.bytes(),
                weights.size_bytes());
  }
  state_ = state;
  checked_ = state.steps;
  finite_.begin(store_);
  if (update_) set_scalar(update_->executor.leaf("run.last_validation"), state_.last_validation);
  return anew;
}

// Where the state stands in this run. Whoever can write a checkpoint may have written anything.
TrainingState Trainer::placed(TrainingState state, const std::string& name, bool regroups) const {
  const std::pair<const char*, std::int64_t> counters[] = {{"step", state.steps},
                                                           {"epoch", state.epochs},
                                                           {"epoch.position", state.position},
                                                           {"epoch.updates", state.updates},
                                                           {"best.epoch", state.best_epoch}};
  for (const auto& [key, number] : counters)
    if (number < 0 || number > most_updates)
      no_such_place(name, key, number, "which no training reaches");
  if (state.updates > state.steps)
    no_such_place(name, "epoch.updates", state.updates,
                  "more than all updates, " + std::to_string(state.steps));
  if (state.best_epoch > state.epochs)
    no_such_place(name, "best.epoch", state.best_epoch,
                  "but only " + std::to_string(state.epochs) + " epochs have ended");
  if (std::isnan(state.best))
    throw UserError(name + ": its `best` is NaN, which is the best of no costs");
  if (state.position > batch_ && !regroups)
    no_such_place(name, "epoch.position", state.position,
                  "but an epoch has " + std::to_string(batch_) + " samples");
  state.position = std::min(state.position, batch_);
  const auto group = static_cast<std::int64_t>(group_size());
  const auto updates_until = [&](std::int64_t position) { return (position + group - 1) / group; };
  const bool fits = state.position % group == 0 || state.position == batch_;
  if (fits && state.updates == updates_until(state.position)) return state;
  if (!regroups)
    no_such_place(name, "epoch.updates", state.updates,
                  "but " + std::to_string(state.position) + " samples of an epoch take " +
                      std::to_string(updates_until(state.position)));
  // The epoch's mean cost is of groups of now.
  if (state.position < batch_) state.position -= state.position % group;
  const std::int64_t updates = updates_until(state.position);
  state.cost = state.updates > 0
                   ? state.cost / static_cast<double>(state.updates) * static_cast<double>(updates)
                   : 0;
  state.updates = updates;
  return state;
}

}  // namespace ebb
