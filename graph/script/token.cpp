#include "graph/script/token.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace ebb {
namespace {

struct Spelled {
  TokenKind kind;
  std::string_view text;
};

constexpr auto keywords = std::to_array<Spelled>({
    {TokenKind::key_include, "include"}, {TokenKind::key_use, "use"},
    {TokenKind::key_option, "option"},   {TokenKind::key_def, "def"},
    {TokenKind::key_layer, "layer"},     {TokenKind::key_input, "input"},
    {TokenKind::key_target, "target"},   {TokenKind::key_param, "param"},
    {TokenKind::key_state, "state"},     {TokenKind::key_for, "for"},
    {TokenKind::key_in, "in"},           {TokenKind::key_if, "if"},
    {TokenKind::key_else, "else"},       {TokenKind::key_return, "return"},
    {TokenKind::key_output, "output"},   {TokenKind::key_cost, "cost"},
    {TokenKind::key_metric, "metric"},   {TokenKind::key_optimizer, "optimizer"},
    {TokenKind::key_rewrite, "rewrite"}, {TokenKind::key_data, "data"},
    {TokenKind::key_train, "train"},     {TokenKind::key_assert, "assert"},
    {TokenKind::key_and, "and"},         {TokenKind::key_or, "or"},
    {TokenKind::key_not, "not"},         {TokenKind::key_true, "true"},
    {TokenKind::key_false, "false"},
});

// Longer ones first, so that the first match is the longest. `.*` has a second spelling.
constexpr auto symbols = std::to_array<Spelled>({
    {TokenKind::dot_star, ".*"},    {TokenKind::dot_star, "⊙"},
    {TokenKind::dot_slash, "./"},   {TokenKind::dot_caret, ".^"},
    {TokenKind::range, ".."},       {TokenKind::arrow, "=>"},
    {TokenKind::equal, "=="},       {TokenKind::not_equal, "!="},
    {TokenKind::less_equal, "<="},  {TokenKind::greater_equal, ">="},
    {TokenKind::open_paren, "("},   {TokenKind::close_paren, ")"},
    {TokenKind::open_bracket, "["}, {TokenKind::close_bracket, "]"},
    {TokenKind::open_brace, "{"},   {TokenKind::close_brace, "}"},
    {TokenKind::comma, ","},        {TokenKind::colon, ":"},
    {TokenKind::semicolon, ";"},    {TokenKind::dot, "."},
    {TokenKind::assign, "="},       {TokenKind::tilde, "~"},
    {TokenKind::plus, "+"},         {TokenKind::minus, "-"},
    {TokenKind::star, "*"},         {TokenKind::slash, "/"},
    {TokenKind::caret, "^"},        {TokenKind::less, "<"},
    {TokenKind::greater, ">"},
});

template <std::size_t n>
std::string_view find_spelling(const std::array<Spelled, n>& table, TokenKind kind) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [kind](const Spelled& entry) { return entry.kind == kind; });
  return found == table.end() ? std::string_view() : found->text;
}

}  // namespace

std::string_view spelling(TokenKind kind) {
  return is_keyword(kind) ? find_spelling(keywords, kind) : find_spelling(symbols, kind);
}

bool is_keyword(TokenKind kind) {
  return kind >= TokenKind::key_include && kind <= TokenKind::key_false;
}

bool begins_statement(TokenKind kind) {
  return kind >= TokenKind::key_include && kind <= TokenKind::key_assert &&
         kind != TokenKind::key_in && kind != TokenKind::key_else;
}

TokenKind word_kind(std::string_view word) {
  const auto found = std::find_if(keywords.begin(), keywords.end(),
                                  [word](const Spelled& entry) { return entry.text == word; });
  return found == keywords.end() ? TokenKind::name : found->kind;
}

Symbol symbol_at(std::string_view text) {
  for (const Spelled& symbol : symbols) {
    if (text[0] == symbol.text[0] && text.starts_with(symbol.text)) {
      return {symbol.kind, static_cast<std::uint32_t>(symbol.text.size())};
    }
  }
  return {TokenKind::end, 0};
}

const std::vector<std::string>& statement_words() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> result;
    for (const Spelled& keyword : keywords) {
      if (begins_statement(keyword.kind)) result.emplace_back(keyword.text);
    }
    return result;
  }();
  return words;
}

double number_value(std::string_view spelled) {
  double value = 0;
  std::from_chars(spelled.data(), spelled.data() + spelled.size(), value);
  return value;
}

std::string string_value(std::string_view spelled) {
  std::string value;
  for (std::size_t i = 1; i + 1 < spelled.size(); ++i) {
    if (spelled[i] != '\\') {
      value += spelled[i];
      continue;
    }
    ++i;
    value += spelled[i] == 'n' ? '\n' : spelled[i] == 't' ? '\t' : spelled[i];
  }
  return value;
}

}  // namespace ebb
