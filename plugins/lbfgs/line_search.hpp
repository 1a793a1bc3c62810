// A line search that ends where the strong Wolfe conditions hold.
#pragma once

#include <functional>
#include <optional>

namespace ebb::lbfgs {

// A step along the line, the objective there, and its derivative by the step.
struct Trial {
  double step = 0, value = 0, slope = 0;
  bool is_finite() const;
};

struct Wolfe {
  double c1 = 1e-4;  // sufficient decrease: value <= value(0) + c1 * step * slope(0)
  double c2 = 0.9;   // curvature: |slope| <= c2 * |slope(0)|
  int most = 40;     // evaluations
};

// Finds a step that satisfies both conditions; it is the last one that `line` was asked for.
// `start` is the trial at step 0, with a negative slope. Values that are not finite are too high.
// Nothing where the evaluations do not suffice, or rounding hides any decrease. (Nocedal & Wright,
// Numerical Optimization, 2006, algorithms 3.5 and 3.6.)
std::optional<Trial> search(const std::function<Trial(double step)>& line, const Trial& start,
                            double first_step, const Wolfe& wolfe);

}  // namespace ebb::lbfgs
