// Where in a script a person is writing, by the tokens before: the text there is seldom whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graph/script/placement.hpp"

namespace ebb::lsp {

struct Context {
  enum class Kind : std::uint8_t {
    nothing,    // in a comment, a string, a number; behind an operand; where a name is made up
    statement,  // at its beginning
    expression,
    member,   // after a dot
    plugin,   // after `use`
    include,  // in the string after `include`
    key,      // where a key of a train block stands
  };
  Kind kind = Kind::nothing;
  Place place = Place::top;
  std::vector<std::string> object;  // of a member, what it belongs to: "a", "h" for a[0].h.
  std::string callee;               // where an argument of a call begins
  std::size_t statement = 0;        // where the statement at hand begins
  std::size_t braces = 0;           // that are open there
};

// What may be written after this text.
Context context_after(std::string_view text);

}  // namespace ebb::lsp
