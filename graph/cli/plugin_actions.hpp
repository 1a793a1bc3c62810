// What `ebb plugin` can do, an action to a file.
#pragma once

#include "graph/cli/command.hpp"

namespace ebb {

// Writes the project of a new plugin.
int plugin_new(Invocation& invocation);
// Proves each plugin anew, by name or by file, and prints its certificate.
int plugin_verify(Invocation& invocation);

}  // namespace ebb
