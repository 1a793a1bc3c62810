#include "graph/cli/training_log.hpp"

#include <iostream>

#include "graph/cli/diagnostic_json.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/script.hpp"
#include "graph/cli/text.hpp"
#include "graph/cli/training_progress.hpp"
#include "graph/run/checkpoint.hpp"

namespace ebb {

namespace {

// Programs get every epoch; people no more than so many lines, the last epoch among them.
constexpr std::int64_t max_lines = 50;

std::string path_in(const Training& training, const char* file) {
  return (training.folder / file).string();
}

class JsonLog : public Observer {
 public:
  explicit JsonLog(const Training& training) : training_(training) {}

  void resumed(const std::string& checkpoint) override {
    const TrainingState& state = training_.trainer.state();
    print_line({{"event", "resumed"},
                {"from", checkpoint},
                {"steps", state.steps},
                {"epochs", state.epochs}});
  }

  void epoch(const EpochReport& report) override {
    if (!training_.trainer.has_data()) {
      Json line{{"event", "step"}, {"step", report.epoch}, {"cost", report.cost}};
      if (report.training) line["train"] = to_json(*report.training);
      if (report.norms) add(line, *report.norms);
      print_line(line);
      return;
    }
    Json line{{"event", "epoch"}, {"epoch", report.epoch}, {"cost", report.cost}};
    if (report.training) line["train"] = to_json(*report.training);
    for (const auto& [name, evaluation] : report.blocks) line[name] = to_json(evaluation);
    for (const auto& [name, evaluation] : report.averaged)
      line["average"][name] = to_json(evaluation);
    if (report.norms) add(line, *report.norms);
    line["seconds"] = report.seconds;
    line["samples_per_second"] = report.samples_per_second;
    print_line(line);
  }

  void finished(const TrainingEnd& end) override {
    const Trainer& trainer = training_.trainer;
    Json line{{"event", end.stopped ? "stopped" : "done"},
              {"weights", path_in(training_, last_weights)}};
    if (end.has_best) line["best"] = path_in(training_, best_weights);
    if (trainer.averaged()) line["average"] = path_in(training_, averaged_weights);
    line["steps"] = trainer.state().steps;
    if (trainer.has_data()) line["epochs"] = trainer.state().epochs;
    line["cost"] = end.cost;
    if (!trainer.why_ended().empty()) line["ended"] = trainer.why_ended();
    print_line(line);
  }

  void failed(const Diagnostic& why, const std::optional<Diagnostic>& origin) override {
    const TrainingState& state = training_.trainer.state();
    Json line = event_of(why);
    line["steps"] = state.steps;
    if (training_.trainer.has_data()) line["epochs"] = state.epochs;
    if (origin) {
      line["origin"] = event_of(*origin);
      line["origin"].erase("event");
    }
    print_line(line);
    training_.invocation.has_told_error = true;
  }

 private:
  static void add(Json& line, const Norms& norms) {
    if (norms.rate) line["learning_rate"] = *norms.rate;
    line["weight_norm"] = norms.weights;
    line["gradient_norm"] = norms.gradient;
    for (const ParameterNorms& parameter : norms.parameters) {
      Json& of = line["norms"][parameter.name];
      of = {{"weights", parameter.weights}, {"gradient", parameter.gradient}};
      if (!norms.rate && parameter.rate) of["learning_rate"] = *parameter.rate;
    }
  }

  const Training training_;
};

class TextLog : public Observer {
 public:
  explicit TextLog(const Training& training)
      : training_(training),
        line_(training.invocation.terminal.progress && !training.invocation.quiet,
              training.invocation.terminal.color_err),
        progress_(training) {
    training_.invocation.take_live_line_away = [this] { line_.clear(); };
  }
  ~TextLog() override { training_.invocation.take_live_line_away = nullptr; }
  TextLog(const TextLog&) = delete;
  TextLog& operator=(const TextLog&) = delete;

  void resumed(const std::string& checkpoint) override {
    progress_.begin();
    const std::int64_t steps = training_.trainer.state().steps;
    training_.invocation.note("goes on from " + checkpoint + ", after " + with_commas(steps) +
                              (steps == 1 ? " update" : " updates"));
  }

  void progress(std::int64_t epoch, double share) override {
    if (line_.is_due()) line_.show(progress_.at(epoch, share));
  }

  void evaluating(const EvaluationProgress& progress) override {
    if (!line_.is_due()) return;
    if (const auto shown = progress_.at(progress)) line_.show(*shown);
  }

  void epoch(const EpochReport& report) override {
    const bool has_data = training_.trainer.has_data();
    const TrainSettings& settings = training_.model.train;
    progress_.add(report);
    if (!is_shown(report.epoch, has_data ? settings.epochs : settings.steps)) return;
    line_.clear();
    if (has_data)
      print_epoch(report);
    else
      std::cout << "step " << report.epoch << "  cost " << short_number(report.cost) << std::endl;
  }

  void finished(const TrainingEnd& end) override {
    line_.clear();
    const Trainer& trainer = training_.trainer;
    const std::int64_t steps = trainer.state().steps;
    if (!trainer.why_ended().empty())
      std::cout << "ended after " << with_commas(steps)
                << (steps == 1 ? " iteration" : " iterations") << " at cost "
                << short_number(end.cost) << ": " << trainer.why_ended() << '\n';
    if (!trainer.has_data()) print_parameters(end.cost);
    std::cout << (end.stopped ? "stopped; " : "") << "weights: " << path_in(training_, last_weights)
              << '\n';
    if (end.has_best)
      std::cout << "best on validation: " << path_in(training_, best_weights) << '\n';
    if (trainer.averaged())
      std::cout << "averaged weights: " << path_in(training_, averaged_weights) << '\n';
  }

 private:
  bool is_shown(std::int64_t epoch, std::int64_t epochs) const {
    const std::int64_t interval = (epochs + max_lines - 1) / max_lines;
    return !training_.invocation.quiet && (epoch % interval == 0 || epoch == epochs);
  }

  void print_epoch(const EpochReport& report) const {
    std::cout << "epoch " << report.epoch << "  cost " << short_number(report.cost);
    for (const auto& [name, evaluation] : report.blocks)
      std::cout << "  " << name << ": " << summary(evaluation);
    for (const auto& [name, evaluation] : report.averaged)
      std::cout << "  " << name << ", averaged: " << summary(evaluation);
    std::cout << "  (" << duration_text(report.seconds) << ", "
              << with_commas(static_cast<std::int64_t>(report.samples_per_second)) << " samples/s)"
              << (report.best ? "  best" : "") << std::endl;
  }

  // Where a descent on a function has arrived.
  void print_parameters(double cost) const {
    std::cout << "after " << with_commas(training_.trainer.state().steps) << " steps: cost "
              << short_number(cost) << '\n';
    for (const Parameter& parameter : training_.model.parameters) {
      const Array value = to_array(*training_.store.find(parameter.name));
      if (value.elements() > 100) continue;
      std::cout << parameter.name << " =" << (is_one_line(value) ? " " : "\n")
                << to_text(value, is_one_line(value) ? 0 : 2);
    }
  }

  const Training training_;
  ProgressLine line_;
  TrainingProgress progress_;
};

}  // namespace

std::unique_ptr<Observer> training_log(const Training& training) {
  if (training.invocation.json) return std::make_unique<JsonLog>(training);
  return std::make_unique<TextLog>(training);
}

}  // namespace ebb
