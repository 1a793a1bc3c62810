// How far a training is, for its live line.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "graph/cli/observer.hpp"
#include "graph/cli/progress.hpp"

namespace ebb {

class TrainingProgress {
 public:
  explicit TrainingProgress(const Training& training) : training_(training) { begin(); }
  // An epoch begins, perhaps not at its first sample.
  void begin();
  // After an epoch, or a step of a script without inputs.
  void add(const EpochReport& report);
  // What there is to say within an epoch; arguments as Observer::progress has them.
  Progress at(std::int64_t number, double share);
  // The same while a block is evaluated; nothing where that is soon done.
  std::optional<Progress> at(const EvaluationProgress& evaluation);

 private:
  using Clock = std::chrono::steady_clock;
  static double seconds_since(Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  }
  double elapsed() const { return seconds_since(begun_); }
  Progress known(std::int64_t number) const;
  double measured_rate(std::int64_t done);
  void add_epoch(Progress& progress, double share);
  void add_run(Progress& progress);

  const Training training_;
  Clock::time_point begun_;
  std::int64_t first_sample_ = 0;
  // Since the first update that was seen of an epoch, or of a run, with how much done.
  std::optional<Clock::time_point> measured_since_;
  std::int64_t first_measured_ = 0;
  double seconds_ = 0, rate_ = 0;  // of the last epoch, where all of it was seen
  double cost_ = std::numeric_limits<double>::quiet_NaN();
  double lowest_ = std::numeric_limits<double>::infinity();
  std::string metric_;
  // What is, or was last, being evaluated; when that was first seen, with how many samples done,
  // and with how many last.
  std::int64_t evaluated_epoch_ = 0;
  std::string evaluated_;
  Clock::time_point evaluated_since_;
  std::int64_t first_evaluated_ = 0, evaluated_samples_ = 0;
};

}  // namespace ebb
