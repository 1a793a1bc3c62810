// The Markdown pages of the project, and the blocks of code in them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/binary.hpp"

namespace ebb::test {

// A block between fences, a comment that is one (`<!-- ebb` to `-->`), or indented lines. `begin`
// is where its text stands in the page.
struct Block {
  std::string kind;
  std::string text;
  std::size_t begin = 0;
  int line = 0;
  bool hidden = false;
};

inline const std::vector<std::string>& kinds_of_blocks() {
  static const std::vector<std::string> kinds{"console", "sh",   "ebb", "cpp",  "cmake", "ebnf",
                                              "math",    "text", "lua", "toml", "vim"};
  return kinds;
}

namespace detail {

inline const std::string fence = "```";

// The kind of the block that a line opens; of a comment that is prose, none.
inline std::optional<Block> opened_by(const std::string& line) {
  if (line.starts_with(fence)) return Block{line.substr(fence.size()), {}, 0, 0, false};
  const std::string comment = "<!-- ";
  if (!line.starts_with(comment)) return std::nullopt;
  const std::string kind = line.substr(comment.size());
  if (std::ranges::find(kinds_of_blocks(), kind) == kinds_of_blocks().end()) return std::nullopt;
  return Block{kind, {}, 0, 0, true};
}

inline bool is_item(const std::string& line) {
  static const std::regex item("\\s*([-*]|[0-9]+\\.) .*");
  return std::regex_match(line, item);
}

}  // namespace detail

// All blocks of a page, in order. Blocks that are never closed are of the kind "unclosed"; lines
// that Markdown takes for code because they are indented, and fences within lists, are "indented".
inline std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> blocks;
  std::optional<Block> open;
  bool blank = true, in_list = false;
  std::size_t at = 0;
  int number = 0;
  for (const std::string& line : lines_of(page)) {
    ++number;
    const std::size_t next = std::min(at + line.size() + 1, page.size());
    if (open) {
      if (line == (open->hidden ? "-->" : detail::fence)) {
        open->text = page.substr(open->begin, at - open->begin);
        blocks.push_back(*std::exchange(open, std::nullopt));
      }
    } else if ((open = detail::opened_by(line))) {
      open->begin = next;
      open->line = number;
    } else if (line.starts_with("    ") && blank && !in_list) {
      blocks.push_back({"indented", line, at, number, false});
    } else if (line.find(detail::fence) != std::string::npos &&
               line.find_first_not_of(' ') == line.find(detail::fence)) {
      blocks.push_back({"indented", line, at, number, false});
    }
    blank = line.empty();
    if (detail::is_item(line)) in_list = true;
    if (!blank && !line.starts_with(" ") && !detail::is_item(line)) in_list = false;
    at = next;
  }
  if (open) blocks.push_back({"unclosed", {}, open->begin, open->line, false});
  return blocks;
}

struct Page {
  std::filesystem::path path;  // from the top of the project
  std::string text;
  std::vector<Block> blocks;
};

// What is left of a page without code.
inline std::string prose_of(const Page& page) {
  std::string text = page.text;
  for (const Block& block : page.blocks)
    text.replace(block.begin, block.text.size(), block.text.size(), ' ');
  static const std::regex code("`[^`]*`");
  return std::regex_replace(text, code, "");
}

// Where a block stands, as in "README.md:12".
inline std::string place(const Page& page, const Block& block) {
  return page.path.string() + ":" + std::to_string(block.line);
}

inline std::filesystem::path source_dir() { return EBB_SOURCE_DIR; }

// Every page, sorted: those at the top and those of the folders that are no build's. The pages of
// `ebb explain` are tried by script/mistake.
inline std::vector<Page> pages() {
  namespace fs = std::filesystem;
  std::vector<Page> found;
  for (auto entry = fs::recursive_directory_iterator(source_dir()); entry != fs::end(entry);
       ++entry) {
    const std::string name = entry->path().filename().string();
    const bool ours =
        !name.starts_with('.') && name != "build" && name != "out" && name != "mistakes";
    if (entry->is_directory() && !ours) entry.disable_recursion_pending();
    if (!entry->is_regular_file() || entry->path().extension() != ".md") continue;
    std::string text = read_file(entry->path());
    std::vector<Block> blocks = blocks_of(text);
    found.push_back(
        {fs::relative(entry->path(), source_dir()), std::move(text), std::move(blocks)});
  }
  std::ranges::sort(found, {}, &Page::path);
  return found;
}

// The file that a script names in its first line, as in "# digits.ebb: ..."; "" where it names
// none.
inline std::string file_of(const Block& script) {
  static const std::regex name("# ([a-z0-9_]+\\.ebb)(:.*)?\n[^]*");
  std::smatch match;
  return std::regex_match(script.text, match, name) ? match[1].str() : "";
}

// Where the file of a block lies in the project: beside the page or in scripts/; "" if nowhere.
inline std::filesystem::path file_in_project(const Page& page, const std::string& name) {
  for (const auto& folder : {source_dir() / page.path.parent_path(), source_dir() / "scripts"})
    if (!name.empty() && std::filesystem::exists(folder / name)) return folder / name;
  return {};
}

}  // namespace ebb::test
