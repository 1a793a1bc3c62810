// The canonical layout of scripts, which `ebb fmt` writes.
#pragma once

#include <cstddef>
#include <string>

#include "graph/core/diagnostic.hpp"
#include "graph/script/parser.hpp"

namespace ebb {

// The script with the same tokens and comments in the same lines, laid out: blocks are indented by
// two, tokens stand apart by one blank or none, lines of one kind stand in columns, and one empty
// line at most follows another line. Laid out again it stays what it is. The script must be free of
// syntax errors. Throws UserError where the result would be larger than `most` bytes.
std::string laid_out(const SourceFile& file, std::size_t most = max_script_size);

}  // namespace ebb
