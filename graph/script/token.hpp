// The words a script is made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ebb {

enum class TokenKind : std::uint8_t {
  end,      // of the text
  newline,  // one or more line ends
  name,
  number,
  string,
  // Keywords, from key_include to key_false.
  key_include,
  key_use,
  key_option,
  key_def,
  key_layer,
  key_input,
  key_target,
  key_param,
  key_state,
  key_for,
  key_in,
  key_if,
  key_else,
  key_return,
  key_output,
  key_cost,
  key_metric,
  key_optimizer,
  key_rewrite,
  key_data,
  key_train,
  key_assert,
  key_and,
  key_or,
  key_not,
  key_true,
  key_false,
  // Symbols.
  open_paren,
  close_paren,
  open_bracket,
  close_bracket,
  open_brace,
  close_brace,
  comma,
  colon,
  semicolon,
  dot,
  range,
  assign,
  arrow,
  tilde,
  plus,
  minus,
  star,
  slash,
  caret,
  dot_star,
  dot_slash,
  dot_caret,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
};

// Half-open byte range of the source text. Tokens are kept small: a script may hold millions.
struct Token {
  TokenKind kind = TokenKind::end;
  std::uint32_t begin = 0, end = 0;
};

// What a keyword or symbol is written as; "" for kinds without one spelling. `⊙` is a dot_star.
std::string_view spelling(TokenKind kind);

bool is_keyword(TokenKind kind);
// The brackets ( ) and [ ], within which line ends are blanks.
inline bool opens_bracket(TokenKind kind) {
  return kind == TokenKind::open_paren || kind == TokenKind::open_bracket;
}
inline bool closes_bracket(TokenKind kind) {
  return kind == TokenKind::close_paren || kind == TokenKind::close_bracket;
}
// Keywords that begin a statement.
bool begins_statement(TokenKind kind);

// The kind of a keyword's spelling, else TokenKind::name.
TokenKind word_kind(std::string_view word);
// The longest symbol that `text` begins with and its length in bytes; length 0 where there is none.
struct Symbol {
  TokenKind kind;
  std::uint32_t length;
};
Symbol symbol_at(std::string_view text);

// All keywords that begin a statement, to suggest one of them.
const std::vector<std::string>& statement_words();

// What the spelling of a number or a string stands for: the nearest double; the text between the
// quotes with its escapes resolved.
double number_value(std::string_view spelled);
std::string string_value(std::string_view spelled);

}  // namespace ebb
