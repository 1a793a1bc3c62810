#include "graph/cli/training_run.hpp"

#include <cmath>
#include <filesystem>

#include "graph/cli/manifest.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/report/report.hpp"
#include "graph/cli/text.hpp"
#include "graph/cli/version.hpp"
#include "graph/run/weights.hpp"

namespace ebb {

namespace {

namespace fs = std::filesystem;

constexpr int stopped_by_signal = 3;
// Of weights: what they were made from changed before a run was resumed.
constexpr const char* changed_on_the_way = "changed on the way";

// Ends an epoch between two mini-batches.
struct Stopped {};

}  // namespace

Model& TrainingRun::elaborate_training() {
  std::vector<std::string> blocks;
  if (outline_.has_block("train")) blocks.emplace_back("train");
  return elaborate(invocation_, true, blocks);
}

Model* TrainingRun::elaborate_inference() {
  const auto blocks = outline_.blocks_but("train");
  return blocks.empty() ? nullptr : &elaborate(invocation_, false, blocks);
}

TrainingRun::TrainingRun(Invocation& invocation)
    : invocation_(invocation),
      outline_(outline_of(invocation)),
      model_(elaborate_training()),
      inference_(elaborate_inference()),
      store_(first_values(invocation, model_)),
      trainer_(model_, inference_, store_, options()),
      training_{invocation, model_, inference_, store_, trainer_, output_folder(invocation)},
      times_(model_.train) {}

TrainOptions TrainingRun::options() const {
  const bool is_drawn = invocation_.has("tensorboard") && outline_.has_block("train");
  return {invocation_.precision(), invocation_.seed(), stops_diverging(),
          is_drawn ? Measured::each_epoch : Measured::now_and_then,
          invocation_.has("no-report") ? 0 : report_times_one_of};
}

void TrainingRun::observed_by(std::unique_ptr<Observer> observer) {
  observers_.push_back(std::move(observer));
}

void TrainingRun::tell(const auto& call) const {
  for (const auto& observer : observers_) call(*observer);
}

int TrainingRun::operator()() {
  if (model_.minimizer && invocation_.precision() == Precision::f32)
    invocation_.note("a minimizer finds more digits of a minimum with --precision double");
  if (invocation_.has("resume")) resume();
  try {
    return train();
  } catch (const UserError& error) {
    tell([&](Observer& observer) { observer.failed(error.diagnostic(), origin_); });
    throw;
  }
}

int TrainingRun::train() {
  const SignalGuard guard;
  try {
    trainer_.run([this](const EpochReport& report) { return after_epoch(report); },
                 [this](std::int64_t epoch, double share) { after_update(epoch, share); });
  } catch (const Stopped&) {
  } catch (const Diverged& diverged) {
    tell([&](Observer& observer) { observer.diverged(diverged); });
    look_for_origin(diverged.step);
    if (origin_ && !invocation_.quiet) invocation_.show(*origin_);
    throw;
  }
  const bool stopped = SignalGuard::stop();
  in_folder([&] {
    save_checkpoint();
    if (trainer_.averaged()) save_averaged();
    if (!stopped) save_manifest();
  });
  tell([&](Observer& observer) { observer.finished({stopped, best_saved_, last_cost_}); });
  return stopped ? stopped_by_signal : 0;
}

void TrainingRun::resume() {
  const fs::path from = invocation_.text("resume");
  const auto found = find_checkpoint(from);
  if (!found) {
    invocation_.note("there is no checkpoint in " + from.string() + ": training starts afresh");
    return;
  }
  for (const std::string& why : found->unreadable) invocation_.note(why);
  const std::string name = found->path.string();
  ingredients_ = ingredients_of(invocation_, outline_, model_, inference_);
  const auto changes = differences(ingredients(found->file), ingredients_);
  if (!changes.empty() && !invocation_.has("allow-changed")) {
    throw UserError(name + " comes from another training: " + joined(changes, "; "),
                    {"`--allow-changed` goes on from it all the same"});
  }
  is_changed_ = !changes.empty() || found->file.metadata.contains(changed_on_the_way);
  trainer_.resume(found->file, name);
  is_saved_ = true;
  std::error_code ignored;
  best_saved_ = fs::exists(training_.folder / best_weights, ignored);
  tell([&](Observer& observer) { observer.resumed(name); });
}

// The numbers of before are gone, but the run can be made again from the last checkpoint, or from
// the beginning.
void TrainingRun::look_for_origin(std::int64_t step) {
  if (invocation_.quiet && !invocation_.json) return;
  Model& model = elaborate_training();
  Store store = first_values(invocation_, model);
  Trainer trainer(model, elaborate_inference(), store,
                  {invocation_.precision(), invocation_.seed()});
  if (is_saved_)
    if (const auto checkpoint = find_checkpoint(training_.folder))
      trainer.resume(checkpoint->file, checkpoint->path.string());
  const auto look = [&](std::int64_t, double) {
    if (SignalGuard::stop()) throw Stopped{};
    // The update before may have made the weights that this one stumbles over.
    if (trainer.state().steps >= step - 2) origin_ = trainer.next_fault();
    if (origin_ || trainer.state().steps >= step) throw Stopped{};
  };
  try {
    look(0, 0);
    trainer.run([](const EpochReport&) { return true; }, look);
  } catch (const Stopped&) {
  } catch (const Diverged&) {
  }
}

void TrainingRun::after_update(std::int64_t epoch, double share) {
  if (SignalGuard::stop()) throw Stopped{};
  const bool is_time = pacer_.is_time();
  if (is_time) tell([&](Observer& observer) { observer.progress(epoch, share); });
  const bool wanted = SignalGuard::take_save();
  if (wanted || times_.is_due(trainer_.state().steps, is_time)) try_to_save_checkpoint();
}

bool TrainingRun::after_epoch(const EpochReport& report) {
  last_cost_ = report.cost;
  if (!std::isfinite(report.cost) && invocation_.text("nan") == "warn" &&
      !std::exchange(warned_of_divergence_, true)) {
    invocation_.warn("training diverged, and goes on: the cost is no longer finite in " +
                     std::string(trainer_.has_data() ? "epoch " : "step ") +
                     std::to_string(report.epoch));
  }
  if (report.best) {
    save(best_weights);
    best_saved_ = true;
  }
  tell([&](Observer& observer) { observer.epoch(report); });
  if (trainer_.has_data() && times_.is_due_after_epoch()) try_to_save_checkpoint();
  return !SignalGuard::stop();
}

// Days of work are not lost to who removes the folder, not even while it is written to.
void TrainingRun::in_folder(const std::function<void()>& write) const {
  output_folder(invocation_);
  try {
    write();
  } catch (const UserError&) {
    std::error_code ignored;
    if (fs::exists(training_.folder, ignored)) throw;
    output_folder(invocation_);
    write();
  }
}

void TrainingRun::save(const char* name) {
  in_folder([&] {
    save_weights(training_.folder / name, model_, trainer_.rule_states(), store_, metadata());
  });
}

void TrainingRun::save_averaged() {
  save_weights(training_.folder / averaged_weights, model_, {}, *trainer_.averaged(), metadata());
}

void TrainingRun::save_checkpoint() {
  if (std::exchange(is_first_save_, false)) {
    // What another run has left there is not this one's.
    std::error_code ignored;
    fs::remove(training_.folder / "manifest.json", ignored);
    if (!is_saved_) keep_checkpoints(training_.folder, 0, 1);
  }
  save(last_weights);
  keep_checkpoints(training_.folder, trainer_.state().steps, model_.train.keep);
  times_.saved(trainer_.state().steps);
  is_saved_ = true;
}

void TrainingRun::save_manifest() {
  write_manifest(
      training_.folder / "manifest.json",
      {words_of_training(invocation_.command_line), ingredients_, EBB_VERSION,
       trainer_.state().steps, fingerprint_of(read_safetensors(training_.folder / last_weights)),
       versions(), is_changed_});
}

// A disk that is full now may have room later, and the last checkpoint is still there.
void TrainingRun::try_to_save_checkpoint() {
  // The next update will stop the run; what was saved before is worth more.
  if (stops_diverging() && !is_finite(store_)) return;
  try {
    save_checkpoint();
  } catch (const UserError& error) {
    const std::string& why = error.diagnostic().message;
    if (std::exchange(last_failure_, why) != why)
      invocation_.warn("the run could not be saved, and goes on: " + why);
    times_.saved(trainer_.state().steps);
  }
}

std::map<std::string, std::string> TrainingRun::metadata() {
  if (ingredients_.empty())
    ingredients_ = ingredients_of(invocation_, outline_, model_, inference_);
  auto all = to_metadata(trainer_.state(), ingredients_);
  all["seed"] = std::to_string(invocation_.seed());
  all["precision"] = invocation_.text("precision", "float");
  all["ebb"] = EBB_VERSION;
  if (is_changed_) all[changed_on_the_way] = "yes";
  std::string unproved;
  for (const LoadedPlugin& plugin : invocation_.plugins.loaded())
    if (!plugin.proved) unproved += (unproved.empty() ? "" : ", ") + plugin.name;
  if (!unproved.empty()) all["unproved plugins"] = unproved;
  return all;
}

}  // namespace ebb
