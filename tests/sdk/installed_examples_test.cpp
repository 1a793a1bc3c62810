// The examples as they are installed: right, and trained, from a folder that is not theirs.
#include <boost/test/unit_test.hpp>

#include "tests/sdk/installed.hpp"

using namespace ebb::test;
namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(installed_examples, Installed)

namespace {

// Without those that need a plugin which was not built.
std::vector<fs::path> that_can_run() {
  std::vector<fs::path> scripts = scripts_in(installed_scripts());
  const bool has_csv = fs::exists(EBB_PREFIX "/lib/ebb/plugins/csv.so");
  std::erase_if(scripts, [&](const fs::path& script) {
    return !has_csv && read_file(script).find("use csv\n") != std::string::npos;
  });
  return scripts;
}

}  // namespace

BOOST_AUTO_TEST_CASE(they_are_those_of_the_project) {
  std::vector<fs::path> expected;
  for (const fs::path& script : scripts_in(EBB_SOURCE_DIR "/scripts"))
    if (script.parent_path().filename() != "std")
      expected.push_back(installed_scripts() /
                         script.lexically_relative(EBB_SOURCE_DIR "/scripts"));
  BOOST_TEST(scripts_in(installed_scripts()) == expected, boost::test_tools::per_element());
  BOOST_TEST(expected.size() > 12u);
}

BOOST_AUTO_TEST_CASE(all_are_right) {
  for (const fs::path& script : that_can_run()) {
    const Outcome outcome = shell("ebb check " + quoted(script.string()));
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(outcome.out.starts_with(script.string() + ": no errors\n"), outcome);
    if (!reads_mnist(script)) BOOST_TEST(outcome.err == "");
  }
}

BOOST_AUTO_TEST_CASE(all_that_have_their_data_train) {
  for (const fs::path& script : that_can_run())
    if (!reads_mnist(script)) train(script, "");
}

BOOST_AUTO_TEST_SUITE_END()
