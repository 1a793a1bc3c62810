// The built-in data sources: idx, digits, values.
#pragma once

#include "graph/core/registry.hpp"

namespace ebb {

void register_sources(Named<SourceDef>& registry);

}  // namespace ebb
