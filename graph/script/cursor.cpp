#include "graph/script/cursor.hpp"

#include <algorithm>
#include <utility>

#include "graph/script/parser.hpp"

namespace ebb {
namespace {

TokenKind closing_of(TokenKind opening) {
  return opening == TokenKind::open_paren ? TokenKind::close_paren : TokenKind::close_bracket;
}

bool ends_statement(TokenKind kind) {
  return kind == TokenKind::newline || kind == TokenKind::semicolon ||
         kind == TokenKind::close_brace || kind == TokenKind::end;
}

std::string too_deep() { return "nested more than " + std::to_string(max_nesting) + " deep"; }

}  // namespace

Cursor::Cursor(const SourceFile& file, std::vector<Token> tokens)
    : file_(file), tokens_(std::move(tokens)) {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].kind == TokenKind::open_brace) open.push_back(i);
    if (tokens_[i].kind == TokenKind::close_brace && !open.empty()) {
      closing_braces_.emplace(open.back(), i);
      open.pop_back();
    }
  }
}

Token Cursor::peek() {
  while (!brackets_.empty() && tokens_[at_].kind == TokenKind::newline) ++at_;
  return tokens_[at_];
}

Token Cursor::token_after_next() {
  peek();
  std::size_t after = std::min(at_ + 1, tokens_.size() - 1);
  while (!brackets_.empty() && tokens_[after].kind == TokenKind::newline) ++after;
  return tokens_[after];
}

Token Cursor::next() {
  const Token token = peek();
  if (token.kind != TokenKind::end) ++at_;
  if (token.kind != TokenKind::newline) last_end_ = token.end;
  return token;
}

bool Cursor::accept(TokenKind kind) {
  if (!at(kind)) return false;
  next();
  return true;
}

Token Cursor::expect(Mistake mistake, TokenKind kind, std::string_view what, Advice advice) {
  if (!at(kind)) expected(mistake, what, std::move(advice));
  return next();
}

Token Cursor::open() {
  const Token token = peek();
  ensure(opens_bracket(token.kind), "Cursor::open: not at a bracket");
  brackets_.push_back(at_);
  next();
  return token;
}

void Cursor::close(std::string_view what, Advice advice) {
  const Token opener = tokens_[brackets_.back()];
  const TokenKind closer = closing_of(opener.kind);
  if (!at(closer)) {
    const std::string or_closer =
        (what.empty() ? "" : std::string(what) + " or ") + backticked(spelling(closer));
    if (what == "`,`") advice = comma_before(peek());
    if (!closes_bracket(peek().kind))
      expected(Mistake::unexpected_word, or_closer, std::move(advice));
    advice.labels.push_back({span(opener), "opened here"});
    throw SyntaxError{mismatch(Mistake::unopened_bracket, or_closer, std::move(advice)),
                      next_statement(at_)};
  }
  next();
  brackets_.pop_back();
}

// What stands between two items in a comma's place, or as if there were one.
Advice Cursor::comma_before(const Token& token) const {
  const std::string hint = "a comma stands between two items";
  switch (token.kind) {
    case TokenKind::semicolon:
      return replacement(hint, span(token), ",");
    case TokenKind::name:
    case TokenKind::number:
    case TokenKind::string:
    case TokenKind::open_bracket:
      return replacement(hint, behind(), ",");
    case TokenKind::colon:
      return {"an index, or a slice, stands in brackets: `x[3]`, `x[0..10]`"};
    default:
      return {};
  }
}

Token Cursor::closing(const Token& open) const {
  std::size_t depth = 0;
  for (std::size_t i = at_; tokens_[i].kind != TokenKind::end; ++i) {
    const TokenKind kind = tokens_[i].kind;
    if (kind == TokenKind::newline) break;
    if (opens_bracket(kind)) ++depth;
    if (closes_bracket(kind) && --depth == 0 && kind == closing_of(open.kind)) return tokens_[i];
    if (depth == 0) break;
  }
  return tokens_.back();
}

