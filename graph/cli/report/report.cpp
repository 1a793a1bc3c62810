#include "graph/cli/report/report.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <sstream>

#include "graph/cli/report/background.hpp"
#include "graph/cli/report/classification.hpp"
#include "graph/cli/report/history.hpp"
#include "graph/cli/report/page.hpp"
#include "graph/cli/report/parameter_figures.hpp"
#include "graph/cli/report/provenance.hpp"
#include "graph/cli/report/step_times.hpp"
#include "graph/cli/report/watch_server.hpp"
#include "graph/cli/script.hpp"
#include "graph/run/data/file.hpp"
#include "graph/run/squared_norm.hpp"

namespace ebb {

namespace {

using Clock = std::chrono::steady_clock;

// Pages are made so seldom that they take no more than a hundredth of the time.
constexpr double least_interval = 2, live_interval = 0.5, share_of_time = 0.01;
constexpr std::size_t max_page = 64 << 20;
constexpr std::int64_t max_at_once = 250;  // samples, where they are evaluated

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  struct tm parts {};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// The gradients' norms and the learning rates; a rate that all parameters share is one curve.
void add_steps(History::Numbers& numbers, const Norms& norms) {
  if (norms.rate) numbers.push_back({{"rate", "", ""}, *norms.rate});
  for (const ParameterNorms& one : norms.parameters) {
    numbers.push_back({{"gradient", one.name, ""}, one.gradient});
    if (!norms.rate && one.rate) numbers.push_back({{"rate", one.name, ""}, *one.rate});
  }
}

class Report : public Observer {
 public:
  Report(const Training& training, std::unique_ptr<WatchServer> server)
      : training_(training),
        server_(std::move(server)),
        nonce_(random_word()),
        head_{{"format", 1},
              {"started", time_of_day()},
              {"made from", made_from(training)},
              {"made on", made_on()}},
        drawing_(words_of("show", {"--as", "svg"})),
        equations_(words_of("derive", {"--json"})) {
    if (server_) publish("running", false, Json::object());
  }

  void resumed(const std::string& checkpoint) override;
  void progress(std::int64_t epoch, double share) override;
  void epoch(const EpochReport& report) override;
  void diverged(const Diverged& why) override;
  void finished(const TrainingEnd& end) override;

 private:
  bool has_data() const { return training_.trainer.has_data(); }
  std::vector<std::string> words_of(const char* command,
                                    const std::vector<std::string>& more) const;
  void record(const EpochReport& report);
  Json data(const char* state);
  void end(const char* state, const Json& more);
  void publish(const char* state, bool also_as_file, const Json& more);
  void look_at_samples(Json& all) const;
  Json drawn() const;
  Json derived() const;

