// The drawings of every example are those of tests/golden/drawings. To write them anew after a
// change, run with EBB_UPDATE_GOLDENS=1, and look at them: dot -Tpng FILE.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(drawing, Binary)

namespace {

namespace fs = std::filesystem;

const fs::path goldens = fs::path(EBB_SOURCE_DIR) / "tests" / "golden" / "drawings";

std::vector<std::string> examples() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(EBB_SOURCE_DIR) / "scripts"))
    if (entry.path().extension() == ".ebb") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

// Which library makes a product depends on the machine.
std::string without_libraries(const std::string& drawing) {
  static const std::regex library(", by [a-z]+");
  return std::regex_replace(drawing, library, "");
}

// What `ebb show NAME.ebb` with these flags draws is the file.
void compare(const Binary& binary, const std::string& name, const std::vector<std::string>& flags,
             const std::string& file) {
  BOOST_TEST_CONTEXT(file) {
    std::vector<std::string> words{"show", example(name + ".ebb"), "--as", "dot", "--quiet"};
    words.insert(words.end(), flags.begin(), flags.end());
    Outcome outcome = binary.ebb(words);
    outcome.out = without_libraries(outcome.out);
    const fs::path golden = goldens / file;
    if (std::getenv("EBB_UPDATE_GOLDENS")) {
      fs::create_directories(goldens);
      std::ofstream(golden, std::ios::binary) << outcome.out;
    }
    BOOST_TEST(outcome == (Outcome{0, read_file(golden), ""}));
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_example_is_drawn_with_its_calls_folded) {
  for (const std::string& name : examples()) compare(*this, name, {}, name + ".dot");
}

BOOST_AUTO_TEST_CASE(gradients_stand_beside_what_they_are_made_of) {
  for (const std::string& name : examples())
    compare(*this, name, {"--gradients"}, name + "-gradients.dot");
}

BOOST_AUTO_TEST_CASE(depth_unfolds_calls) {
  compare(*this, "digits", {"--depth", "1"}, "digits-depth-1.dot");
  compare(*this, "digits", {"--gradients", "--depth", "all"}, "digits-gradients-depth-all.dot");
  compare(*this, "attention", {"--depth", "1"}, "attention-depth-1.dot");
}

BOOST_AUTO_TEST_CASE(a_step_is_drawn_with_its_update) {
  compare(*this, "logistic", {"--update"}, "logistic-update.dot");
}

BOOST_AUTO_TEST_CASE(each_example_has_a_plan_with_its_arena) {
  for (const std::string& name : examples()) compare(*this, name, {"--plan"}, name + "-plan.dot");
}

BOOST_AUTO_TEST_CASE(depth_unfolds_the_calls_of_a_plan) {
  compare(*this, "digits", {"--plan", "--depth", "0"}, "digits-plan-depth-0.dot");
  compare(*this, "recurrent", {"--plan", "--depth", "1"}, "recurrent-plan-depth-1.dot");
}

BOOST_AUTO_TEST_CASE(graphviz_draws_every_golden) {
  for (const auto& entry : fs::directory_iterator(goldens)) {
    const Outcome outcome = shell("dot -Tsvg " + quoted(entry.path().string()));
    BOOST_TEST(outcome.status == 0, entry.path());
    BOOST_TEST(outcome.err == "", entry.path());
    BOOST_TEST(outcome.out.ends_with("</svg>\n"), entry.path());
  }
}

BOOST_AUTO_TEST_SUITE_END()