std::string_view Cursor::text(const Token& token) const {
  return std::string_view(file_.text()).substr(token.begin, token.end - token.begin);
}

bool Cursor::assigns_behind(const Token& token) const {
  const auto after = std::ranges::upper_bound(tokens_, token.begin, {}, &Token::begin);
  return after != tokens_.end() && after->kind == TokenKind::assign;
}

bool Cursor::first_on_line(const Token& token) const {
  const std::string_view before = std::string_view(file_.text()).substr(0, token.begin);
  const std::size_t last = before.find_last_not_of(" \t\r");
  return last == std::string_view::npos || before[last] == '\n';
}

void Cursor::fail(Mistake mistake, Span at, std::string message, Advice advice) const {
  throw SyntaxError{make_diagnostic(mistake, at, std::move(message), std::move(advice)), {}};
}

void Cursor::expected(Mistake mistake, std::string_view what, Advice advice) {
  if (!brackets_.empty() && !is_closed(brackets_.back())) {
    const Token opener = tokens_[brackets_.back()];
    const std::string closer = backticked(spelling(closing_of(opener.kind)));
    throw SyntaxError{make_diagnostic(Mistake::unclosed_bracket, span(opener),
                                      "this " + backticked(text(opener)) + " is never closed",
                                      {"close it with " + closer}),
                      next_statement(brackets_.back())};
  }
  throw SyntaxError{mismatch(mistake, what, std::move(advice)), {}};
}

void Cursor::indented_body(std::string_view what) {
  peek();
  const std::size_t colon = at_, end = past_indented(colon);
  const Token &first = tokens_[colon], &last = tokens_[end - 1];
  const bool own_lines = tokens_[colon + 1].kind == TokenKind::newline;
  const std::size_t begin = colon + (own_lines ? 2 : 1);
  Advice advice{"a body stands in braces: `{ ... }`"};
  if (begin < end && last.kind != TokenKind::open_brace) {
    const bool before = first.begin > 0 && file_.text()[first.begin - 1] == ' ';
    const std::string closing =
        own_lines ? "\n" + std::string(indentation(first)) + "}" : std::string(" }");
    advice = Fix{"a body stands in braces: `{ ... }`",
                 {{span(first), before ? "{" : " {"}, {{&file_, last.end, last.end}, closing}}};
  }
  throw SyntaxError{mismatch(Mistake::malformed_statement, what, std::move(advice)), end};
}

// The end of the line of the colon, or of the last line after it that is indented more.
std::size_t Cursor::past_indented(std::size_t colon) const {
  const std::size_t own = indentation(tokens_[colon]).size();
  std::size_t i = colon;
  for (;;) {
    while (tokens_[i].kind != TokenKind::newline && tokens_[i].kind != TokenKind::end) ++i;
    if (tokens_[i].kind == TokenKind::end || tokens_[i + 1].kind == TokenKind::end) return i;
    if (indentation(tokens_[i + 1]).size() <= own) return i;
    ++i;
  }
}

// The blanks that begin the line of the token.
std::string_view Cursor::indentation(const Token& token) const {
  const std::string_view line = file_.line(file_.position(token.begin).line);
  return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
}

Diagnostic Cursor::mismatch(Mistake mistake, std::string_view what, Advice advice) {
  const Token found = peek();
  const bool at_end = found.kind == TokenKind::newline || found.kind == TokenKind::end;
  // What is missing at the end of a line is missing after its last token, not after its comment.
  const Span at = at_end ? behind() : span(found);
  return make_diagnostic(mistake, at,
                         "expected " + std::string(what) + ", found " + describe(found),
                         std::move(advice));
}

std::string Cursor::describe(const Token& token) const {
  switch (token.kind) {
    case TokenKind::end:
      return "the end of the text";
    case TokenKind::newline:
      return "the end of the line";
    case TokenKind::string:
      return "a string";
    default:
      break;
  }
  return (is_keyword(token.kind) ? "the keyword " : "") + backticked(text(token));
}

