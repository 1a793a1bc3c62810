// Every command in the Markdown pages prints what stands below it, and every script is right.
// tests/README.md says how blocks are run. To write the outputs anew after a change, run with
// EBB_UPDATE_GOLDENS=1, and read them.
#include <boost/test/unit_test.hpp>

#include "tests/support/page_run.hpp"

using namespace ebb::test;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(pages_training)

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

}  // namespace

BOOST_AUTO_TEST_CASE(what_commands_print_is_what_the_pages_say) {
  for (const Page& page : pages()) {
    if (has_cpp(page)) continue;  // sdk/installed_pages runs it beside what its C++ makes
    PageFolder folder(page);
    run_page(page, folder);
  }
}

BOOST_AUTO_TEST_SUITE_END()
