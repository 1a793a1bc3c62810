// The command line of `ebb`.
#pragma once

#include "graph/core/registry.hpp"

namespace ebb {

// Runs one command and returns the exit status: 0 done, 1 the input is wrong, 2 wrong usage, 3
// stopped by a signal after saving, 4 training diverged, 70 a bug in Ebb.
int run_cli(int argc, const char* const* argv, Registry& registry);

}  // namespace ebb
