// Says in words when a training goes wrong.
#pragma once

#include <memory>

#include "graph/cli/observer.hpp"

namespace ebb {

// Warns, of each once: a cost that grows far beyond what it was or keeps rising, a gradient that
// grows or weights that do, parameters whose gradient has vanished. Where the cost is no longer
// finite, a note says how it came there. With `--json` they are events too.
std::unique_ptr<Observer> watch(const Training& training);

}  // namespace ebb
