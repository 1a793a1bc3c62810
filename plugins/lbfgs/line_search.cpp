#include "plugins/lbfgs/line_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ebb::lbfgs {

namespace {

// The minimum of the cubic through two trials (there, equation 3.59), or the middle between them
// where there is none or where it is too near to one of them to shrink the interval.
double interpolate(const Trial& a, const Trial& b) {
  const double width = b.step - a.step, middle = a.step + 0.5 * width;
  if (!b.is_finite()) return a.step + 0.1 * width;
  const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step);
  const double square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return middle;
  const double d2 = std::copysign(std::sqrt(square), width);
  const double step = b.step - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  const double part = (step - a.step) / width;
  return part > 0.05 && part < 0.95 ? step : middle;
}

class Search {
 public:
  Search(const std::function<Trial(double)>& line, const Trial& start, const Wolfe& wolfe)
      : line_(line), start_(start), wolfe_(wolfe), left_(wolfe.most) {}

  std::optional<Trial> run(double step) {
    Trial before = start_;
    while (left_ > 0) {
      const Trial trial = at(step);
      if (is_too_high(trial) || (before.step > 0 && trial.value >= before.value))
        return zoom(before, trial);
      if (is_flat(trial)) return trial;
      if (trial.slope >= 0) return zoom(trial, before);
      before = trial;
      step *= 3;
    }
    return std::nullopt;
  }

 private:
  Trial at(double step) {
    --left_;
    return line_(step);
  }
  bool is_too_high(const Trial& trial) const {
    return !trial.is_finite() || trial.value > start_.value + wolfe_.c1 * trial.step * start_.slope;
  }
  bool is_flat(const Trial& trial) const {
    return std::abs(trial.slope) <= wolfe_.c2 * -start_.slope;
  }

  // Between the two lies a step that satisfies both conditions; `low` is the lower one, and falls
  // towards `high`.
  std::optional<Trial> zoom(Trial low, Trial high) {
    double width = std::abs(high.step - low.step), former = 2 * width;
    while (left_ > 0) {
      if (width <= std::numeric_limits<double>::epsilon() * std::abs(low.step)) break;
      // Where interpolation shrinks the interval too slowly, halving does better.
      const bool slow = width > 0.66 * former && high.is_finite();
      const Trial trial = at(slow ? 0.5 * (low.step + high.step) : interpolate(low, high));
      if (is_too_high(trial) || trial.value >= low.value) {
        high = trial;
      } else {
        if (is_flat(trial)) return trial;
        if (trial.slope * (high.step - low.step) >= 0) high = low;
        low = trial;
      }
      former = width;
      width = std::abs(high.step - low.step);
    }
    return std::nullopt;
  }

  const std::function<Trial(double)>& line_;
  const Trial start_;
  const Wolfe wolfe_;
  int left_;
};

}  // namespace

bool Trial::is_finite() const { return std::isfinite(value) && std::isfinite(slope); }

std::optional<Trial> search(const std::function<Trial(double)>& line, const Trial& start,
                            double first_step, const Wolfe& wolfe) {
  return Search(line, start, wolfe).run(first_step);
}

}  // namespace ebb::lbfgs
