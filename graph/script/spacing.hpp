// Which tokens stand apart in canonical layout.
#pragma once

#include <cstddef>
#include <vector>

#include "graph/script/token.hpp"

namespace ebb {

// Whether a value may end with the token at `i`. After a point a keyword is a name.
bool ends_value(const std::vector<Token>& tokens, std::size_t i);

// For each token whether a blank stands before it, where a line does not begin with it. The tokens
// are those of a script without errors, but line ends.
std::vector<bool> blanks_before(const std::vector<Token>& tokens);

}  // namespace ebb
