// Which names a piece of a script speaks of.
#pragma once

#include <set>
#include <string>

#include "graph/script/ast.hpp"

namespace ebb::script {

// Adds every name that stands in an expression of the block, whatever it means there.
void collect_names(const ast::Block& block, std::set<std::string>& names);

}  // namespace ebb::script
