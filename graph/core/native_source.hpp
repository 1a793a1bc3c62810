// Data sources of plugins as scripts call them.
#pragma once

#include <string>

#include "graph/core/source.hpp"
#include "graph/sdk/ebb_plugin.h"

namespace ebb {

// The source of a plugin. To its attributes comes `stream`, the host's, which every source has.
// Throws OpError saying what is missing.
SourceDef import_source(const ebb_source& record, const std::string& plugin);

}  // namespace ebb
