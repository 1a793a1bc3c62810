#include "graph/script/option_text.hpp"

#include <charconv>
#include <cmath>

#include "graph/script/elaborate.hpp"

namespace ebb {

const std::vector<std::string>& command_line_flags() {
  static const std::vector<std::string> flags = {
      "after",
      "all",
      "allow-changed",
      "allow-path",
      "as",
      "check",
      "color",
      "data",
      "depth",
      "diff",
      "draw",
      "fetch",
      "fix",
      "from",
      "gradients",
      "help",
      "input",
      "json",
      "lang",
      "latex",
      "memory",
      "memory-picture",
      "nan",
      "no-report",
      "no-verify",
      "on",
      "out",
      "partial",
      "plan",
      "plugin",
      "port",
      "precision",
      "quiet",
      "reference",
      "resume",
      "rewrites",
      "samples",
      "seed",
      "set",
      "tensorboard",
      "threads",
      "to",
      "trace",
      "training",
      "update",
      "updates",
      "version",
      "watch",
      "weights",
      "with",
      "without",
      "wrt",
  };
  return flags;
}

namespace script {

bool is_command_line_flag(std::string_view name) {
  for (const std::string& flag : command_line_flags()) {
    if (flag == name) return true;
  }
  return false;
}

std::optional<Item> parse_option(const std::string& text, const Item& fallback) {
  if (as<std::string>(fallback) != nullptr) return text;
  if (as<bool>(fallback) != nullptr) {
    if (text == "true") return true;
    if (text == "false") return false;
    return std::nullopt;
  }
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace script
}  // namespace ebb
