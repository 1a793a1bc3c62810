// ebb train
#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <iostream>

#include "graph/cli/commands.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/script.hpp"
#include "graph/cli/text.hpp"
#include "graph/run/inference.hpp"
#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"

namespace ebb {

namespace {

namespace fs = std::filesystem;

constexpr int stopped_by_signal = 3;

std::atomic<int> signal_received{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may set it");

// While it lives, SIGINT and SIGTERM ask for a stop after saving; a second one ends the program at
// once.
class SignalGuard {
 public:
  SignalGuard() {
    signal_received = 0;
    struct sigaction action {};
    action.sa_handler = [](int signal) { signal_received = signal; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, &former_[0]);
    ::sigaction(SIGTERM, &action, &former_[1]);
  }
  ~SignalGuard() {
    ::sigaction(SIGINT, &former_[0], nullptr);
    ::sigaction(SIGTERM, &former_[1], nullptr);
  }
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

 private:
  struct sigaction former_[2]{};
};

// Ends an epoch between two mini-batches.
struct Stopped {};

// One line on standard error that is written again and again.
class ProgressLine {
 public:
  explicit ProgressLine(bool shown) : shown_(shown) {}
  void show(std::int64_t epoch, double share) {
    if (!shown_) return;
    std::cerr << "\r\x1b[Kepoch " << epoch << "  " << static_cast<int>(share * 100) << " %"
              << std::flush;
    visible_ = true;
  }
  void clear() {
    if (std::exchange(visible_, false)) std::cerr << "\r\x1b[K" << std::flush;
  }

 private:
  bool shown_, visible_ = false;
};

fs::path output_folder(const Invocation& invocation) {
  fs::path folder = invocation.has("out") ? fs::path(invocation.text("out"))
                                          : fs::path("out") / fs::path(invocation.subject).stem();
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw UserError("cannot make the folder " + folder.string() + ": " + error.message());
  return folder;
}

// Programs get every epoch; people no more than so many lines, the last epoch among them.
constexpr std::int64_t max_lines = 50;

// A training run as the person sees it.
class TrainingRun {
 public:
  explicit TrainingRun(Invocation& invocation);
  int operator()();

 private:
  Model& elaborate_training();
  Model* elaborate_inference();
  bool report(const EpochReport& report);
  bool is_shown(std::int64_t epoch, std::int64_t epochs) const;
  void print(const EpochReport& report) const;
  void print_step(const EpochReport& report) const;
  void save(const char* name) const;
  void save_averaged() const;
  std::map<std::string, std::string> metadata() const;
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
  double last_cost_ = 0;
  bool best_saved_ = false;
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
      outline_(outline_of(invocation.subject)),
      training_(elaborate_training()),
      inference_(elaborate_inference()),
      folder_(output_folder(invocation)),
      store_(first_values(invocation, training_)),
      trainer_(training_, inference_, store_, {invocation.precision(), invocation.seed()}),
      progress_(invocation.terminal.progress && !invocation.quiet) {}

int TrainingRun::operator()() {
  if (training_.minimizer && invocation_.precision() == Precision::f32)
    invocation_.note("a minimizer finds more digits of a minimum with --precision double");
  const SignalGuard guard;
  try {
    trainer_.run([this](const EpochReport& r) { return report(r); },
                 [this](std::int64_t epoch, double share) {
                   progress_.show(epoch, share);
                   if (signal_received) throw Stopped{};
                 });
  } catch (const Stopped&) {
  } catch (const Diverged&) {
    progress_.clear();
    throw;
  }
  progress_.clear();
  save("weights.safetensors");
  if (trainer_.averaged()) save_averaged();
  print_end(signal_received != 0);
  return signal_received ? stopped_by_signal : 0;
}

bool TrainingRun::report(const EpochReport& report) {
  progress_.clear();
  last_cost_ = report.cost;
  if (report.best) {
    save("best.safetensors");
    best_saved_ = true;
  }
  if (trainer_.has_data()) {
    print(report);
  } else {
    print_step(report);
  }
  return signal_received == 0;
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

void TrainingRun::save(const char* name) const {
  save_weights(folder_ / name, training_, trainer_.rule_states(), store_, metadata());
}

void TrainingRun::save_averaged() const {
  save_weights(folder_ / "average.safetensors", training_, {}, *trainer_.averaged(), metadata());
}

std::map<std::string, std::string> TrainingRun::metadata() const {
  std::map<std::string, std::string> all{{"step", std::to_string(trainer_.steps_done())},
                                         {"epoch", std::to_string(trainer_.epochs_done())},
                                         {"seed", std::to_string(invocation_.seed())},
                                         {"precision", invocation_.text("precision", "float")},
                                         {"ebb", EBB_VERSION}};
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
    line["steps"] = trainer_.steps_done();
    if (trainer_.has_data()) line["epochs"] = trainer_.epochs_done();
    line["cost"] = last_cost_;
    if (!trainer_.why_ended().empty()) line["ended"] = trainer_.why_ended();
    print_line(line);
    return;
  }
  if (!trainer_.why_ended().empty())
    std::cout << "ended after " << with_commas(trainer_.steps_done())
              << (trainer_.steps_done() == 1 ? " iteration" : " iterations") << " at cost "
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
  std::cout << "after " << with_commas(trainer_.steps_done()) << " steps: cost "
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
                        "without .ebb)");
  add_weights(options);
  add_memory(options);
}

int run(Invocation& invocation) { return TrainingRun(invocation)(); }

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
    "DIR/average.safetensors the running average of the weights. SIGINT or SIGTERM: saves, "
    "then exits with 3. A cost that is no longer finite: exits with 4.",
    Takes::script,
    &add_options,
    &run,
    &keys_help};

}  // namespace ebb
