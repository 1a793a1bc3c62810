// What `train --tensorboard DIR` writes.
#pragma once

#include <filesystem>
#include <memory>

#include "graph/cli/observer.hpp"

namespace ebb {

// Writes a file of events for TensorBoard into the folder: the model's graph at the beginning, and
// after each epoch costs, metrics, norms and learning rates as scalars and the parameters as
// histograms. Their step is the number of updates. Throws UserError where the file can not be made;
// when it can no longer be written, a warning says so and the training goes on.
std::unique_ptr<Observer> tensorboard(const Training& training,
                                      const std::filesystem::path& folder);

}  // namespace ebb
