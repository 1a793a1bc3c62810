// language.md, "Lexical rules": a test for each.
#include <boost/test/unit_test.hpp>

#include "tests/script/scripts.hpp"

using namespace ebb;
using test::elaborate;

using Numbers = std::vector<double>;

BOOST_AUTO_TEST_SUITE(language_lexical)

BOOST_AUTO_TEST_CASE(identifiers_may_be_any_letters_of_unicode) {
  const auto script = elaborate("param η ~ constant(3)\nδσ = 2 * η\noutput δσ\n");
  BOOST_TEST(script.messages == "");
  BOOST_TEST(script.numbers("δσ") == Numbers{6}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(identifiers_are_compared_in_nfc) {
  // "é" as one code point, then as a letter and its accent.
  const auto script = elaborate("param \u00e9 ~ constant(3)\ny = 2 * e\u0301\noutput y\n");
  BOOST_TEST(script.messages == "");
  BOOST_TEST(script.numbers("y") == Numbers{6}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(columns_count_code_points) {
  BOOST_TEST(test::messages_of("äöü = ßß + foo\n") ==
             "test.ebb:1:7: error[E0101]: unknown name `ßß`\n"
             "  1 | äöü = ßß + foo\n"
             "    |       ^^\n"
             "  hint: a name is given before it is used; `ebb ops` lists the library's\n");
}

BOOST_AUTO_TEST_CASE(a_hash_starts_a_comment) {
  BOOST_TEST(elaborate("# one\na = 1 # two\nassert a == 1 \"a # in a string\"\n").messages == "");
}

BOOST_AUTO_TEST_CASE(a_newline_ends_a_statement_except_inside_parentheses_and_brackets) {
  const auto script =
      elaborate("a = (1 +\n  2)\nb = [1,\n  2\n]\nassert a == 3 \"a\"\nassert b == [1, 2] \"b\"\n");
  BOOST_TEST(script.messages == "");
}

BOOST_AUTO_TEST_CASE(a_semicolon_ends_a_statement) {
  BOOST_TEST(elaborate("a = 1; b = 2; assert a + b == 3 \"sum\"\n").messages == "");
}

BOOST_AUTO_TEST_CASE(an_unclosed_bracket_is_reported_where_it_opened) {
  BOOST_TEST(test::messages_of("a = 1\nb = [1, 2\nc = 3\n") ==
             "test.ebb:2:5: error[E0009]: this `[` is never closed\n"
             "  2 | b = [1, 2\n"
             "    |     ^\n"
             "  hint: close it with `]`\n");
}

BOOST_AUTO_TEST_CASE(a_numbers_point_needs_a_digit_after_it) {
  const auto script = elaborate("param x[2] ~ [1, 2]\ny = 3.*x\nz = 3 .* x\noutput y\noutput z\n");
  BOOST_TEST(script.messages == "");
  BOOST_TEST(script.numbers("y") == (Numbers{3, 6}), boost::test_tools::per_element());
  BOOST_TEST(script.numbers("z") == (Numbers{3, 6}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(two_points_are_a_range) {
  BOOST_TEST(elaborate("n = 3\nassert size(0..n) == 3 \"n\"\nassert (0..3) == (0..n) \"same\"\n")
                 .messages == "");
}

BOOST_AUTO_TEST_CASE(a_prime_ends_a_name_and_is_assigned_for_states_and_an_optimizers_w_only) {
  ElaborateOptions training;
  training.training = true;
  const auto script = elaborate(
      "layer count(x) {\n  state n = zeros\n  n' = n + 1\n  return x + n'\n}\n"
      "input x\ny = count(x)\noutput y\n",
      training);
  BOOST_TEST(script.messages == "");
  BOOST_TEST(script.numbers("y", 1, {{"x", {2}}}) == Numbers{3}, boost::test_tools::per_element());
  BOOST_TEST(test::messages_of("x' = 3\n").starts_with("test.ebb:1:1: error[E0008]: "));
}

BOOST_AUTO_TEST_SUITE_END()
