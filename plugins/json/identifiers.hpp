// Names of values as a script may write them.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace ebb::json {

inline bool is_identifier(std::string_view name) {
  const auto is_letter = [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; };
  const auto fits = [&](char c) { return is_letter(c) || c == '_' || (c >= '0' && c <= '9'); };
  return !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, fits);
}

// Each is used once.
class Identifiers {
 public:
  void reserve(const std::string& name) { taken_.insert(name); }

  // "a[0].w" becomes a_0_w, or a_0_w_2 where that is taken.
  std::string make(std::string_view wanted) {
    std::string name;
    for (const char c : wanted) {
      const bool fits = is_identifier(std::string("a") + c);
      if (fits || (!name.empty() && name.back() != '_')) name += fits ? c : '_';
    }
    while (name.ends_with('_')) name.pop_back();
    if (!is_identifier(name)) name = "v" + name;
    std::string free = name;
    while (!taken_.insert(free).second) free = name + "_" + std::to_string(++last_[name] + 1);
    return free;
  }

 private:
  std::map<std::string, int> last_;  // number behind a name that was taken
  // The language's words, and what the scripts made here call.
  std::set<std::string> taken_{"include", "use",       "option",  "def",     "layer",   "input",
                               "target",  "param",     "state",   "for",     "in",      "if",
                               "else",    "return",    "output",  "cost",    "metric",  "data",
                               "train",   "optimizer", "rewrite", "assert",  "and",     "or",
                               "not",     "true",      "false",   "convert", "reshape", "zeros"};
};

}  // namespace ebb::json
