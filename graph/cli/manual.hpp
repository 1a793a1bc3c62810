// Manual pages, from the same tables as the help.
#pragma once

#include <string>

#include "graph/cli/command.hpp"

namespace ebb {

// ebb(1): what there is, files and variables that it looks at, its exit statuses.
std::string manual();
// ebb-train(1) and its like.
std::string manual_of(const Command& command);

}  // namespace ebb
