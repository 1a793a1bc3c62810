// The two sides of a rewrite as patterns.
#pragma once

#include "graph/core/rewrite.hpp"
#include "graph/script/ast.hpp"

namespace ebb::script {

// The rewrite that the statement at `at` declares. Throws UserError with a span.
Rewrite make_rewrite(const ast::Rewrite& node, Span at, const OpRegistry& registry);

}  // namespace ebb::script
