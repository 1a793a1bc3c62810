// What the characters of a script are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "graph/script/token.hpp"

namespace ebb {

// A code point and its length in bytes; length 0 where the bytes are not UTF-8.
struct CodePoint {
  char32_t value;
  std::size_t length;
};
CodePoint first_code_point(std::string_view text);

// Names are made of letters, digits and underscores, the first not a digit; letters may bear marks.
bool is_name_start(char32_t c);
bool is_name_part(char32_t c);

// "`?` (U+003F)", or "U+0007" where nothing can be seen.
std::string description(char32_t c);

// What other languages write, and what is read in its place once that has been reported.
struct Foreign {
  std::string_view text;
  TokenKind kind;  // TokenKind::end where nothing takes its place
  std::string_view hint;
};
// The foreign symbol that `text` begins with, else null.
const Foreign* foreign_at(std::string_view text);

// A name in normalisation form NFC. It must be valid UTF-8.
std::string normalized(std::string_view name);

}  // namespace ebb
