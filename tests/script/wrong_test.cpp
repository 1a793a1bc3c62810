// Every script in wrong/ is refused, or warned of, with exactly the text beside it. To write the
// texts anew after a change, run with EBB_UPDATE_GOLDENS=1, and read them.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <vector>

#include "tests/script/scripts.hpp"
#include "tests/support/plugin.hpp"
#include "tests/support/scratch.hpp"

using namespace ebb;

BOOST_AUTO_TEST_SUITE(wrong)

namespace {

const std::filesystem::path folder =
    std::filesystem::path(EBB_SOURCE_DIR) / "tests" / "script" / "wrong";

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::filesystem::path> scripts() {
  std::vector<std::filesystem::path> paths;
  for (const auto& from : {folder, folder / "plugins"})
    for (const auto& entry : std::filesystem::directory_iterator(from))
      if (entry.path().extension() == ".ebb") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

// What plugins bring, for the scripts in plugins/: a metric of all samples, and a minimizer.
struct Spread {
  explicit Spread(const sdk::Attributes&) {}
  void add(const sdk::Batch&) {}
  double result() { return 0; }
};

void for_all_samples(sdk::Plugin& plugin) {
  plugin.metric<Spread>("spread_of_all").doc("The largest less the smallest.").input("a");
  plugin.minimizer("descent_of_all").doc("Goes down.").minimize([](sdk::Problem&) {});
}

// A folder with a plugin that no script uses; it is not opened.
Plugins& plugins() {
  static const test::Scratch scratch;
  scratch.write("unused.so", "");
  static Plugins made(test::everything(), {scratch.folder()}, {});
  return made;
}

std::string messages_of(const std::filesystem::path& path) {
  test::load_trial_plugin<&for_all_samples>();
  ElaborateOptions options;
  if (path.stem() == "plugin_not_used") options.plugins = &plugins();
  options.training = true;
  options.data_blocks = {"train", "test"};
  // The limits show with less work.
  options.limits.nodes = 20'000;
  options.limits.steps = 200'000;
  return test::messages_of(read(path), options, path.filename().string(), folder);
}

}  // namespace

BOOST_AUTO_TEST_CASE(there_are_many) { BOOST_TEST(scripts().size() >= 120u); }

BOOST_AUTO_TEST_CASE(each_script_gives_its_whole_message) {
  const char* update = std::getenv("EBB_UPDATE_GOLDENS");
  for (const auto& path : scripts()) {
    BOOST_TEST_CONTEXT(path.filename().string()) {
      const std::string messages = messages_of(path);
      auto golden = path;
      golden.replace_extension(".txt");
      if (update != nullptr) std::ofstream(golden, std::ios::binary) << messages;
      BOOST_TEST(messages == read(golden));
    }
  }
}

BOOST_AUTO_TEST_CASE(each_message_says_where) {
  const std::regex place(
      "[^:\n]+\\.ebb:[0-9]+:[0-9]+: (error\\[E[0-9]{4}|warning\\[W[0-9]{4})\\]: .+");
  for (const auto& path : scripts()) {
    BOOST_TEST_CONTEXT(path.filename().string()) {
      std::istringstream lines(read(std::filesystem::path(path).replace_extension(".txt")));
      bool any = false;
      for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("  ") || line.starts_with("and ") || line.starts_with("note: "))
          continue;
        BOOST_TEST(std::regex_match(line, place), line);
        any = true;
      }
      BOOST_TEST(any);
    }
  }
}

// A message that offers neither hint nor fix leaves a beginner alone. The number may only fall.
BOOST_AUTO_TEST_CASE(few_messages_come_without_a_hint_or_a_fix) {
  const std::regex help("  (hint|fix): .*");
  std::size_t without = 0;
  for (const auto& path : scripts()) {
    std::istringstream lines(read(std::filesystem::path(path).replace_extension(".txt")));
    bool helped = true;
    for (std::string line; std::getline(lines, line);) {
      const bool begins =
          line.find(": error[E") != line.npos || line.find(": warning[W") != line.npos;
      if (begins && !line.starts_with(' ')) {
        without += helped ? 0 : 1;
        helped = false;
      }
      helped = helped || std::regex_match(line, help);
    }
    without += helped ? 0 : 1;
  }
  BOOST_TEST(without <= 86u);
}

BOOST_AUTO_TEST_SUITE_END()
