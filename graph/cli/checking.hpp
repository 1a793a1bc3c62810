// Everything that can be found wrong with a script without running it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "graph/cli/command.hpp"
#include "graph/cli/cost_of_plan.hpp"

namespace ebb {

struct BlockState {
  std::string name;
  std::int64_t samples = 0;
  std::string absent;  // why it could not be checked: a file that is not there
};

struct Checked {
  const Model* model = nullptr;  // null where there are errors
  std::vector<BlockState> blocks;
  std::optional<PlanCost> step;  // where the script says how to train
  std::int64_t minibatch = 1;
};

// Elaborates the script with and without training and with each data block open, and plans a
// training step. Errors and warnings are added to `found`, each once. Throws UserError where the
// script can not be read.
Checked check(Invocation& invocation, Diagnostics& found);

}  // namespace ebb