// Whether a bracket is closed before the statement that it stands in must be over.
bool Cursor::is_closed(std::size_t opener) const {
  std::size_t depth = 0;
  for (std::size_t i = opener;; ++i) {
    const TokenKind kind = tokens_[i].kind;
    if (opens_bracket(kind)) ++depth;
    if (closes_bracket(kind) && --depth == 0) return true;
    const bool next_statement = begins_statement(kind) && tokens_[i - 1].kind == TokenKind::newline;
    if (kind == TokenKind::end || kind == TokenKind::open_brace || kind == TokenKind::close_brace ||
        next_statement) {
      return false;
    }
  }
}

// The brace that closes the one at `open`, or `open` itself where none does.
std::size_t Cursor::past_body(std::size_t open) const {
  const auto found = closing_braces_.find(open);
  return found == closing_braces_.end() ? open : found->second;
}

// Behind the block that the brace at `open` begins, and behind every `else` of it; the end of the
// text where one is never closed.
std::size_t Cursor::past_bodies(std::size_t open) const {
  for (;;) {
    const std::size_t close = past_body(open);
    if (close == open) return tokens_.size() - 1;
    if (tokens_[close + 1].kind != TokenKind::key_else) return close + 1;
    open = close + 1;
    while (tokens_[open].kind != TokenKind::open_brace) {
      if (tokens_[open].kind == TokenKind::end) return open;
      ++open;
    }
  }
}

// The end of the first line from there on that a line with a new statement follows.
std::size_t Cursor::next_statement(std::size_t from) const {
  for (std::size_t i = from;; ++i) {
    const TokenKind kind = tokens_[i].kind;
    if (kind == TokenKind::end || kind == TokenKind::close_brace) return i;
    if (kind == TokenKind::open_brace) i = past_body(i);
    if (kind != TokenKind::newline) continue;
    const TokenKind first = tokens_[i + 1].kind;
    const bool assigns = first == TokenKind::name && tokens_[i + 2].kind == TokenKind::assign;
    if (assigns || begins_statement(first)) return i;
  }
}

void Cursor::recover(const SyntaxError& error) {
  std::size_t depth = brackets_.size();
  brackets_.clear();
  if (error.resume) {
    at_ = *error.resume;
    return;
  }
  for (; tokens_[at_].kind != TokenKind::end; ++at_) {
    const TokenKind kind = tokens_[at_].kind;
    const bool statement_follows =
        kind == TokenKind::newline && begins_statement(tokens_[at_ + 1].kind);
    if (kind == TokenKind::close_brace || statement_follows) return;
    if (depth == 0 && ends_statement(kind)) return;
    if (opens_bracket(kind)) ++depth;
    if (closes_bracket(kind) && depth > 0) --depth;
    if (kind == TokenKind::open_brace) at_ = past_body(at_);
  }
}

Cursor::Nesting::Nesting(Cursor& cursor, const Token& at) : cursor_(cursor) {
  cursor.check_height(cursor.depth_ - cursor.blocks_ + 1, cursor.span(at));
  ++cursor.depth_;
}

Cursor::BlockNesting::BlockNesting(Cursor& cursor, const Token& at) : cursor_(cursor) {
  // One level stays for what stands in the block. What is in it is nested as deeply.
  if (cursor.depth_ + 1 == max_nesting) {
    throw SyntaxError{make_diagnostic(Mistake::too_deep, cursor.span(at), too_deep(),
                                      {"move a part of the blocks into a layer or a def"}),
                      cursor.past_bodies(cursor.at_ - 1)};
  }
  ++cursor.depth_;
  ++cursor.blocks_;
}

void Cursor::check_height(std::uint32_t height, const Span& at) const {
  if (height + blocks_ <= max_nesting) return;
  fail(Mistake::too_deep, at, too_deep(), {"name a part of the expression, and use that name"});
}

}  // namespace ebb
