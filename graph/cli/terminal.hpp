// What is known of the terminal that `ebb` writes to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ebb {

struct Terminal {
  bool color_out = false, color_err = false;
  bool progress = false;  // standard error is a terminal that can rewrite a line
  int columns = 80;       // of standard output
};

// Looks at the terminal; NO_COLOR and TERM=dumb mean no colour. `color` is "auto", "always" or
// "never". Throws UsageError for another word.
Terminal look_at_terminal(std::string_view color);

// One line on standard error that is written again and again.
class ProgressLine {
 public:
  explicit ProgressLine(bool shown) : shown_(shown) {}
  void show(std::int64_t epoch, double share);
  void clear();

 private:
  bool shown_, visible_ = false;
};

// Columns that the text takes, a code point each.
std::size_t width_of(std::string_view text);
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
// 14 s, 12 ms, 29 µs
std::string duration_text(double seconds);
// The texts with `between` them.
std::string joined(const std::vector<std::string>& texts, const char* between = ", ");
// Words broken to lines of at most `width` columns, each after `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);

}  // namespace ebb
