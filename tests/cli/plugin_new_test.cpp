// ebb plugin new: what it writes, and what it refuses. (That it builds: tests/sdk.)
#include <boost/test/unit_test.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(plugin_new, Binary)

namespace {

Outcome usage(const std::string& message) {
  return {2, "", "ebb plugin: " + message + "\ntry `ebb help plugin`\n"};
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_writes_a_project_and_says_how_to_go_on) {
  BOOST_TEST(ebb({"plugin", "new", "soft_step"}) ==
             (Outcome{0,
                      "wrote soft_step; to build it and to test it:\n  cd soft_step\n"
                      "  cmake -B build && cmake --build build && ctest --test-dir build\n",
                      ""}));
  BOOST_TEST(shell("ls soft_step").out ==
             "CMakeLists.txt\nREADME.md\nsoft_step.cpp\nsoft_step.ebb\n");
}

BOOST_AUTO_TEST_CASE(language_and_folder_can_be_chosen) {
  BOOST_TEST(ebb({"plugin", "new", "soft_step", "--lang", "c", "--out", "a/b", "--json"}) ==
             (Outcome{0, "{\"name\":\"soft_step\",\"folder\":\"a/b\"}\n", ""}));
  BOOST_TEST(shell("ls a/b").out == "CMakeLists.txt\nREADME.md\nsoft_step.c\nsoft_step.ebb\n");
  BOOST_TEST(ebb({"plugin", "new", "soft_step", "--lang", "rust"}) ==
             usage("--lang is c++ or c, not `rust`"));
}

BOOST_AUTO_TEST_CASE(it_overwrites_nothing) {
  write("taken", "");
  BOOST_TEST(ebb({"plugin", "new", "taken"}) ==
             (Outcome{1, "",
                      "error: taken exists already\n  hint: choose another name, or another folder "
                      "with --out\n"}));
}

BOOST_AUTO_TEST_CASE(a_name_is_an_identifier_that_nothing_else_has) {
  BOOST_TEST(ebb({"plugin", "new"}) == usage("what is the new plugin called?"));
  BOOST_TEST(ebb({"plugin", "new", "a", "b"}) == usage("one name, please: ebb plugin new NAME"));
  for (const char* name : {"soft-step", "../step", "1step", "_step", "st ep", "größe"})
    BOOST_TEST(ebb({"plugin", "new", name}) ==
               usage("`" + std::string(name) +
                     "` is no name of a plugin\n  hint: a name is a letter, then letters, digits "
                     "and _: soft_step"));
  const auto refused = [](const std::string& why) {
    return Outcome{1, "", "error: " + why + "\n  hint: choose another name\n"};
  };
  for (const char* name : {"sigmoid", "quadratic", "adam", "dense", "idx"})
    BOOST_TEST(ebb({"plugin", "new", name}) ==
               refused("`" + std::string(name) + "` is something that Ebb brings itself"));
  BOOST_TEST(ebb({"plugin", "new", "layer"}) ==
             refused("`layer` is a word of the script language"));
  BOOST_TEST(ebb({"plugin", "new", "test"}) ==
             refused("`test` is a target that CMake has in every project"));
  BOOST_TEST(shell("ls").out == "stderr\nstdin\nstdout\n");
}

BOOST_AUTO_TEST_CASE(an_unknown_action_is_answered_with_the_nearest) {
  BOOST_TEST(ebb({"plugin", "now"}) ==
             usage("`ebb plugin` has no action `now`; did you mean `new`?"));
}

BOOST_AUTO_TEST_SUITE_END()
