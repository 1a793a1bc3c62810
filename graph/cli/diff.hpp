// Where a text and what its formatting made of it differ.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace ebb {

// The lines of a text, each with its end; the last one may have none.
std::vector<std::string_view> lines_with_ends(std::string_view text);

// Lines of one text, half-open and from 0, in whose place those of another stand.
struct LineChange {
  std::size_t begin = 0, end = 0;
  std::size_t new_begin = 0, new_end = 0;
};
// `after` has the lines of `before`, each in its place however changed, but not all that are empty.
std::vector<LineChange> line_changes(const std::vector<std::string_view>& before,
                                     const std::vector<std::string_view>& after);

// The same as a unified diff; nothing where the texts are equal.
void print_diff(std::ostream& out, const std::string& name, std::string_view before,
                std::string_view after, bool color);

}  // namespace ebb
