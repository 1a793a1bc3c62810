// What the characters of a script are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ebb {

// A code point and its length in bytes; length 0 where the bytes are not UTF-8.
struct CodePoint {
  char32_t value;
  std::size_t length;
};
CodePoint first_code_point(std::string_view text);
// How many bytes are UTF-8 before one that is not.
std::size_t valid_length(std::string_view text);
// "invalid UTF-8: byte 0xE9".
std::string invalid_byte(char byte);

// Names are made of letters, digits and underscores, the first not a digit; letters may bear marks.
bool is_name_start(char32_t c);
bool is_name_part(char32_t c);

// "`?` (U+003F)", or "U+0007" where nothing can be seen.
std::string description(char32_t c);

// Columns that the text takes in a terminal: two for a wide character, none for a mark on another.
std::size_t width_of(std::string_view text);

// A name in normalisation form NFC. It must be valid UTF-8.
std::string normalized(std::string_view name);

}  // namespace ebb
