#include "graph/script/spacing.hpp"

namespace ebb {

namespace {

// A minus that is no difference.
bool is_sign(const std::vector<Token>& tokens, std::size_t i) {
  return tokens[i].kind == TokenKind::minus && (i == 0 || !ends_value(tokens, i - 1));
}

bool blank_between(const std::vector<Token>& tokens, std::size_t i, bool in_brackets) {
  using enum TokenKind;
  const TokenKind before = tokens[i - 1].kind, kind = tokens[i].kind;
  if (kind == comma || kind == semicolon || closes_bracket(kind)) return false;
  if (opens_bracket(before) || before == dot || kind == dot || before == range || kind == range)
    return false;
  if (is_sign(tokens, i - 1)) return false;
  if (opens_bracket(kind)) return !ends_value(tokens, i - 1);
  // Of a slice or a map; outside brackets it is that of an input's type.
  if (kind == colon && in_brackets) return before == comma;
  return before != open_brace || kind != close_brace;
}

}  // namespace

bool ends_value(const std::vector<Token>& tokens, std::size_t i) {
  using enum TokenKind;
  const TokenKind kind = tokens[i].kind;
  return kind == name || kind == number || kind == string || kind == key_true ||
         kind == key_false || closes_bracket(kind) || (i > 0 && tokens[i - 1].kind == dot);
}

std::vector<bool> blanks_before(const std::vector<Token>& tokens) {
  std::vector<bool> blanks(tokens.size());
  std::size_t depth = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0) blanks[i] = blank_between(tokens, i, depth > 0);
    if (opens_bracket(tokens[i].kind)) ++depth;
    if (closes_bracket(tokens[i].kind) && depth > 0) --depth;
  }
  return blanks;
}

}  // namespace ebb
