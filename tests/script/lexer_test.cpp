#include "graph/script/lexer.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "graph/script/characters.hpp"

BOOST_AUTO_TEST_SUITE(lexer)

namespace {

using ebb::TokenKind;

// The spellings of the tokens with a blank between them; line ends are ⏎. Fails on errors.
std::string words(const std::string& text) {
  const ebb::SourceFile file("t.ebb", text);
  ebb::Diagnostics diagnostics;
  std::string result;
  for (const ebb::Token& token : ebb::tokenize(file, diagnostics)) {
    if (token.kind == TokenKind::end) break;
    result += result.empty() ? "" : " ";
    result +=
        token.kind == TokenKind::newline ? "⏎" : text.substr(token.begin, token.end - token.begin);
  }
  BOOST_TEST(diagnostics.to_string() == "");
  return result;
}

std::string errors(const std::string& text) {
  const ebb::SourceFile file("t.ebb", text);
  ebb::Diagnostics diagnostics;
  ebb::tokenize(file, diagnostics);
  return diagnostics.to_string();
}

TokenKind only_kind(const std::string& text) {
  const ebb::SourceFile file("t.ebb", text);
  ebb::Diagnostics diagnostics;
  const auto tokens = ebb::tokenize(file, diagnostics);
  BOOST_TEST(tokens.size() == 2U);
  return tokens.front().kind;
}

}  // namespace

BOOST_AUTO_TEST_CASE(longest_symbols_are_taken) {
  BOOST_TEST(words("a.*b⊙c./d.^e") == "a .* b ⊙ c ./ d .^ e");
  BOOST_TEST(words("a==b!=c<=d>=e=>f=g<h>i") == "a == b != c <= d >= e => f = g < h > i");
  BOOST_TEST(words("x[:,t];{}~(y)") == "x [ : , t ] ; { } ~ ( y )");
}

BOOST_AUTO_TEST_CASE(both_spellings_of_the_hadamard_product_are_one_token) {
  BOOST_CHECK(only_kind("⊙") == TokenKind::dot_star);
  BOOST_CHECK(only_kind(".*") == TokenKind::dot_star);
}

BOOST_AUTO_TEST_CASE(a_numbers_point_needs_a_digit_after_it) {
  BOOST_TEST(words("3.*x") == "3 .* x");
  BOOST_TEST(words("0..n") == "0 .. n");
  BOOST_TEST(words("1.5..2.5") == "1.5 .. 2.5");
  BOOST_TEST(words("3.T") == "3 . T");
}

BOOST_AUTO_TEST_CASE(numbers_have_exponents) {
  BOOST_TEST(words("1e-3 2.5E+7 3e8") == "1e-3 2.5E+7 3e8");
  BOOST_TEST(ebb::number_value("1e-3") == 1e-3);
  BOOST_TEST(ebb::number_value("2.5E+7") == 2.5e7);
  BOOST_TEST(ebb::number_value("60000") == 60000.0);
}

BOOST_AUTO_TEST_CASE(a_prime_ends_a_name) {
  BOOST_TEST(words("w' = w+v'") == "w' = w + v'");
  BOOST_TEST(words("σ'(z)") == "σ' ( z )");
}

BOOST_AUTO_TEST_CASE(keywords_are_whole_words) {
  BOOST_CHECK(only_kind("for") == TokenKind::key_for);
  BOOST_CHECK(only_kind("format") == TokenKind::name);
  BOOST_CHECK(only_kind("For") == TokenKind::name);
}

BOOST_AUTO_TEST_CASE(names_may_be_any_letters) {
  BOOST_TEST(words("η = δ_1 + 日本 + naïve2") == "η = δ_1 + 日本 + naïve2");
}

BOOST_AUTO_TEST_CASE(names_are_normalized_to_nfc) {
  BOOST_TEST(words("e\u0301") == "e\u0301");
  BOOST_TEST(ebb::normalized("e\u0301") == "\u00E9");
  BOOST_TEST(ebb::normalized("\u2126'") == "\u03A9'");  // the ohm sign is an omega
  BOOST_TEST(ebb::normalized("w'") == "w'");
}

BOOST_AUTO_TEST_CASE(line_ends_are_one_token_and_comments_none) {
  BOOST_TEST(words("a # one = 1\n\n  # two\r\nb") == "a ⏎ b");
  BOOST_TEST(words("\uFEFFa") == "a");
}

BOOST_AUTO_TEST_CASE(strings_have_escapes) {
  BOOST_TEST(words(R"("a # b" "c\"d")") == R"("a # b" "c\"d")");
  BOOST_TEST(ebb::string_value(R"("tab\t, \"quote\", \\, line\n")") ==
             "tab\t, \"quote\", \\, line\n");
  BOOST_TEST(ebb::string_value("\"\"") == "");
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_an_error_with_a_position) {
  BOOST_TEST(errors("a = 1\nη = \xE9\xE8 2") ==
             "t.ebb:2:5: error[E0002]: invalid UTF-8: byte 0xE9\n"
             "  2 | η = \uFFFD\uFFFD 2\n"
             "    |     ^^\n"
             "  hint: scripts are UTF-8 text\n");
}

BOOST_AUTO_TEST_CASE(every_symbol_of_other_languages_has_a_hint) {
  const std::vector<std::array<std::string, 3>> symbols{
      {"**", "^^", "a power is `x ^ n`, of each element `x .^ n`"},
      {"&&", "^^", "write `and`"},
      {"||", "^^", "write `or`"},
      {"!", "^", "write `not`"},
      {"===", "^^^", "equality is `==`"},
      {":=", "^^", "an assignment is `name = value`"},
      {"->", "^^", "a rewrite is `pattern => replacement`"},
      {"<>", "^^", "inequality is `!=`"},
      {"@", "^", "the matrix product is `*`"},
      {"−", "^", "write the minus of the keyboard, `-`"},
      {"≤", "^", "write `<=`"}};
  for (const auto& [symbol, underline, fix] : symbols)
    BOOST_TEST(errors(symbol + " x") == "t.ebb:1:1: error[E0006]: `" + symbol +
                                            "` is not part of the language\n  1 | " + symbol +
                                            " x\n    | " + underline + "\n  fix: " + fix + "\n");
}

BOOST_AUTO_TEST_CASE(reading_stops_after_many_errors) {
  const ebb::SourceFile file("t.ebb",
                             std::string(100000, '$') + std::string(100000, '\xFF') + " $ ? $ ?");
  ebb::Diagnostics diagnostics;
  ebb::tokenize(file, diagnostics);
  BOOST_TEST(diagnostics.errors() == 6U);
  std::string alternating;
  for (int i = 0; i < 1000; ++i) alternating += "$?";
  BOOST_TEST(errors(alternating).find("more error") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
