#include <boost/test/unit_test.hpp>
#include <sstream>

#include "graph/script/mistake.hpp"
#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(explain, Binary)

BOOST_AUTO_TEST_CASE(a_code_is_explained_with_a_wrong_and_a_right_script) {
  const Outcome outcome = ebb({"explain", "E0014"});
  BOOST_TEST(outcome == (Outcome{0,
                                 R"(E0014: `=` where `==` is meant

`=` names a value, `==` compares two. Conditions of `if` and `assert`, and
parentheses inside an expression, hold comparisons.

Wrong:

  option n = 3 "layers"
  assert n = 3 "three"

Right:

  option n = 3  "layers"
  assert n == 3 "three"
)",
                                 ""}));
  BOOST_TEST(ebb({"explain", "e0014"}) == outcome);
}

BOOST_AUTO_TEST_CASE(without_a_code_all_are_listed) {
  std::string all;
  for (const ::ebb::Explanation& explanation : ::ebb::explanations())
    all += explanation.code + "  " + explanation.title + "\n";
  BOOST_TEST(ebb({"explain"}) == (Outcome{0, all, ""}));
}

BOOST_AUTO_TEST_CASE(a_program_reads_objects) {
  BOOST_TEST(
      ebb({"explain", "E0014", "--json"}) ==
      (Outcome{0,
               R"({"code":"E0014","title":"`=` where `==` is meant","text":"`=` names a value, )"
               R"(`==` compares two. Conditions of `if` and `assert`, and parentheses inside an )"
               R"(expression, hold comparisons.","wrong":"option n = 3 \"layers\"\nassert n = 3 )"
               R"(\"three\"\n","right":"option n = 3  \"layers\"\nassert n == 3 \"three\"\n"})"
               "\n",
               ""}));
  const Outcome list = ebb({"explain", "--json"});
  BOOST_TEST(list.out.starts_with(
      "{\"code\":\"E0001\",\"title\":\"a character that is not part of the language\"}\n"));
}

BOOST_AUTO_TEST_CASE(a_code_needs_no_zeros) {
  const Outcome whole = ebb({"explain", "E0014"}), warning = ebb({"explain", "W0001"});
  for (const char* code : {"e0014", "E14", "e14", "14", "0014"})
    BOOST_TEST(ebb({"explain", code}) == whole);
  BOOST_TEST(ebb({"explain", "w1"}) == warning);
  BOOST_TEST(warning.out.starts_with("W0001: "));
}

BOOST_AUTO_TEST_CASE(an_unknown_code_is_refused) {
  BOOST_TEST(ebb({"explain", "E9999"}) ==
             (Outcome{2, "",
                      "ebb explain: there is no error `E9999`; `ebb explain` lists them\n"
                      "try `ebb help explain`\n"}));
  for (const std::string code : {"E", "e00014", "first", "E001x"})
    BOOST_TEST(ebb({"explain", code}) ==
               (Outcome{2, "",
                        "ebb explain: there is no error `" + code +
                            "`; `ebb explain` lists them\ntry `ebb help explain`\n"}));
}

BOOST_AUTO_TEST_SUITE_END()
