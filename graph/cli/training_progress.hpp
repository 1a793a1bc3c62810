// How far a training is, for its live line.
#pragma once

#include <chrono>

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
  Progress at(std::int64_t number, double share) const;

 private:
  using Clock = std::chrono::steady_clock;
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - begun_).count(); }
  void add_epoch(Progress& progress, double share) const;
  void add_run(Progress& progress) const;

  const Training training_;
  Clock::time_point begun_;
  std::int64_t first_sample_ = 0, first_step_ = 0;
  double seconds_ = 0, rate_ = 0;  // of the last epoch, where all of it was seen
  double cost_ = std::numeric_limits<double>::quiet_NaN();
  double lowest_ = std::numeric_limits<double>::infinity();
  std::string metric_;
};

}  // namespace ebb
