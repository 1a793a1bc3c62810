#include "graph/cli/training_run.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "graph/cli/manifest.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/report/report.hpp"
#include "graph/cli/sample_cache.hpp"
#include "graph/cli/text.hpp"
#include "graph/cli/version.hpp"
#include "graph/run/data/file.hpp"
#include "graph/run/weights.hpp"

namespace ebb {

namespace {

namespace fs = std::filesystem;

constexpr int stopped_by_signal = 3;
// Of weights: what they were made from changed before a run was resumed.
constexpr const char* changed_on_the_way = "changed on the way";

constexpr std::string_view written_files[] = {last_weights, best_weights, averaged_weights,
                                              manifest_file, report_file};

// Where a run ends changes nothing before; what else changed makes it another one.
bool is_another(const std::vector<std::string>& changes) {
  return std::ranges::any_of(changes, [](const std::string& change) {
    return !change.starts_with("train.epochs ") && !change.starts_with("train.steps ");
  });
}

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
      store_(first_values(invocation, model_)),
      trainer_(model_, &inference_, store_, options()),
      training_{invocation, model_, inference_, store_, trainer_, output_folder(invocation)},
      times_(model_.train) {}

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

void TrainingRun::tell(const auto& call) const {
  for (const auto& observer : observers_) call(*observer);
}

int TrainingRun::operator()() {
  if (model_.minimizer && invocation_.precision() == Precision::f32)
    invocation_.note("a minimizer finds more digits of a minimum with --precision double");
  remove_leftovers(training_.folder, written_files);
  if (invocation_.has("resume")) resume();
  if (auto* record = trainer_.evaluations()) record->keep_in(training_.folder);
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
  tell([&](Observer& observer) { observer.finished({stopped, best_saved_, last_cost_}); });
  return stopped ? stopped_by_signal : 0;
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
  is_changed_ = is_another(changes) || found->file.metadata.contains(changed_on_the_way);
  trainer_.resume(found->file, name, !changes.empty());
  if (model_.minimizer) last_cost_ = trainer_.state().cost;
  const fs::path best = training_.folder / best_weights;
  std::error_code error;
  const bool is_elsewhere = !fs::equivalent(from, training_.folder, error);
  good_ = is_elsewhere ? from : training_.folder;
  if (is_elsewhere && trainer_.state().best_epoch > 0 && fs::exists(from / best_weights, error))
    in_folder([&] { write_safetensors(best, read_safetensors(from / best_weights)); });
  best_saved_ = trainer_.state().best_epoch > 0 && fs::exists(best, error);
  tell([&](Observer& observer) { observer.resumed(name); });
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
    if (ingredients_.empty())
      ingredients_ = ingredients_of(invocation_, outline_, model_, inference_);
    const auto [model, inference] = elaborate_both();
    const auto changes = differences(
        ingredients_, ingredients_of(invocation_, outline_of(invocation_), model, inference));
    if (changes.empty()) {
      Store store = first_values(invocation_, model);
      Trainer trainer(model, &inference, store, {invocation_.precision(), invocation_.seed()});
      if (!good_.empty())
        if (const auto checkpoint = find_checkpoint(good_))
          trainer.resume(checkpoint->file, checkpoint->path.string(), true);
      return origin_in(diverged, trainer);
    }
    why = joined(changes, "; ");
  } catch (const ScriptErrors&) {
    why = "the script has changed, and has errors now";
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
    if (evaluation.cost && !std::isfinite(*evaluation.cost))
      warn("data " + name,
           "the cost on data " + name + " is " + word_for(*evaluation.cost) + " after " + when);
}

void TrainingRun::save_best() {
  try {
    unsaved_best_.reset();
    in_folder([&] {
      save_weights(training_.folder / best_weights, model_, trainer_.rule_states(), store_,
                   metadata());
    });
    best_saved_ = true;
  } catch (const UserError& error) {
    // They wait in memory for the next checkpoint.
    Store& copy = unsaved_best_.emplace().weights;
    for (const auto& [name, tensor] : store_.all()) {
      Tensor values(tensor.type(), tensor.samples());
      std::memcpy(values.bytes(), tensor.bytes(), tensor.size_bytes());
      copy.all().emplace(name, std::move(values));
    }
    unsaved_best_->metadata = metadata();
    const std::string& why = error.diagnostic().message;
    if (std::exchange(last_failure_of_best_, why) != why)
      invocation_.warn("the best weights could not be saved, and the run goes on: " + why);
  }
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

void TrainingRun::save_checkpoint() {
  const bool is_first = std::exchange(is_first_save_, false);
  if (is_first) {
    // What another run has left there is not this one's.
    std::error_code ignored;
    fs::remove(training_.folder / manifest_file, ignored);
    if (good_.empty()) keep_checkpoints(training_.folder, 0, 1);
  }
  EvaluationRecord* const record = trainer_.evaluations();
  in_folder([&] {
    auto all = metadata();
    if (record) add_evaluation_mark(record->save(), all);
    save_weights(training_.folder / last_weights, model_, trainer_.rule_states(), store_, all);
  });
  if (is_first && record) record->remove_others();
  if (is_first && !record) EvaluationRecord::remove_all(training_.folder);
  keep_checkpoints(training_.folder, trainer_.state().steps, model_.train.keep);
  times_.saved(trainer_.state().steps);
  good_ = training_.folder;
  if (unsaved_best_) {
    in_folder([&] {
      save_weights(training_.folder / best_weights, model_, trainer_.rule_states(),
                   unsaved_best_->weights, unsaved_best_->metadata);
    });
    unsaved_best_.reset();
    best_saved_ = true;
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
