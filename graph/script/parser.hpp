// Text to AST. Which statement may stand where is checked here; what names mean is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "graph/core/diagnostic.hpp"
#include "graph/script/ast.hpp"

namespace ebb {

// The largest script that is read, in bytes.
constexpr std::size_t max_script_size = std::size_t{16} << 20;
// How deep blocks, brackets and operations may stand in one another. Every Expression is at most
// this high, and every Block, with all that stands in it, too.
constexpr std::uint32_t max_nesting = 200;

// Parses a script. Errors are added to `diagnostics` in the order of the text; parsing goes on
// after each at the next statement. The result then holds the statements that were understood, and
// is not worth elaborating.
Script parse(std::shared_ptr<const SourceFile> file, Diagnostics& diagnostics);

// Parses a single expression, such as the VALUE of `--set train.optimizer=sgd(0.1)`. Null after an
// error. The spans of the result and of the errors point into `file`, which the caller keeps.
ast::ExpressionPtr parse_expression(const SourceFile& file, Diagnostics& diagnostics);

}  // namespace ebb
