#include "graph/cli/training_run.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "graph/cli/manifest.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/report/report.hpp"
#include "graph/cli/sample_cache.hpp"
#include "graph/cli/text.hpp"
#include "graph/cli/version.hpp"
#include "graph/run/data/file.hpp"
#include "graph/run/inference.hpp"
#include "graph/run/weights.hpp"

namespace ebb {

namespace {

namespace fs = std::filesystem;

constexpr int stopped_by_signal = 3;
constexpr std::string_view written_files[] = {last_weights, best_weights, averaged_weights,
                                              manifest_file, report_file};

// Ends an epoch between two mini-batches.
struct Stopped {};

}  // namespace

// The data of both is in memory once.
TrainingRun::Models TrainingRun::elaborate_both() {
  const auto cache = std::make_shared<SampleCache>();
  invocation_.open = [cache](const SourceDef& source, const std::vector<SourceArgument>& arguments,
                             const SourceContext& context) {
    return cache->open(source, arguments, context);
  };
  std::vector<std::string> blocks;
  if (outline_.has_block("train")) blocks.emplace_back("train");
  Model& training = elaborate(invocation_, true, blocks);
  Model& inference = elaborate(invocation_, false, outline_.blocks);
  invocation_.open = nullptr;
  return {training, inference};
}

TrainingRun::TrainingRun(Invocation& invocation)
    : invocation_(invocation),
      outline_(outline_of(invocation)),
      models_(elaborate_both()),
      model_(models_.training),
      inference_(models_.inference),
      store_(first_values(invocation, model_, &weights_)),
      trainer_(model_, &inference_, store_, options()),
      training_{invocation, model_, inference_, store_, trainer_, output_folder(invocation)},
      times_(model_.train),
      ingredients_(ingredients_of(invocation, outline_, model_, inference_, weights_)) {}

TrainOptions TrainingRun::options() const {
  const bool is_drawn = invocation_.has("tensorboard") && outline_.has_block("train");
  return {invocation_.precision(),
          invocation_.seed(),
          stops_diverging(),
          is_drawn ? Measured::each_epoch : Measured::now_and_then,
          invocation_.has("no-report") ? 0 : report_times_one_of,
          invocation_.json || invocation_.has("tensorboard") || !invocation_.has("no-report")};
}

void TrainingRun::observed_by(std::unique_ptr<Observer> observer) {
  observers_.push_back(std::move(observer));
}

int TrainingRun::operator()() {
  if (model_.minimizer && invocation_.precision() == Precision::f32)
    invocation_.note("a minimizer finds more digits of a minimum with --precision double");
  try {
    remove_leftovers(training_.folder, written_files);
    for (const char* file : {last_weights, best_weights, averaged_weights, manifest_file})
      require_writable(training_.folder / file);
    if (invocation_.has("resume")) resume();
    if (auto* record = trainer_.evaluations()) record->keep_in(training_.folder);
    return train();
  } catch (const UserError& error) {
    tell([&](Observer& observer) { observer.failed(error.diagnostic(), origin_); });
    throw;
  }
}

int TrainingRun::train() {
  const SignalGuard guard;
  try {
    run_trainer();
  } catch (const Diverged& diverged) {
    explain(diverged);
  }
  const bool stopped = SignalGuard::stop();
  // Where nothing better was saved, these weights are all there is.
  const bool has_better = good_ == training_.folder;
  if (is_worth_saving(has_better ? kept() : "they are saved all the same", !has_better) ||
      !has_better)
    in_folder([&] {
      save_checkpoint();
      if (trainer_.averaged()) save_averaged();
      if (!stopped) save_manifest();
    });
  const TrainingEnd end{stopped, best_saved_, final_cost()};
  tell([&](Observer& observer) { observer.finished(end); });
  return stopped ? stopped_by_signal : 0;
}

// An update makes the cost before it known; a descent on a function says where it has arrived.
double TrainingRun::final_cost() {
  if (trainer_.has_data()) return last_cost_;
  return gradients_of(inference_, {}, {}, store_, invocation_.precision())[0].second.at(0);
}

// Until the end, or until a signal.
void TrainingRun::run_trainer() {
  try {
    trainer_.run([this](const EpochReport& report) { return after_epoch(report); },
                 [this](std::int64_t epoch, double share) { after_update(epoch, share); },
                 [this](const EvaluationProgress& progress) {
                   tell([&](Observer& observer) { observer.evaluating(progress); });
                 });
  } catch (const Stopped&) {
  }
  trainer_.check_finite();
}

// Ends the run with what is known of a divergence. Where the data or the first values are to blame
// the learning rate is not.
void TrainingRun::explain(const Diverged& diverged) {
  tell([&](Observer& observer) { observer.diverged(diverged); });
  if (!good_.empty()) invocation_.note(kept());
  const auto fault = origin(diverged);
  if (!fault) throw diverged;
  origin_ = fault->note;
  invocation_.show(*origin_);
  if (fault->hints.empty()) throw diverged;
  Diagnostic error = diverged.diagnostic();
  error.hints = fault->hints;
  throw Diverged(error, diverged.step, diverged.first, diverged.cost_before);
}

// The numbers of before are gone, but the run can be made again from the last checkpoint, or from
// the beginning, unless what it is made from is no longer the same.
std::optional<Fault> TrainingRun::origin(const Diverged& diverged) {
  std::string why;
  try {
    const auto [model, inference] = elaborate_both();
    std::string weights;
    Store store = first_values(invocation_, model, &weights);
    const auto changes =
        differences(ingredients_, ingredients_of(invocation_, outline_, model, inference, weights));
    if (changes.empty()) {
      Trainer trainer(model, &inference, store, {invocation_.precision(), invocation_.seed()});
      if (!good_.empty())
        if (const auto checkpoint = find_checkpoint(good_))
          trainer.resume(checkpoint->file, checkpoint->path.string(), true);
      return origin_in(diverged, trainer);
    }
    why = joined(changes, "; ");
  } catch (const ScriptErrors&) {
    why = "its data can no longer be read";
  } catch (const UserError& error) {
    why = error.diagnostic().message;
  }
  invocation_.note("what made the first number that is not finite can no longer be found: " + why);
  return std::nullopt;
}

std::optional<Fault> TrainingRun::origin_in(const Diverged& diverged, Trainer& trainer) const {
  std::optional<Fault> fault;
  const auto look = [&](std::int64_t, double) {
    if (SignalGuard::stop()) throw Stopped{};
    // The update before may have made the weights that this one stumbles over.
    if (trainer.state().steps >= diverged.first - 2) fault = trainer.next_fault();
    if (fault || trainer.state().steps >= diverged.step) throw Stopped{};
  };
  try {
    look(0, 0);
    trainer.run([](const EpochReport&) { return true; }, look);
  } catch (const Stopped&) {
  } catch (const Diverged&) {
  }
  return fault;
}

void TrainingRun::after_update(std::int64_t epoch, double share) {
  if (SignalGuard::stop()) throw Stopped{};
  const bool is_time = pacer_.is_time();
  if (is_time) tell([&](Observer& observer) { observer.progress(epoch, share); });
  const bool wanted = SignalGuard::take_save();
  if (wanted || times_.is_due(trainer_.state().steps, is_time)) try_to_save_checkpoint(wanted);
}

bool TrainingRun::after_epoch(const EpochReport& report) {
  last_cost_ = report.cost;
  warn_of_costs(report);
  if (report.why_no_training)
    invocation_.warn("no more metrics of training samples: " + report.why_no_training->message);
  if (report.best) save_best();
  tell([&](Observer& observer) { observer.epoch(report); });
  if (trainer_.has_data() && times_.is_due_after_epoch()) try_to_save_checkpoint(false);
  return !SignalGuard::stop();
}

// Of those that do not end the run, once each.
void TrainingRun::warn_of_costs(const EpochReport& report) {
  if (invocation_.text("nan") == "ignore") return;
  const std::string when =
      (trainer_.has_data() ? "epoch " : "step ") + std::to_string(report.epoch);
  const auto warn = [&](const std::string& what, const std::string& message) {
    if (!warned_of_.insert(what).second) return;
    invocation_.warn(message);
  };
  if (!std::isfinite(report.cost) && !stops_diverging())
    warn("cost", "training diverged, and goes on: the cost is no longer finite in " + when);
  for (const auto& [name, evaluation] : report.blocks)
    if (evaluation.cost && !std::isfinite(*evaluation.cost)) {
      const std::string block = "data " + name;
      warn(block, "the cost on " + block + " is " + word_for(*evaluation.cost) + " after " + when);
    }
}

void TrainingRun::save_best() {
  begin_saving();
  unsaved_best_ = weights_file(model_, trainer_.rule_states(), store_, metadata());
  try {
    save_unsaved_best();
  } catch (const UserError& error) {
    const std::string& why = error.diagnostic().message;
    if (std::exchange(last_failure_of_best_, why) != why)
      invocation_.warn("the best weights could not be saved, and the run goes on: " + why);
  }
}

// They wait in memory until the disk takes them.
void TrainingRun::save_unsaved_best() {
  in_folder([&] { write_safetensors(training_.folder / best_weights, *unsaved_best_); });
  unsaved_best_.reset();
  best_saved_ = true;
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

void TrainingRun::save_averaged() {
  save_weights(training_.folder / averaged_weights, model_, {}, *trainer_.averaged(), metadata());
}

// What another run has left in the folder is not this one's, which makes its own.
void TrainingRun::begin_saving() {
  if (!std::exchange(is_first_save_, false)) return;
  std::error_code ignored;
  const auto remove = [&](const char* name) {
    const fs::path file = training_.folder / name;
    // Where somebody put a link, files are written behind it.
    if (fs::is_regular_file(fs::symlink_status(file, ignored))) fs::remove(file, ignored);
  };
  remove(manifest_file);
  const bool is_own = good_ == training_.folder;
  if (!is_own || !trainer_.averaged()) remove(averaged_weights);
  if (is_own) return;
  remove(best_weights);
  forget_checkpoints(training_.folder, 0, 0);
}

void TrainingRun::save_checkpoint() {
  const bool is_first = good_ != training_.folder;
  begin_saving();
  const std::int64_t step = trainer_.state().steps, keep = model_.train.keep;
  if (keep > 1 && saved_step_ && *saved_step_ < step) keep_last_weights();
  EvaluationRecord* const record = trainer_.evaluations();
  in_folder([&] {
    auto all = metadata();
    if (record) add_evaluation_mark(record->save(), all);
    save_weights(training_.folder / last_weights, model_, trainer_.rule_states(), store_, all);
  });
  if (is_first && record) record->remove_others();
  if (is_first && !record) EvaluationRecord::remove_all(training_.folder);
  saved_step_ = step;
  forget_checkpoints(training_.folder, step, keep - 1);
  times_.saved(step);
  good_ = training_.folder;
  if (unsaved_best_) save_unsaved_best();
}

// That an older one can not be kept must not hinder the new one.
void TrainingRun::keep_last_weights() {
  try {
    keep_checkpoint(training_.folder, *saved_step_);
  } catch (const UserError& error) {
    if (warned_of_.insert("keep").second)
      invocation_.warn("an older checkpoint could not be kept: " + error.diagnostic().message);
  }
}

void TrainingRun::save_manifest() {
  write_manifest(
      training_.folder / manifest_file,
      {words_of_training(invocation_.command_line), ingredients_, EBB_VERSION,
       trainer_.state().steps, fingerprint_of(read_safetensors(training_.folder / last_weights)),
       versions(), is_changed_});
}

// Whether a later run can go on from these weights; throws Diverged where this one is to stop. Says
// so once, or `again`, where it can not, and what then becomes of them.
bool TrainingRun::is_worth_saving(const std::string& otherwise, bool again) {
  trainer_.check_finite();
  if (invocation_.text("nan") != "warn") return true;
  const auto spoiled = trainer_.spoiled();
  if (!spoiled) return true;
  if (!warned_of_.insert("store").second && !again) return false;
  invocation_.warn("training diverged, and goes on: " + spoiled->name + " is " +
                   word_for(spoiled->number) + " in the weights; " + otherwise);
  return false;
}

std::string TrainingRun::kept() const {
  return good_.empty() ? "no checkpoint is made of them"
                       : "the last checkpoint in " + good_.string() + " is kept";
}

// A disk that is full now may have room later, and the last checkpoint is still there.
void TrainingRun::try_to_save_checkpoint(bool asked_for) {
  if (!is_worth_saving(kept(), asked_for)) return times_.saved(trainer_.state().steps);
  try {
    save_checkpoint();
  } catch (const UserError& error) {
    const std::string& why = error.diagnostic().message;
    if (std::exchange(last_failure_, why) != why || asked_for)
      invocation_.warn("the run could not be saved, and goes on: " + why);
    times_.saved(trainer_.state().steps);
  }
}

std::map<std::string, std::string> TrainingRun::metadata() {
  auto all = to_metadata(trainer_.state(), ingredients_);
  add_rules(trainer_.rule_states(), all);
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
