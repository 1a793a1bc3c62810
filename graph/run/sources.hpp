// The built-in data sources: idx, digits, values.
#pragma once

#include "graph/core/source.hpp"

namespace ebb {

void register_sources(SourceRegistry& registry);

}  // namespace ebb
