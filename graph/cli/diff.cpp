#include "graph/cli/diff.hpp"

#include <algorithm>
#include <ostream>
#include <span>

namespace ebb {

namespace {

constexpr std::size_t context = 3;  // lines around a change

bool is_blank(std::string_view line) {
  if (line.starts_with("\uFEFF")) line.remove_prefix(3);
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

class DiffWriter {
 public:
  DiffWriter(std::ostream& out, bool color) : out_(out), color_(color) {}

  void header(const std::string& name) {
    line("\033[1m", "--- " + name);
    line("\033[1m", "+++ " + name);
  }

  // Changes so near each other that they share their context.
  void hunk(std::span<const LineChange> changes, const std::vector<std::string_view>& before,
            const std::vector<std::string_view>& after) {
    const LineChange &first = changes.front(), &last = changes.back();
    const std::size_t lead = std::min(first.begin, context);
    const std::size_t trail = std::min(before.size() - last.end, context);
    line("\033[36m", "@@ -" + range(first.begin - lead, last.end + trail) + " +" +
                         range(first.new_begin - lead, last.new_end + trail) + " @@");
    std::size_t at = first.begin - lead;
    for (const LineChange& change : changes) {
      marked(' ', "", before, at, change.begin);
      marked('-', "\033[31m", before, change.begin, change.end);
      marked('+', "\033[32m", after, change.new_begin, change.new_end);
      at = change.end;
    }
    marked(' ', "", before, at, last.end + trail);
  }

 private:
  // "12,3"; of no lines, the line that they would follow.
  static std::string range(std::size_t begin, std::size_t end) {
    const std::size_t count = end - begin;
    return std::to_string(begin + (count > 0 ? 1 : 0)) +
           (count == 1 ? "" : "," + std::to_string(count));
  }

  void marked(char sign, const char* style, const std::vector<std::string_view>& lines,
              std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const bool ends = lines[i].ends_with('\n');
      line(style, sign + std::string(lines[i].substr(0, lines[i].size() - (ends ? 1 : 0))));
      if (!ends) line("", "\\ No newline at end of file");
    }
  }

  void line(std::string_view style, const std::string& text) {
    const bool colored = color_ && !style.empty();
    out_ << (colored ? style : "") << text << (colored ? "\033[0m" : "") << '\n';
  }

  std::ostream& out_;
  bool color_;
};

}  // namespace

std::vector<std::string_view> lines_with_ends(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    const std::size_t length = newline == std::string_view::npos ? text.size() : newline + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

std::vector<LineChange> line_changes(const std::vector<std::string_view>& before,
                                     const std::vector<std::string_view>& after) {
  std::vector<LineChange> changes;
  std::size_t i = 0, j = 0;
  while (i < before.size()) {
    const bool left = j < after.size();
    if (left && before[i] == after[j]) {
      ++i, ++j;
      continue;
    }
    if (changes.empty() || changes.back().end != i || changes.back().new_end != j)
      changes.push_back({i, i, j, j});
    if (left && (!is_blank(before[i]) || is_blank(after[j]))) ++j;
    ++i;
    changes.back().end = i;
    changes.back().new_end = j;
  }
  return changes;
}

void print_diff(std::ostream& out, const std::string& name, std::string_view before,
                std::string_view after, bool color) {
  const auto lines = lines_with_ends(before), new_lines = lines_with_ends(after);
  const auto changes = line_changes(lines, new_lines);
  if (changes.empty()) return;
  DiffWriter writer(out, color);
  writer.header(name);
  for (std::size_t i = 0, next = 0; i < changes.size(); i = next) {
    for (++next; next < changes.size(); ++next)
      if (changes[next].begin - changes[next - 1].end > 2 * context) break;
    writer.hunk(std::span(changes).subspan(i, next - i), lines, new_lines);
  }
}

}  // namespace ebb
