#include "graph/core/diagnostic.hpp"

#include <boost/test/unit_test.hpp>
#include <sstream>
#include <string>

BOOST_AUTO_TEST_SUITE(diagnostic)

namespace {

using ebb::Diagnostic;
using ebb::Diagnostics;
using ebb::Severity;
using ebb::SourceFile;
using ebb::Span;

Span span_of(const SourceFile& file, const std::string& part) {
  const auto begin = static_cast<std::uint32_t>(file.text().find(part));
  return {&file, begin, begin + static_cast<std::uint32_t>(part.size())};
}

std::string rendered(const SourceFile& file, const std::string& part) {
  return to_string(Diagnostic{Severity::error, "wrong", span_of(file, part), {}, {}});
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_error_shows_place_line_caret_stack_and_hint) {
  const SourceFile file("digits.ebb",
                        "# the classifier of the manual\n\n\n\n\n"
                        "layer dense(x, n) {\n"
                        "  param w[n, size(x) + 1] ~ normal(0, 1)\n"
                        "  param b[n] ~ normal(0, 1)\n"
                        "  z = w * x + b\n"
                        "  return sigmoid(z)\n}\n\n\n\n\n\n"
                        "for n in [hidden, 10] { a = dense(a, n) }\n");
  const Diagnostic diagnostic{Severity::error,
                              "matmul: inner sizes differ: w is [30, 785], x is [784]",
                              span_of(file, "*"),
                              {{"dense(x, 30)", span_of(file, "dense(a, n)")}},
                              {"w has 785 columns where x has 784 rows"}};
  BOOST_TEST(to_string(diagnostic) ==
             "digits.ebb:9:9: error: matmul: inner sizes differ: w is [30, 785], x is [784]\n"
             "  9 |   z = w * x + b\n"
             "    |         ^\n"
             "  in dense(x, 30), called at digits.ebb:17:29\n"
             "  hint: w has 785 columns where x has 784 rows\n");
}

BOOST_AUTO_TEST_CASE(the_gutter_is_as_wide_as_the_line_number) {
  const SourceFile file("t.ebb", std::string(99, '\n').append("a = b\n"));
  BOOST_TEST(rendered(file, "b") ==
             "t.ebb:100:5: error: wrong\n"
             "  100 | a = b\n"
             "      |     ^\n");
}

BOOST_AUTO_TEST_CASE(without_a_span_there_is_only_the_message) {
  BOOST_TEST(to_string(Diagnostic{Severity::error, "no such file", {}, {}, {"look elsewhere"}}) ==
             "error: no such file\n  hint: look elsewhere\n");
  BOOST_TEST(to_string(Diagnostic{Severity::warning, "w", {}, {{"f(x)", {}}}, {}}) ==
             "warning: w\n  in f(x)\n");
}

BOOST_AUTO_TEST_CASE(columns_count_code_points_and_the_caret_stands_under_its_character) {
  const SourceFile accents("t.ebb", "ηη + x");
  BOOST_TEST(rendered(accents, "x") == "t.ebb:1:6: error: wrong\n  1 | ηη + x\n    |      ^\n");
  const SourceFile wide("t.ebb", "日本 + x");
  BOOST_TEST(rendered(wide, "x") == "t.ebb:1:6: error: wrong\n  1 | 日本 + x\n    |        ^\n");
  const SourceFile combining("t.ebb", "e\u0301 + x");
  BOOST_TEST(rendered(combining, "x") ==
             "t.ebb:1:6: error: wrong\n  1 | e\u0301 + x\n    |     ^\n");
  const SourceFile tabs("t.ebb", "\ta\t+ x");
  BOOST_TEST(rendered(tabs, "+") == "t.ebb:1:4: error: wrong\n  1 | \ta\t+ x\n    | \t \t^\n");
}

BOOST_AUTO_TEST_CASE(control_characters_and_broken_utf8_do_not_reach_the_terminal) {
  const SourceFile file("t.ebb", "\x1B[31m \xFF x\r\n");
  BOOST_TEST(rendered(file, "x") ==
             "t.ebb:1:9: error: wrong\n"
             "  1 | \uFFFD[31m \uFFFD x\n"
             "    |         ^\n");
  BOOST_TEST(to_string(Diagnostic{Severity::error,
                                  "a\x1B"
                                  "b",
                                  {},
                                  {},
                                  {}}) == "error: a\uFFFDb\n");
}

BOOST_AUTO_TEST_CASE(a_long_line_is_cut_around_the_caret) {
  const SourceFile file("t.ebb", std::string(500, 'a') + "x" + std::string(500, 'b'));
  BOOST_TEST(rendered(file, "x") == "t.ebb:1:501: error: wrong\n  1 | …" + std::string(100, 'a') +
                                        "x" + std::string(99, 'b') + "…\n    | " +
                                        std::string(101, ' ') + "^\n");
}

BOOST_AUTO_TEST_CASE(the_end_of_the_text_is_a_position) {
  const SourceFile file("t.ebb", "a\nbc");
  BOOST_TEST(to_string(Span{&file, 4, 4}) == "t.ebb:2:3");
  const SourceFile ended("t.ebb", "a\n");
  BOOST_TEST(to_string(Diagnostic{Severity::error, "m", {&ended, 2, 2}, {}, {}}) ==
             "t.ebb:2:1: error: m\n  2 | \n    | ^\n");
}

BOOST_AUTO_TEST_CASE(lines_lack_their_ends) {
  const SourceFile file("t.ebb", "one\r\ntwo\n");
  BOOST_TEST(file.line(1) == "one");
  BOOST_TEST(file.line(2) == "two");
  BOOST_TEST(file.line(3) == "");
  BOOST_CHECK_THROW(file.line(4), ebb::InternalError);
}

BOOST_AUTO_TEST_CASE(colors_mark_word_message_and_caret) {
  const SourceFile file("t.ebb", "x");
  std::ostringstream out;
  render(out, Diagnostic{Severity::error, "wrong", span_of(file, "x"), {}, {}}, true);
  BOOST_TEST(out.str() ==
             "\033[1mt.ebb:1:1: \033[0m\033[1;31merror: \033[0m\033[1mwrong\033[0m\n"
             "\033[1;34m  1 | \033[0mx\n"
             "\033[1;34m    | \033[0m\033[1;31m^\033[0m\n");
}

BOOST_AUTO_TEST_CASE(the_whole_span_is_underlined_to_the_end_of_its_line) {
  const SourceFile file("t.ebb", "a = dense(x,  \n  30)\nb = 日本 + a\n");
  BOOST_TEST(rendered(file, "dense") ==
             "t.ebb:1:5: error: wrong\n  1 | a = dense(x,  \n    |     ^^^^^\n");
  BOOST_TEST(rendered(file, "dense(x,  \n  30)") ==
             "t.ebb:1:5: error: wrong\n  1 | a = dense(x,  \n    |     ^^^^^^^^\n");
  BOOST_TEST(rendered(file, "日本") ==
             "t.ebb:3:5: error: wrong\n  3 | b = 日本 + a\n    |     ^^^^\n");
}

BOOST_AUTO_TEST_CASE(a_code_labels_and_a_fix_are_shown) {
  const SourceFile file("t.ebb", "param w[3, 4] ~ zeros\n\ninput x[5]\nz = w * x\nu = 1\n");
  const SourceFile other("o.ebb", std::string(9, '\n') + "def f(a) = a\n");
  Diagnostic diagnostic{Severity::error, "sizes differ", span_of(file, "*"), {}, {"look"}};
  diagnostic.code = "E0301";
  diagnostic.labels = {{span_of(file, "w"), "w is declared here"},
                       {span_of(file, "x[5]"), "x is declared here"},
                       {span_of(other, "f(a)"), "and this is f"}};
  diagnostic.fix = {"write `+`", {{span_of(file, "*"), "+"}}};
  BOOST_TEST(to_string(diagnostic) ==
             "t.ebb:4:7: error[E0301]: sizes differ\n"
             "   1 | param w[3, 4] ~ zeros\n"
             "     |       - w is declared here\n"
             "  ...\n"
             "   3 | input x[5]\n"
             "     |       ---- x is declared here\n"
             "   4 | z = w * x\n"
             "     |       ^\n"
             "  at o.ebb:10:5:\n"
             "  10 | def f(a) = a\n"
             "     |     ---- and this is f\n"
             "  hint: look\n"
             "  fix: write `+`\n");
}

BOOST_AUTO_TEST_CASE(texts_of_several_labels_in_one_line_stand_below_each_other) {
  const SourceFile file("t.ebb", "z = w * x + b\n");
  Diagnostic diagnostic{Severity::error, "sizes differ", span_of(file, "*"), {}, {}};
  diagnostic.labels = {{span_of(file, "w"), "a matrix"},
                       {span_of(file, "*"), "this product"},
                       {span_of(file, "x"), "a vector"}};
  BOOST_TEST(to_string(diagnostic) ==
             "t.ebb:1:7: error: sizes differ\n"
             "  1 | z = w * x + b\n"
             "    |     - ^ - a vector\n"
             "    |     | |\n"
             "    |     | this product\n"
             "    |     a matrix\n");
}

BOOST_AUTO_TEST_CASE(what_overlaps_is_underlined_once) {
  const SourceFile file("t.ebb", "y = f(x)\n");
  Diagnostic diagnostic{Severity::error, "wrong", span_of(file, "x"), {}, {}};
  diagnostic.labels = {{span_of(file, "f(x)"), "this call"}};
  BOOST_TEST(to_string(diagnostic) ==
             "t.ebb:1:7: error: wrong\n"
             "  1 | y = f(x)\n"
             "    |     --^- this call\n");
}

BOOST_AUTO_TEST_CASE(what_was_surely_meant_has_no_rival) {
  BOOST_TEST(ebb::surely_meant("sigmoyd", {"tanh", "sigmoid"}) == "sigmoid");
  BOOST_TEST(ebb::surely_meant("Sigmoid", {"tanh", "sigmoid"}) == "sigmoid");
  BOOST_TEST(ebb::surely_meant("hiddn1", {"hidden1", "hidden", "hiddn2"}) == "");
  BOOST_TEST(ebb::surely_meant("tan", {"tanh"}) == "");
  BOOST_TEST(ebb::surely_meant("tahn", {"tanh", "tanh"}) == "tanh");
  BOOST_TEST(ebb::surely_meant("foo", {"tanh"}) == "");
}

BOOST_AUTO_TEST_CASE(further_errors_are_counted_only) {
  Diagnostics diagnostics;
  BOOST_TEST(!diagnostics.has_errors());
  diagnostics.add({Severity::warning, "w", {}, {}, {}});
  BOOST_TEST(!diagnostics.has_errors());
  std::string expected = "warning: w\n";
  for (std::size_t i = 0; i < Diagnostics::max_errors + 2; ++i) {
    diagnostics.error({}, "e" + std::to_string(i));
    if (i < Diagnostics::max_errors) expected += "error: e" + std::to_string(i) + "\n";
  }
  BOOST_TEST(diagnostics.errors() == Diagnostics::max_errors + 2);
  BOOST_TEST(diagnostics.to_string() == expected + "and 2 more errors\n");
}

BOOST_AUTO_TEST_CASE(a_user_error_says_all_in_what) {
  const ebb::UserError error("no such file", {"look elsewhere"});
  BOOST_TEST(error.what() == "error: no such file\n  hint: look elsewhere\n");
  BOOST_TEST(error.diagnostic().message == "no such file");
}

BOOST_AUTO_TEST_CASE(the_nearest_name_is_suggested) {
  const std::vector<std::string> names{"sigmoid", "softmax", "relu", "tanh", "x", "cross_entropy"};
  BOOST_TEST(ebb::nearest("sigmiod", names) == "sigmoid");
  BOOST_TEST(ebb::nearest("Relu", names) == "relu");
  BOOST_TEST(ebb::nearest("RELU", names) == "relu");
  BOOST_TEST(ebb::nearest("crossentropy", names) == "cross_entropy");
  BOOST_TEST(ebb::nearest("y", names) == "");
  BOOST_TEST(ebb::nearest("frobnicate", names) == "");
  BOOST_TEST(ebb::nearest("", names) == "");
  BOOST_TEST(ebb::nearest("ηta", {"ηtä", "zeta"}) == "ηtä");
}

BOOST_AUTO_TEST_SUITE_END()
