// Where a plugin's op is proved.
#pragma once

#include <vector>

#include "graph/core/probe.hpp"

namespace ebb {

// For an elementwise op shapes that broadcast; for another the cases of its record, or else small
// shapes of rank 0 to 4 that its type rule takes. Attributes are at their defaults, and bounded
// numbers also at others inside their bounds. Throws OpError where no shapes and attributes are
// found.
std::vector<ProbeCase> proof_cases(const OpRegistry& registry, const OpDef& op);

// Whether the op takes these; else what it says.
bool is_accepted(const OpRegistry& registry, const OpDef& op, const ProbeCase& one,
                 const std::vector<bool>& per_sample, std::string* refusal = nullptr,
                 DType any = DType::real);

}  // namespace ebb
