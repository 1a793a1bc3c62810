// When a training run is saved, and when it stops.
#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>

#include "graph/cli/command.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// While it lives, SIGINT, SIGTERM and SIGHUP (unless that is ignored) ask for a stop after saving,
// and another one, whichever, ends the program at once. What comes within a fifth of a second of
// the first is the same request: launchers signal the process, then its group. SIGUSR1 asks for
// saving alone. One at a time.
class SignalGuard {
 public:
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

  // Whether a stop was asked for; also after the guard's end.
  static bool stop();
  // Whether saving was asked for since the last call.
  static bool take_save();

 private:
  std::array<struct sigaction, 4> former_{};
};

// Says so about every hundredth of a second, without asking the clock after each of many short
// updates.
class Pacer {
 public:
  bool is_time();

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
  std::int64_t interval_ = 1, left_ = 1;
};

// The folder of --out, else of --resume, else out/SCRIPT; made where it is missing. Throws
// UserError.
std::filesystem::path output_folder(const Invocation& invocation);

// When a run is to be saved.
class CheckpointTimes {
 public:
  explicit CheckpointTimes(const TrainSettings& settings)
      : steps_(settings.checkpoint_steps), minutes_(settings.checkpoint_minutes) {}
  // Between two updates; the clock is asked where `is_time`.
  bool is_due(std::int64_t step, bool is_time) const;
  // Short epochs would spend their time saving.
  bool is_due_after_epoch() const { return seconds() >= 1; }
  // Whether it went well or not: the next attempt is due as long afterwards.
  void saved(std::int64_t step);

 private:
  using Clock = std::chrono::steady_clock;
  double seconds() const { return std::chrono::duration<double>(Clock::now() - saved_).count(); }

  std::int64_t steps_, saved_step_ = 0;
  double minutes_;
  Clock::time_point saved_ = Clock::now();
};

}  // namespace ebb
