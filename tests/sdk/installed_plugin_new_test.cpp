// What `ebb plugin new` writes builds against the installed SDK as it is, and passes its tests.
#include <boost/test/unit_test.hpp>

#include "tests/sdk/installed.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(installed_plugin_new, Installed)

namespace {

void check_project(const Installed& here, const std::string& language, const std::string& source) {
  BOOST_TEST_REQUIRE(here.shell("ebb plugin new soft_step --lang " + language).status == 0);
  BOOST_TEST(here.shell("ls soft_step").out ==
             "CMakeLists.txt\nREADME.md\n" + source + "\nsoft_step.ebb\n");
  BOOST_TEST(here.shell("grep -l @ soft_step/*").status == 1);  // no mark is left
  const Outcome built = here.build("soft_step");
  BOOST_TEST_REQUIRE(built.status == 0, built.out << built.err);
  const Outcome tested = here.shell("ctest --test-dir build --output-on-failure");
  BOOST_TEST(tested.status == 0, tested.out << tested.err);
  BOOST_TEST(tested.out.find("100% tests passed, 0 tests failed out of 3") != std::string::npos);
  const Outcome trained = here.shell(
      "ebb train soft_step/soft_step.ebb --plugin build/soft_step.so --json | tail -n 1 "
      "| grep -o '\"cost\":[0-9.e-]*'");
  BOOST_TEST_REQUIRE(trained.out.starts_with("\"cost\":"), trained.out << trained.err);
  BOOST_TEST(std::stod(trained.out.substr(7)) < 1e-3);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_project_in_cpp) { check_project(*this, "c++", "soft_step.cpp"); }

BOOST_AUTO_TEST_CASE(a_project_in_c) { check_project(*this, "c", "soft_step.c"); }

BOOST_AUTO_TEST_SUITE_END()