  const Training training_;
  const std::unique_ptr<WatchServer> server_;
  const std::string nonce_;
  const Json head_;
  BackgroundRun drawing_, equations_;
  History history_;
  std::optional<EpochReport> unrecorded_;  // the last, which stays only as the last
  std::int64_t epoch_ = 1, best_epoch_ = 0, looked_at_ = 0;
  double share_ = 0, before_ = 0;  // seconds of the runs that this one goes on from
  Clock::time_point began_ = Clock::now(), written_ = began_, published_ = began_;
  double interval_ = least_interval;
  std::string failure_;  // of the last page
};

// The words of this training's command line that another command understands.
std::vector<std::string> Report::words_of(const char* command,
                                          const std::vector<std::string>& more) const {
  const Invocation& invocation = training_.invocation;
  std::vector<std::string> words{command, invocation.subject};
  for (const char* flag : {"data", "seed"})
    if (invocation.has(flag))
      words.insert(words.end(), {std::string("--") + flag, invocation.text(flag)});
  for (const char* flag : {"allow-path", "set", "plugin", "without"})
    for (const std::string& text : invocation.texts(flag))
      words.insert(words.end(), {std::string("--") + flag, text});
  for (const auto& [name, value] : invocation.script_options)
    words.insert(words.end(), {"--" + name, value});
  if (invocation.has("no-verify")) words.emplace_back("--no-verify");
  words.insert(words.end(), {"--threads", "1", "--quiet"});
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// The history of the runs before stands in the page that they have left.
void Report::resumed(const std::string& checkpoint) {
  best_epoch_ = training_.trainer.state().best_epoch;
  const auto path = std::filesystem::path(checkpoint).parent_path() / report_file;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return;
  try {
    InputFile file(path, InputFile::Kind::regular);
    std::string page(std::min<std::size_t>(file.remaining().value_or(0), max_page), '\0');
    file.read(std::as_writable_bytes(std::span(page)), "the report");
    const Json data = data_of_page(page);
    History history = History::read(data.at("history"));
    const TrainingState& state = training_.trainer.state();
    history.forget_after(has_data() ? state.epochs : state.steps);
    before_ = data.at("seconds").get<double>();
    history_ = std::move(history);
  } catch (const std::exception&) {
    training_.invocation.note(path.string() + " is no report of a training: its curves begin anew");
  }
}

void Report::record(const EpochReport& report) {
  History::Numbers numbers{{{"cost", "train", ""}, report.cost}};
  const auto add = [&](const auto& blocks, const char* averaged) {
    for (const auto& [name, evaluation] : blocks) {
      if (evaluation.cost) numbers.push_back({{"cost", name + averaged, ""}, *evaluation.cost});
      for (const auto& [metric, value] : evaluation.metrics)
        numbers.push_back({{"metric", name + averaged, metric}, value});
    }
  };
  if (report.training) {
    looked_at_ = report.training->samples;
    for (const auto& [metric, value] : report.training->metrics)
      numbers.push_back({{"metric", "train", metric}, value});
  }
  add(report.blocks, "");
  add(report.averaged, ", averaged");
  for (const Parameter& parameter : training_.model.parameters)
    numbers.push_back({{"norm", parameter.name, ""},
                       std::sqrt(squared_norm(*training_.store.find(parameter.name)))});
  if (report.norms) add_steps(numbers, *report.norms);
  if (has_data()) numbers.push_back({{"seconds", "", ""}, report.seconds});
  history_.add(report.epoch, numbers);
}

void Report::epoch(const EpochReport& report) {
  if (report.best) best_epoch_ = report.epoch;
  epoch_ = report.epoch + (has_data() ? 1 : 0);
  share_ = 0;
  unrecorded_.reset();
  if (has_data() || history_.stays(report.epoch))
    record(report);
  else
    unrecorded_ = report;
}

void Report::progress(std::int64_t epoch, double share) {
  epoch_ = epoch;
  share_ = share;
  drawing_.ended();
  equations_.ended();
  const bool is_due = seconds_since(written_) >= interval_;
  const bool is_watched =
      server_ && seconds_since(published_) >= live_interval && server_->is_watched();
  if (!is_due && !is_watched) return;
  const auto start = Clock::now();
  publish("running", is_due, Json::object());
  published_ = Clock::now();
  if (!is_due) return;
  written_ = published_;
  interval_ = std::max(least_interval, seconds_since(start) / share_of_time);
}

Json Report::data(const char* state) {
  if (unrecorded_) record(*unrecorded_);
  unrecorded_.reset();
  Json all = head_;
  all["state"] = state;
  all["written"] = time_of_day();
  all["seconds"] = rounded(before_ + seconds_since(began_));
  all["unit"] = has_data() ? "epoch" : "step";
  const TrainSettings& settings = training_.model.train;
  all["progress"] = {{"at", epoch_},
                     {"share", rounded(share_)},
                     {"of", has_data() ? settings.epochs : settings.steps},
                     {"updates", training_.trainer.state().steps}};
  if (best_epoch_ > 0) all["best"] = best_epoch_;
  if (has_data() && looked_at_ > 0) all["looked at"] = looked_at_;
  all["history"] = history_.json();
  all["parameters"] = parameter_figures(training_.model, training_.store);
  all["times"] = step_times(training_.model, training_.trainer.times());
  all["network"] = drawn();
  all["equations"] = derived();
  return all;
}

// Nothing that goes wrong here may end the training.
void Report::publish(const char* state, bool also_as_file, const Json& more) {
  failure_.clear();
  try {
    Json all = data(state);
    all.update(more);
    if (server_) server_->publish(page_of(all, PageKind::live, nonce_), data_text(all));
    if (!also_as_file) return;
    const std::string page = page_of(all, PageKind::file, nonce_);
    const std::span<const std::byte> pieces[] = {bytes_of(page)};
    write_file(training_.folder / report_file, pieces);
  } catch (const UserError& error) {
    failure_ = error.diagnostic().message;
  } catch (const std::exception& error) {
    failure_ = error.what();
  }
}

// Of the block that tells most of what was learned.
void Report::look_at_samples(Json& all) const {
  if (!has_data()) return;
  Model& model = training_.inference;
  std::string block = "train";
  for (const DataBlock& other : model.data)
    if (block == "train") block = other.name;
  for (const char* better : {"validation", "test"})
    if (model.find_data(better)) block = better;
  // No more at once than the training took, which needed more memory.
  const std::int64_t trained = training_.model.train.minibatch;
  const bool is_small = block == "train" && trained > 0;
  all["samples"] =
      samples_looked_at(model, block, training_.store, training_.invocation.precision(),
                        is_small ? std::min(trained, max_at_once) : max_at_once);
}

Json Report::drawn() const {
  const auto printed = drawing_.output();
  return printed ? Json(*printed) : Json();
}

Json Report::derived() const {
  const auto printed = equations_.output();
  if (!printed) return nullptr;
  Json list = Json::array();
  std::istringstream lines(*printed);
  for (std::string line; std::getline(lines, line);) list.push_back(Json::parse(line));
  return list;
}

void Report::end(const char* state, const Json& more) {
  // Long ended, as a rule. Who has stopped the run waits less for it.
  const std::chrono::milliseconds patience(state == std::string_view("done") ? 3000 : 250);
  if (drawing_.ended(patience)) equations_.ended(patience);
  publish(state, true, more);
  const Invocation& invocation = training_.invocation;
  if (!failure_.empty()) return invocation.warn("the report could not be written: " + failure_);
  if (invocation.terminal.progress)
    invocation.note("the report is " + (training_.folder / report_file).string());
}

void Report::diverged(const Diverged& why) {
  end("diverged", {{"ended", why.diagnostic().message}});
}

void Report::finished(const TrainingEnd& training_end) {
  Json more{{"cost", number_or_word(training_end.cost)}};
  if (!training_.trainer.why_ended().empty()) more["ended"] = training_.trainer.why_ended();
  const auto lacks = [&](const std::string& why) {
    training_.invocation.warn("the report lacks a part: " + why);
  };
  try {
    more["manifest"] = manifest_of(training_);
    // Who has stopped the run does not wait for it.
    if (!training_end.stopped) look_at_samples(more);
  } catch (const UserError& error) {
    lacks(error.diagnostic().message);
  } catch (const ScriptErrors& error) {
    lacks(error.what());
  } catch (const std::bad_alloc&) {
    lacks("there is no memory for the samples");
  }
  end(training_end.stopped ? "stopped" : "done", more);
}

}  // namespace

std::unique_ptr<Observer> training_report(const Training& training,
                                          std::unique_ptr<WatchServer> server) {
  return std::make_unique<Report>(training, std::move(server));
}

}  // namespace ebb
