#include "graph/cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "graph/core/diagnostic.hpp"

namespace ebb {

namespace {

// Empty where it is not set.
std::string value_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value ? value : "";
}

bool is_dumb() {
  const char* kind = std::getenv("TERM");
  return !kind || std::string_view(kind) == "dumb";
}

}  // namespace

int columns_of(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

// By its name and not by setlocale: the locale need not be installed here for the terminal to be
// what it says.
bool speaks_unicode() {
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string locale = value_of(variable);
    if (locale.empty()) continue;
    std::ranges::transform(locale, locale.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

Terminal look_at_terminal(std::string_view color) {
  if (color != "auto" && color != "always" && color != "never")
    throw UsageError("--color is auto, always or never, not `" + std::string(color) + "`");
  const bool may_color = value_of("NO_COLOR").empty() && !is_dumb();
  const auto wanted = [&](int descriptor) {
    return color == "always" || (color == "auto" && may_color && ::isatty(descriptor));
  };
  Terminal terminal;
  terminal.color_out = wanted(STDOUT_FILENO);
  terminal.color_err = wanted(STDERR_FILENO);
  terminal.progress = ::isatty(STDERR_FILENO) && !is_dumb();
  terminal.columns = columns_of(STDOUT_FILENO);
  return terminal;
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t have = width_of(text);
  return std::string(text) + std::string(width > have ? width - have : 0, ' ');
}

std::string with_commas(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3;) digits.insert(i -= 3, 1, ',');
  return digits;
}

std::string short_number(double number, int digits) {
  // Its sign says nothing.
  if (std::isnan(number)) return "nan";
  char text[64];
  std::snprintf(text, sizeof text, "%.*g", digits, number);
  return text;
}

std::string exact_number(double number, bool single) {
  char text[64];
  const auto end = single ? std::to_chars(text, text + sizeof text, static_cast<float>(number))
                          : std::to_chars(text, text + sizeof text, number);
  return {text, end.ptr};
}

std::string size_text(double bytes) {
  const char* const units[] = {"bytes", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < std::size(units); ++unit) bytes /= 1000;
  return short_number(bytes, 3) + " " + units[unit];
}

std::string duration_text(double seconds) {
  const auto in = [&](double unit, const char* name) {
    return short_number(seconds / unit, seconds < 10 * unit ? 2 : 3) + " " + name;
  };
  if (seconds < 1e-3) return in(1e-6, speaks_unicode() ? "µs" : "us");
  return seconds < 1 ? in(1e-3, "ms") : in(1, "s");
}

std::string joined(const std::vector<std::string>& texts, const char* between) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : between) + text;
  return all;
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string result;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (word.empty()) continue;
    const std::size_t needed = width_of(word);
    if (column > 0 && column + 1 + needed > width) {
      result += '\n';
      column = 0;
    }
    if (column == 0) {
      result += std::string(indent, ' ');
      column = indent;
    } else {
      result += ' ';
      ++column;
    }
    result += word;
    column += needed;
  }
  return result + '\n';
}

}  // namespace ebb
