// An op's record as an entry of the catalog.
#pragma once

#include "graph/cli/catalog.hpp"

namespace ebb {

// With its heading and documentation alone, for lists.
Entry entry_of(const OpDef& op);
// With all facts. Makes and differentiates a small graph for its formulas.
Entry whole_entry_of(const OpDef& op, const Registry& registry);

}  // namespace ebb
