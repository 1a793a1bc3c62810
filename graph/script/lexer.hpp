// Text to tokens. All of a script is read before it is parsed.
#pragma once

#include <vector>

#include "graph/core/diagnostic.hpp"
#include "graph/script/token.hpp"

namespace ebb {

// The tokens of the text, the last being TokenKind::end. What is wrong with a character, a number
// or a string is added to `diagnostics`, and the likeliest token takes its place. After
// Diagnostics::max_errors errors the rest of the text is not read.
std::vector<Token> tokenize(const SourceFile& file, Diagnostics& diagnostics);

}  // namespace ebb
