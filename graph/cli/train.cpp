// ebb train
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "graph/cli/commands.hpp"
#include "graph/cli/ingredients.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/manifest.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/saving.hpp"
#include "graph/cli/script.hpp"
#include "graph/cli/text.hpp"
#include "graph/run/inference.hpp"
#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"

namespace ebb {

namespace {

namespace fs = std::filesystem;

constexpr int stopped_by_signal = 3;

// Ends an epoch between two mini-batches.
struct Stopped {};

// Programs get every epoch; people no more than so many lines, the last epoch among them.
constexpr std::int64_t max_lines = 50;

// A training run as the person sees it.
class TrainingRun {
 public:
  explicit TrainingRun(Invocation& invocation);
  int operator()();

 private:
  bool stops_diverging() const { return invocation_.text("nan", "stop") == "stop"; }
  TrainOptions options(bool stops_diverging) const {
    return {invocation_.precision(), invocation_.seed(), stops_diverging};
  }
  Model& elaborate_training();
  Model* elaborate_inference();
  void resume();
  void note_origin(std::int64_t step);
  void after_update(std::int64_t epoch, double share);
  bool report(const EpochReport& report);
  bool is_shown(std::int64_t epoch, std::int64_t epochs) const;
  void print(const EpochReport& report) const;
  void print_step(const EpochReport& report) const;
  void save(const char* name);
  void save_averaged();
  void save_checkpoint();
  void save_manifest();
  void try_to_save_checkpoint();
  std::map<std::string, std::string> metadata();
  void print_end(bool stopped);
  void print_parameters();

