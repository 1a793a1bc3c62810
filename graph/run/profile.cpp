#include "graph/run/profile.hpp"

#include <algorithm>
#include <chrono>

namespace ebb {

double clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Durations::add(double seconds) {
  std::uint64_t at = count_++;
  if (at >= kept_.size()) {
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;
    at = (random_ >> 33) % count_;
  }
  if (at < kept_.size()) kept_[at] = static_cast<float>(seconds);
}

double Durations::median() const {
  if (count_ == 0) return 0;
  std::array<float, 128> sorted = kept_;
  const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(count_, kept_.size()));
  std::sort(sorted.begin(), end);
  const auto n = static_cast<std::size_t>(end - sorted.begin());
  return (double{sorted[(n - 1) / 2]} + double{sorted[n / 2]}) / 2;
}

double Profile::typical_seconds() const {
  double seconds = feeding_seconds() + rest.total();
  for (const Pass& pass : passes)
    for (const Durations& step : pass.steps) seconds += step.total();
  return seconds;
}

void Timing::update_ended(double seconds) {
  ++profile.updates;
  profile.feeding.add(feeding);
  profile.rest.add(seconds - feeding - in_steps);
  feeding = in_steps = 0;
}

}  // namespace ebb
