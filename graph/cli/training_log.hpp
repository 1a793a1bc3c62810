// A training's log: lines for people, or one JSON object per line.
#pragma once

#include <memory>

#include "graph/cli/observer.hpp"

namespace ebb {

std::unique_ptr<Observer> training_log(const Training& training);

}  // namespace ebb
