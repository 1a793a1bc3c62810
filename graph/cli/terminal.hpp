// What is known of the terminal that `ebb` writes to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graph/script/characters.hpp"

namespace ebb {

struct Terminal {
  bool color_out = false, color_err = false;
  bool progress = false;  // standard error is a terminal that can rewrite a line
  int columns = 80;       // of standard output
};

// Looks at the terminal; NO_COLOR and TERM=dumb mean no colour. `color` is "auto", "always" or
// "never". Throws UsageError for another word.
Terminal look_at_terminal(std::string_view color);

// Of the terminal behind it, now; 80 where there is none.
int columns_of(int descriptor);
// Whether what reads the output reads UTF-8, as the locale has it.
bool speaks_unicode();

// The text with spaces after it, to that width.
std::string padded(std::string_view text, std::size_t width);

// 146,000
std::string with_commas(std::int64_t number);
// With so many significant digits, as people read it: 0.1523, 1e-07.
std::string short_number(double number, int digits = 4);
// The shortest form that reads back as the same double (or, with `single`, the same float).
std::string exact_number(double number, bool single = false);
// 1.4 MB, of 10^6 bytes
std::string size_text(double bytes);
// 14 s, 12 ms, 29 µs (us where the locale has no µ)
std::string duration_text(double seconds);
// The texts with `between` them.
std::string joined(const std::vector<std::string>& texts, const char* between = ", ");
// Words broken to lines of at most `width` columns, each after `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);

}  // namespace ebb