  Invocation& invocation_;
  const Outline outline_;
  Model& training_;
  Model* inference_;
  fs::path folder_;
  Store store_;
  Trainer trainer_;
  ProgressLine progress_;
  Pacer pacer_;
  CheckpointTimes times_;
  Ingredients ingredients_;   // empty until they are wanted
  std::string last_failure_;  // to save
  double last_cost_ = 0;
  bool best_saved_ = false, is_saved_ = false, is_first_save_ = true, warned_of_divergence_ = false;
};

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
      training_(elaborate_training()),
      inference_(elaborate_inference()),
      folder_(output_folder(invocation)),
      store_(first_values(invocation, training_)),
      trainer_(training_, inference_, store_, options(stops_diverging())),
      progress_(invocation.terminal.progress && !invocation.quiet),
      times_(training_.train) {}

int TrainingRun::operator()() {
  if (training_.minimizer && invocation_.precision() == Precision::f32)
    invocation_.note("a minimizer finds more digits of a minimum with --precision double");
  if (invocation_.has("resume")) resume();
  const SignalGuard guard;
  try {
    trainer_.run([this](const EpochReport& r) { return report(r); },
                 [this](std::int64_t epoch, double share) { after_update(epoch, share); });
  } catch (const Stopped&) {
  } catch (const Diverged& diverged) {
    progress_.clear();
    note_origin(diverged.step);
    throw;
  }
  progress_.clear();
  save_checkpoint();
  if (trainer_.averaged()) save_averaged();
  if (!SignalGuard::stop()) save_manifest();
  print_end(SignalGuard::stop());
  return SignalGuard::stop() ? stopped_by_signal : 0;
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
  ingredients_ = ingredients_of(invocation_, outline_, training_, inference_);
  const auto changes = differences(ingredients(found->file), ingredients_);
  if (!changes.empty() && !invocation_.has("allow-changed")) {
    throw UserError(name + " comes from another training: " + joined(changes, "; "),
                    {"`--allow-changed` goes on from it all the same"});
  }
  trainer_.resume(found->file, name);
  is_saved_ = true;
  best_saved_ = fs::exists(folder_ / "best.safetensors");
  const TrainingState& state = trainer_.state();
  if (invocation_.json)
    print_line(
        {{"event", "resumed"}, {"from", name}, {"steps", state.steps}, {"epochs", state.epochs}});
  else
    invocation_.note("goes on from " + name + ", after " + with_commas(state.steps) +
                     (state.steps == 1 ? " update" : " updates"));
}

// The numbers of before are gone, but the run can be made again from the last checkpoint, or from
// the beginning.
void TrainingRun::note_origin(std::int64_t step) {
  if (invocation_.quiet) return;
  Model& model = elaborate_training();
  Store store = first_values(invocation_, model);
  Trainer trainer(model, elaborate_inference(), store, options(true));
  if (is_saved_)
    if (const auto checkpoint = find_checkpoint(folder_))
      trainer.resume(checkpoint->file, checkpoint->path.string());
  std::optional<Diagnostic> fault;
  const auto look = [&](std::int64_t, double) {
    if (SignalGuard::stop()) throw Stopped{};
    // The update before may have made the weights that this one stumbles over.
    if (trainer.state().steps >= step - 2) fault = trainer.next_fault();
    if (fault || trainer.state().steps >= step) throw Stopped{};
  };
  try {
    look(0, 0);
    trainer.run([](const EpochReport&) { return true; }, look);
  } catch (const Stopped&) {
  } catch (const Diverged&) {
  }
  if (fault) render(std::cerr, *fault, invocation_.terminal.color_err);
}

// Between two updates.
void TrainingRun::after_update(std::int64_t epoch, double share) {
  if (SignalGuard::stop()) throw Stopped{};
  const bool is_time = pacer_.is_time();
  if (is_time) progress_.show(epoch, share);
  const bool wanted = SignalGuard::take_save();
  if (wanted || times_.is_due(trainer_.state().steps, is_time)) try_to_save_checkpoint();
}

bool TrainingRun::report(const EpochReport& report) {
  progress_.clear();
  last_cost_ = report.cost;
  if (!std::isfinite(report.cost) && invocation_.text("nan") == "warn" &&
      !std::exchange(warned_of_divergence_, true))
    invocation_.warn("training diverged, and goes on: the cost is no longer finite in " +
                     std::string(trainer_.has_data() ? "epoch " : "step ") +
                     std::to_string(report.epoch));
  if (report.best) {
    save("best.safetensors");
    best_saved_ = true;
  }
  if (trainer_.has_data()) {
    print(report);
  } else {
    print_step(report);
  }
  if (trainer_.has_data() && times_.is_due_after_epoch()) try_to_save_checkpoint();
  return !SignalGuard::stop();
}

bool TrainingRun::is_shown(std::int64_t epoch, std::int64_t epochs) const {
  const std::int64_t interval = (epochs + max_lines - 1) / max_lines;
  return !invocation_.quiet && (epoch % interval == 0 || epoch == epochs);
}

void TrainingRun::print(const EpochReport& report) const {
  if (invocation_.json) {
    Json line{{"event", "epoch"}, {"epoch", report.epoch}, {"cost", report.cost}};
    for (const auto& [name, evaluation] : report.blocks) line[name] = to_json(evaluation);
    for (const auto& [name, evaluation] : report.averaged)
      line["average"][name] = to_json(evaluation);
    line["seconds"] = report.seconds;
    line["samples_per_second"] = report.samples_per_second;
    print_line(line);
  } else if (is_shown(report.epoch, training_.train.epochs)) {
    std::cout << "epoch " << report.epoch << "  cost " << short_number(report.cost);
    for (const auto& [name, evaluation] : report.blocks)
      std::cout << "  " << name << ": " << summary(evaluation);
    for (const auto& [name, evaluation] : report.averaged)
      std::cout << "  " << name << ", averaged: " << summary(evaluation);
    std::cout << "  (" << duration_text(report.seconds) << ", "
              << with_commas(static_cast<std::int64_t>(report.samples_per_second)) << " samples/s)"
              << (report.best ? "  best" : "") << std::endl;
  }
}

void TrainingRun::print_step(const EpochReport& report) const {
  if (invocation_.json) {
    print_line({{"event", "step"}, {"step", report.epoch}, {"cost", report.cost}});
  } else if (is_shown(report.epoch, training_.train.steps)) {
    std::cout << "step " << report.epoch << "  cost " << short_number(report.cost) << std::endl;
  }
}

void TrainingRun::save(const char* name) {
  // Days of work are not lost to who has removed the folder.
  output_folder(invocation_);
  save_weights(folder_ / name, training_, trainer_.rule_states(), store_, metadata());
}

void TrainingRun::save_averaged() {
  save_weights(folder_ / "average.safetensors", training_, {}, *trainer_.averaged(), metadata());
}

void TrainingRun::save_checkpoint() {
  if (std::exchange(is_first_save_, false)) {
    // What another run has left there is not this one's.
    std::error_code ignored;
    fs::remove(folder_ / "manifest.json", ignored);
    if (!is_saved_) keep_checkpoints(folder_, 0, 1);
  }
  save(last_weights);
  keep_checkpoints(folder_, trainer_.state().steps, training_.train.keep);
  times_.saved(trainer_.state().steps);
  is_saved_ = true;
}

void TrainingRun::save_manifest() {
  write_manifest(
      folder_ / "manifest.json",
      {words_of_training(invocation_.command_line), ingredients_, EBB_VERSION,
       trainer_.state().steps, fingerprint_of(read_safetensors(folder_ / last_weights))});
}

// A disk that is full now may have room later, and the last checkpoint is still there.
void TrainingRun::try_to_save_checkpoint() {
  // The next update will stop the run; what was saved before is worth more.
  if (stops_diverging() && !is_finite(store_)) return;
  try {
    save_checkpoint();
  } catch (const UserError& error) {
    progress_.clear();
    const std::string& why = error.diagnostic().message;
    if (std::exchange(last_failure_, why) != why)
      invocation_.warn("the run could not be saved, and goes on: " + why);
    times_.saved(trainer_.state().steps);
  }
}

std::map<std::string, std::string> TrainingRun::metadata() {
  if (ingredients_.empty())
    ingredients_ = ingredients_of(invocation_, outline_, training_, inference_);
  auto all = to_metadata(trainer_.state(), ingredients_);
  all["seed"] = std::to_string(invocation_.seed());
  all["precision"] = invocation_.text("precision", "float");
  all["ebb"] = EBB_VERSION;
  std::string unproved;
  for (const LoadedPlugin& plugin : invocation_.plugins.loaded())
    if (!plugin.proved) unproved += (unproved.empty() ? "" : ", ") + plugin.name;
  if (!unproved.empty()) all["unproved plugins"] = unproved;
  return all;
}

void TrainingRun::print_end(bool stopped) {
  const std::string weights = (folder_ / "weights.safetensors").string();
  const std::string best = best_saved_ ? (folder_ / "best.safetensors").string() : "";
  const std::string average = trainer_.averaged() ? (folder_ / "average.safetensors").string() : "";
  if (invocation_.json) {
    Json line{{"event", stopped ? "stopped" : "done"}, {"weights", weights}};
    if (best_saved_) line["best"] = best;
    if (trainer_.averaged()) line["average"] = average;
    line["steps"] = trainer_.state().steps;
    if (trainer_.has_data()) line["epochs"] = trainer_.state().epochs;
    line["cost"] = last_cost_;
    if (!trainer_.why_ended().empty()) line["ended"] = trainer_.why_ended();
    print_line(line);
    return;
  }
  if (!trainer_.why_ended().empty())
    std::cout << "ended after " << with_commas(trainer_.state().steps)
              << (trainer_.state().steps == 1 ? " iteration" : " iterations") << " at cost "
              << short_number(last_cost_) << ": " << trainer_.why_ended() << '\n';
  if (!trainer_.has_data()) print_parameters();
  std::cout << (stopped ? "stopped; " : "") << "weights: " << weights << '\n';
  if (best_saved_) std::cout << "best on validation: " << best << '\n';
  if (trainer_.averaged()) std::cout << "averaged weights: " << average << '\n';
}

// Where a descent on a function has arrived.
void TrainingRun::print_parameters() {
  const auto end =
      gradients_of(elaborate(invocation_, false, {}), {}, {}, store_, invocation_.precision());
  std::cout << "after " << with_commas(trainer_.state().steps) << " steps: cost "
            << short_number(end[0].second.at(0)) << '\n';
  for (const Parameter& parameter : training_.parameters) {
    const Array value = to_array(*store_.find(parameter.name));
    if (value.elements() > 100) continue;
    std::cout << parameter.name << " =" << (is_one_line(value) ? " " : "\n")
              << to_text(value, is_one_line(value) ? 0 : 2);
  }
}

void add_options(boost::program_options::options_description& options) {
  options.add_options()("out", word("DIR"),
                        "folder for the weights; made where it is missing (default: out/SCRIPT "
                        "without .ebb)")(
      "resume", word("DIR"),
      "go on from the last checkpoint in this folder, and save there unless --out is given; "
      "without a checkpoint, start afresh")(
      "allow-changed",
      "resume though the script, its options, data or plugins are not what they were")(
      "nan", word("WHAT"),
      "what a cost that is not finite does: stop, warn or ignore (default: stop)");
  add_weights(options);
  add_memory(options);
}

int run(Invocation& invocation) {
  const std::string nan = invocation.text("nan", "stop");
  if (nan != "stop" && nan != "warn" && nan != "ignore")
    throw UsageError("--nan is stop, warn or ignore, not `" + nan + "`");
  // Who asks for saving before there is anything to save has no reason to end the program.
  ::signal(SIGUSR1, SIG_IGN);
  return TrainingRun(invocation)();
}

std::string keys_help() {
  std::string text = "Keys of the script's train block (--set train.KEY=VALUE overrides them):\n";
  std::size_t width = 0;
  for (const TrainKey& key : train_keys()) width = std::max(width, width_of(key.name));
  for (const TrainKey& key : train_keys())
    text += "  " + padded(key.name, width) +
            wrapped(std::string(key.help) + " (default: " + key.fallback + ")", width + 4, 80)
                .substr(width + 2);
  return text;
}

}  // namespace

const Command train_command = {
    "train",
    "trains, and keeps the weights",
    "train SCRIPT [flags]",
    "Trains the script's parameters on its block `data train`, in mini-batches, and "
    "evaluates every other data block after each epoch. A script without inputs makes "
    "train.steps updates. Of more than 50 epochs a line is printed for every fiftieth "
    "part; --json prints all.\n\n"
    "At the end DIR/weights.safetensors holds the last weights, and DIR/best.safetensors "
    "the best on `data validation`, where the script has it; with train.average, "
    "DIR/average.safetensors the running average of the weights.\n\n"
    "DIR/weights.safetensors is written during the run too, after each epoch (but not twice in a "
    "second), and as train.checkpoint_steps and train.checkpoint_minutes say. It is a checkpoint: "
    "--resume DIR goes on from it, and ends with the same bits as a run that was never "
    "interrupted. SIGUSR1 saves; SIGINT or SIGTERM saves, then exits with 3; a second one ends "
    "at once.\n\n"
    "A cost that is no longer finite stops the run, which then exits with 4, and the first op that "
    "made such a number is named: for that the run is made again from its last checkpoint.",
    Takes::script,
    &add_options,
    &run,
    &keys_help};

}  // namespace ebb
