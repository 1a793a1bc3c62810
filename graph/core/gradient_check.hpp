// Gradients against central differences. Never passes vacuously.
#pragma once

#include <string>
#include <vector>

#include "graph/core/graph.hpp"

namespace ebb {

struct GradientCheck {
  bool passed = false;
  double worst = 0;           // largest relative difference |analytic - numeric| / max(1, |both|)
  std::int64_t compared = 0;  // number of partial derivatives compared
  bool all_zero = false;      // every analytic and numeric derivative was zero
  std::string message;        // where and by how much, when it failed
  // Then: the entry, in the order of storage, its value, and both derivatives.
  std::int64_t entry = 0;
  double at = 0, analytic = 0, numeric = 0;
};

// Values for the leaves that a check starts from.
struct LeafValue {
  Value leaf;
  Tensor value;
};

// Checks d objective / d wrt, evaluated in `precision`, against central differences of the plain
// evaluation in double (steps of relative size 1e-3, Richardson-extrapolated), entry by entry.
// Where they disagree smaller steps are tried too: a kink may lie nearer than a step. `objective`
// is a scalar; a per-sample one is summed over its samples.
GradientCheck check_gradient(Graph& graph, Value objective, Value wrt,
                             const std::vector<LeafValue>& leaves, std::int64_t samples,
                             double tolerance, Precision precision = Precision::f64);

}  // namespace ebb
