// Of a training run, how it goes on from a checkpoint.
#include <algorithm>

#include "graph/cli/manifest.hpp"
#include "graph/cli/training_run.hpp"

namespace ebb {

namespace {

namespace fs = std::filesystem;

// Where a run ends changes nothing before; what else changed makes it another one.
bool is_another(const std::vector<std::string>& changes) {
  return std::ranges::any_of(changes, [](const std::string& change) {
    return !change.starts_with("train.epochs ") && !change.starts_with("train.steps ");
  });
}

// A run from the beginning would have ended before.
bool is_past_its_end(const Trainer& trainer, const TrainSettings& settings) {
  const TrainingState& state = trainer.state();
  if (!trainer.has_data()) return state.steps > settings.steps;
  return state.epochs > settings.epochs || (state.epochs == settings.epochs && state.position > 0);
}

}  // namespace

void TrainingRun::resume() {
  const fs::path from = invocation_.text("resume");
  const auto found = find_checkpoint(from);
  if (!found) {
    invocation_.note("there is no checkpoint in " + from.string() + ": training starts afresh");
    return;
  }
  for (const std::string& why : found->unreadable) invocation_.note(why);
  const std::string name = found->path.string();
  const auto changes = differences(ingredients(found->file), ingredients_);
  if (!changes.empty() && !invocation_.has("allow-changed")) {
    throw UserError(name + " comes from another training: " + joined(changes, "; "),
                    {"`--allow-changed` goes on from it all the same"});
  }
  const auto anew = trainer_.resume(found->file, name, !changes.empty());
  if (model_.minimizer) last_cost_ = trainer_.state().cost;
  if (!anew.empty())
    invocation_.note("these begin anew, for the checkpoint has none of their update rule: " +
                     joined(anew));
  is_changed_ = is_another(changes) || is_past_its_end(trainer_, model_.train) ||
                found->file.metadata.contains(changed_on_the_way);
  times_.saved(trainer_.state().steps);
  std::error_code error;
  const bool is_elsewhere = !fs::equivalent(from, training_.folder, error);
  good_ = is_elsewhere ? from : training_.folder;
  if (!is_elsewhere && found->path.filename() == last_weights) saved_step_ = trainer_.state().steps;
  if (trainer_.state().best_epoch > 0) resume_best(from);
  tell([&](Observer& observer) { observer.resumed(name); });
}

// The best weights so far, of which the checkpoint tells, come along; where others or none are in
// their place, that is said.
void TrainingRun::resume_best(const fs::path& from) {
  const fs::path path = from / best_weights;
  std::string why = path.string() + ": it holds others";
  try {
    TensorFile best = read_safetensors(path);
    const TrainingState then = training_state(best, path.string());
    const TrainingState& now = trainer_.state();
    if (then.best_epoch == now.best_epoch && then.best == now.best) {
      if (good_ == training_.folder)
        best_saved_ = true;
      else
        unsaved_best_ = std::move(best);
      return;
    }
  } catch (const UserError& error) {
    why = error.diagnostic().message;
  }
  invocation_.note("the best weights so far, of epoch " +
                   std::to_string(trainer_.state().best_epoch) + ", are not there: " + why);
}

}  // namespace ebb
