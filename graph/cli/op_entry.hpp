// Records, of ops and of what else plugins bring, as entries of the catalog.
#pragma once

#include "graph/cli/catalog.hpp"

namespace ebb {

// An op with its heading and documentation alone, for lists; an optimizer or a schedule whole.
Entry entry_of(const OpDef& op);
Entry entry_of(const MinimizerDef& minimizer);
Entry entry_of(const MetricDef& metric);
Entry entry_of(const ExporterDef& exporter);
Entry entry_of(const ImporterDef& importer);
// With all facts. Makes and differentiates a small graph for its formulas.
Entry whole_entry_of(const OpDef& op, const Registry& registry);

}  // namespace ebb
