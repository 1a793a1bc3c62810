// Every command in the Markdown pages prints what stands below it, and every script is right.
// tests/README.md says how blocks are run. To write the outputs anew after a change, run with
// EBB_UPDATE_GOLDENS=1, and read them.
#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "tests/support/pages.hpp"

using namespace ebb::test;
namespace fs = std::filesystem;

namespace {

// A folder in which a page's commands run: the project's, by links, but for copies of what stands
// at its top and beside the page. `build`, beside the page, are the sample plugins.
class PageFolder : public Binary {
 public:
  explicit PageFolder(const Page& page) : page_(page.path.parent_path()) {
    fs::path at;
    for (const fs::path& part : page_) {
      fill(at, part);
      at /= part;
      fs::create_directory(folder() / at);
    }
    fill(page_, {});
    fs::create_symlink(EBB_SAMPLES, folder() / page_ / "build");
  }

  // What a command prints, errors too. `cd FOLDER` is for all that come after it.
  Outcome run(const std::string& command) {
    static const std::regex cd("cd ([^ &;]+)");
    std::smatch match;
    if (std::regex_match(command, match, cd)) {
      inside_ /= match[1].str();
      return {fs::is_directory(folder() / inside_) ? 0 : 1, "", ""};
    }
    const fs::path bin = fs::path(EBB_BINARY).parent_path();
    return shell("exec 2>&1; export NO_COLOR=1 PATH=" + quoted(bin.string()) +
                 ":\"$PATH\" XDG_CACHE_HOME=$PWD/cache; cd " + quoted("./" + inside_.string()) +
                 "\n" + command);
  }
  void put(const std::string& name, const std::string& text) const {
    write((inside_ / name).string(), text);
  }

 private:
  // What a folder of the project holds, but for one that is a folder here too.
  void fill(const fs::path& at, const fs::path& but) const {
    for (const auto& entry : fs::directory_iterator(source_dir() / at)) {
      const fs::path name = entry.path().filename();
      if (name == but || name == "build" || name == "out" || name.string().starts_with('.'))
        continue;
      if (entry.is_regular_file() && (at.empty() || at == page_))
        fs::copy_file(entry.path(), folder() / at / name);
      else
        fs::create_symlink(entry.path(), folder() / at / name);
    }
  }

  const fs::path page_;
  fs::path inside_;
};

// How long something took differs from run to run.
std::string without_times(const std::string& text) {
  static const std::regex time("\\([0-9.,]+ (ns|µs|ms|s|min|h), [0-9,]+ samples/s\\)");
  return std::regex_replace(text, time, "(time)");
}

// A `console` block as its commands print it: lines that begin with "$ " are commands, and go on in
// the next line after a backslash.
std::string console(PageFolder& folder, const std::string& text) {
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
void commands(PageFolder& folder, const std::string& text) {
  static const std::regex comment(" +#.*"), program("(?:cd [^&]*&& )?([^ ]+).*");
  for (const std::string& line : lines_of(std::regex_replace(text, comment, ""))) {
    std::smatch match;
    if (!std::regex_match(line, match, program)) continue;
    const bool ours = match[1] == "ebb" || match[1] == "cd";
    const Outcome outcome = folder.run(ours ? line : "bash -n -c " + quoted(line));
    BOOST_TEST(outcome.status == 0, line << "\n" << outcome);
    const std::string name = match[1].str();
    if (name.find('/') == std::string::npos || name.starts_with("build/")) continue;
    BOOST_TEST(fs::exists(source_dir() / name), name << " is not there");
  }
}

// Whether a page's own command says what is to say of a script.
bool is_checked_by(const Page& page, const std::string& name) {
  return std::ranges::any_of(page.blocks, [&](const Block& block) {
    return block.kind == "console" && block.text.find(" check " + name) != std::string::npos;
  });
}

// A script has to be right. One that stands in the page alone needs nothing that is not there, so
// nothing is to be said of it.
void check(PageFolder& folder, const std::string& script, bool without_notes) {
  const Outcome checked = folder.run("ebb check --json " + quoted(script));
  BOOST_TEST(checked.status == 0, checked);
  if (without_notes) BOOST_TEST(lines_of(checked.out).size() == 1u, checked);
}

// The page as it should be; `update` leaves it at that. Hidden lines of a script begin the script
// of the next block.
std::string run(const Page& page, bool update) {
  PageFolder folder(page);
  std::string result = page.text, beginning;
  std::ptrdiff_t longer = 0;
  for (const Block& block : page.blocks) {
    BOOST_TEST_INFO_SCOPE(place(page, block));
    if (block.kind == "sh") commands(folder, block.text);
    if (block.kind == "ebb" && block.hidden) beginning = block.text;
    if (block.kind == "ebb" && !block.hidden) {
      const std::string named = file_of(block), name = named.empty() ? "script.ebb" : named;
      const fs::path file = file_in_project(page, named);
      if (file.empty()) folder.put(name, std::exchange(beginning, "") + block.text);
      if (is_checked_by(page, name)) continue;
      check(folder, file.empty() ? name : file.string(), file.empty());
    }
    if (block.kind != "console") continue;
    const std::string printed = console(folder, block.text);
    if (without_times(printed) == without_times(block.text)) continue;
    if (!update) BOOST_TEST(block.text == printed);
    const auto begin = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(block.begin) + longer);
    result.replace(begin, block.text.size(), printed);
    longer += std::ssize(printed) - std::ssize(block.text);
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pages_training)

BOOST_AUTO_TEST_CASE(what_commands_print_is_what_the_pages_say) {
  const bool update = std::getenv("EBB_UPDATE_GOLDENS") != nullptr;
  for (const Page& page : pages()) {
    BOOST_TEST_CONTEXT(page.path.string()) {
      const std::string expected = run(page, update);
      if (update && expected != page.text)
        std::ofstream(source_dir() / page.path, std::ios::binary) << expected;
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
