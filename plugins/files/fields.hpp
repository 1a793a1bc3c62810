// Names of fields: what a file calls them becomes what a script can write after a dot.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace ebb::files {

// Letters, digits, `_` and all beyond ASCII stay; what else there is becomes `_`, and so does what
// is before a digit at the beginning. "Sepal length (cm)" is Sepal_length__cm_.
inline std::string identifier(const std::string& name) {
  std::string result;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || byte >= 0x80;
    if (digit && result.empty()) result += '_';
    result += digit || letter ? c : '_';
  }
  return result.empty() ? "_" : result;
}

// The same for several names, told apart by a number: "a b", "a-b" are a_b, a_b_2.
inline std::vector<std::string> identifiers(const std::vector<std::string>& names) {
  std::set<std::string> taken;
  std::map<std::string, int> last;  // number behind a name that was taken
  std::vector<std::string> result;
  for (const std::string& name : names) {
    const std::string base = identifier(name);
    std::string unique = base;
    while (!taken.insert(unique).second) unique = base + "_" + std::to_string(++last[base] + 1);
    result.push_back(unique);
  }
  return result;
}

// "a, b, c", of many names the first.
inline std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) text += (i ? ", " : "") + names[i];
  return names.size() > most ? text + " and " + std::to_string(names.size() - most) + " more"
                             : text;
}

}  // namespace ebb::files
