// Runs the commands and scripts of a Markdown page, and compares what they print with the page;
// tests/README.md says how. With EBB_UPDATE_GOLDENS=1 it is written anew.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "tests/support/pages.hpp"

namespace ebb::test {

namespace detail {

// How long something took differs from run to run.
inline std::string without_times(const std::string& text) {
  static const std::regex time("\\([0-9.,]+ (ns|µs|us|ms|s|min|h), [0-9,]+ samples/s\\)");
  return std::regex_replace(text, time, "(time)");
}

// A `console` block as its commands print it: lines that begin with "$ " are commands, and go on in
// the next line after a backslash.
template <class Folder>
std::string console(Folder& folder, const std::string& text) {
  std::string printed, command;
  for (const std::string& line : lines_of(text)) {
    if (command.empty() && !line.starts_with("$ ")) continue;
    printed += line + "\n";
    command += command.empty() ? line.substr(2) : "\n" + line;
    if (command.ends_with('\\')) continue;
    const Outcome outcome = folder.run(std::exchange(command, ""));
    BOOST_TEST((outcome.status >= 0 && outcome.status < 70), line << "\n" << outcome);
    printed += outcome.out;
    if (!printed.ends_with('\n')) printed += '\n';
  }
  return printed;
}

// An `sh` block: `ebb` has to succeed; what sets up and builds has to be shell, and there.
template <class Folder>
void commands(Folder& folder, const std::string& text) {
  static const std::regex comment(" +#.*"), program("(?:cd [^&]*&& )?([^ ]+).*");
  for (const std::string& line : lines_of(std::regex_replace(text, comment, ""))) {
    std::smatch match;
    if (!std::regex_match(line, match, program)) continue;
    const bool ours = match[1] == "ebb" || match[1] == "cd";
    const Outcome outcome = folder.run(ours ? line : "bash -n -c " + quoted(line));
    BOOST_TEST(outcome.status == 0, line << "\n" << outcome);
    const std::string name = match[1].str();
    if (name.find('/') == std::string::npos || name.starts_with("build/")) continue;
    BOOST_TEST(std::filesystem::exists(source_dir() / name), name << " is not there");
  }
}

// Whether a page's own command says what is to say of a script.
inline bool is_checked_by(const Page& page, const std::string& name) {
  return std::ranges::any_of(page.blocks, [&](const Block& block) {
    return block.kind == "console" && block.text.find(" check " + name) != std::string::npos;
  });
}

// A script has to be right. One that stands in the page alone needs nothing that is not there, so
// nothing is to be said of it.
template <class Folder>
void check(Folder& folder, const std::string& script, bool without_notes) {
  const Outcome checked = folder.run("ebb check --json " + quoted(script));
  BOOST_TEST(checked.status == 0, checked);
  if (without_notes) BOOST_TEST(lines_of(checked.out).size() == 1u, checked);
}

}  // namespace detail

inline bool has_cpp(const Page& page) {
  return std::ranges::any_of(page.blocks, [](const Block& block) { return block.kind == "cpp"; });
}

// Runs the blocks of a page in a folder: `run` gives what a command prints, errors too, and `put`
// writes a file. Hidden lines of a script begin the script of the next block.
template <class Folder>
void run_page(const Page& page, Folder& folder) {
  const bool update = std::getenv("EBB_UPDATE_GOLDENS") != nullptr;
  std::string result = page.text, beginning;
  std::ptrdiff_t longer = 0;
  for (const Block& block : page.blocks) {
    BOOST_TEST_INFO_SCOPE(place(page, block));
    if (block.kind == "sh") detail::commands(folder, block.text);
    if (block.kind == "ebb" && block.hidden) beginning = block.text;
    if (block.kind == "ebb" && !block.hidden) {
      const std::string named = file_of(block), name = named.empty() ? "script.ebb" : named;
      const std::filesystem::path file = file_in_project(page, named);
      if (file.empty()) folder.put(name, std::exchange(beginning, "") + block.text);
      if (!detail::is_checked_by(page, name))
        detail::check(folder, file.empty() ? name : file.string(), file.empty());
    }
    if (block.kind != "console") continue;
    const std::string printed = detail::console(folder, block.text);
    if (detail::without_times(printed) == detail::without_times(block.text)) continue;
    if (!update) BOOST_TEST(block.text == printed);
    const auto begin = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(block.begin) + longer);
    result.replace(begin, block.text.size(), printed);
    longer += std::ssize(printed) - std::ssize(block.text);
  }
  if (update && result != page.text)
    std::ofstream(source_dir() / page.path, std::ios::binary) << result;
}

}  // namespace ebb::test
