// The gradients of a whole model against central differences, parameter by parameter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "graph/core/diagnostic.hpp"
#include "graph/run/executor.hpp"
#include "graph/run/inference.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// Of a larger parameter so many entries are compared, drawn once and for all.
constexpr std::int64_t compared_entries = 32;
// Derivatives may differ by this part of the parameter's largest.
constexpr double model_gradient_tolerance = 1e-6;

struct ParameterCheck {
  std::string name;
  std::int64_t entries = 0, compared = 0;
  double difference = 0;  // the largest, relative to the largest derivative of the parameter
  std::string failure;    // what differs, or why the comparison proves nothing; "": it agrees
};

struct ModelCheck {
  std::vector<ParameterCheck> parameters;
  std::int64_t samples = 0;
  std::string failure;  // of the whole: why nothing could be compared
  // The node nearest to the cost whose rule alone disagrees with the differences of that node.
  std::optional<Diagnostic> culprit;

  bool passed() const;
};

// Where the comparison takes place. Inputs without a source are random: 4 samples in (0, 1), or in
// the domain of the ops that take them.
struct CheckPoint {
  InputSource source;
  Store* weights = nullptr;  // null: near the first values, where symmetries are broken
};

// Compares the gradients that training would use (of the rewritten cost) with differences of the
// cost as it is written: central, extrapolated, from steps of relative size 1e-3 down to 1e-6, of
// which the best counts, for a difference across a kink is no derivative. A gradient by definition
// (stop_gradient) counts as constant. All in double; `training` is true in the model, which is used
// up. Throws UserError without a cost.
ModelCheck check_gradients(Model& model, const CheckPoint& at);

}  // namespace ebb
