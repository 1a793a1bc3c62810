// Where the time of training goes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "graph/compile/plan.hpp"

namespace ebb {

// Seconds on a clock that never goes back.
double clock_seconds();

// How long something took, each time. Of many times it keeps some, drawn evenly, and allocates
// nothing.
class Durations {
 public:
  void add(double seconds);
  double median() const;  // 0 where there is none
  // Of all, as if each took the median: few that are interrupted do not count.
  double total() const { return median() * static_cast<double>(count_); }

 private:
  std::array<float, 128> kept_{};
  std::uint64_t count_ = 0, random_ = 1;
};

// Where the time of updates went.
struct Profile {
  std::int64_t updates = 0;
  double seconds = 0;  // of all updates, by the clock
  double drawing = 0;  // to choose the samples of the epochs that began
  // By update: to gather samples, no time where there are none; in no step and for no samples.
  Durations feeding, rest;
  // Of the plan of the last mini-batch of an update, and of those before it, which exists with
  // train.accumulate alone.
  struct Pass {
    const Plan* plan = nullptr;
    std::int64_t runs = 0;
    std::vector<Durations> steps;  // of the plan
    // In how many runs BLAS took a step's product for the plan's provider.
    std::vector<std::int64_t> fallbacks;
  };
  std::vector<Pass> passes;
  // The first mini-batches, as many as were to be kept: their pass, when they began, from the first
  // update on, how long feeding and each step took, and which products BLAS took.
  struct Run {
    std::size_t pass = 0;
    std::int64_t samples = 0;
    double begin = 0, feeding = 0;
    std::vector<double> seconds;
    std::vector<bool> falls_back;
  };
  std::vector<Run> runs;

  double feeding_seconds() const { return feeding.total() + drawing; }
  // Of all updates, as if nothing had interrupted them: the sum of the totals of all parts.
  double typical_seconds() const;
};

// A profile that is being made.
struct Timing {
  Profile profile{};
  double start = 0;                  // on the clock
  std::size_t kept_steps = 0;        // that are still to be kept
  double feeding = 0, in_steps = 0;  // of the update under way

  void update_ended(double seconds);
};

// While it lives, updates add their times to the measurement that it has put there.
class TimingGuard {
 public:
  TimingGuard(Timing*& under_way, Timing& timing) : under_way_(under_way) { under_way = &timing; }
  ~TimingGuard() { under_way_ = nullptr; }
  TimingGuard(const TimingGuard&) = delete;
  TimingGuard& operator=(const TimingGuard&) = delete;

 private:
  Timing*& under_way_;
};

}  // namespace ebb
