#include "graph/script/cursor.hpp"

#include <algorithm>
#include <utility>

#include "graph/script/parser.hpp"

namespace ebb {
namespace {

bool is_opening(TokenKind kind) {
  return kind == TokenKind::open_paren || kind == TokenKind::open_bracket;
}

bool is_closing(TokenKind kind) {
  return kind == TokenKind::close_paren || kind == TokenKind::close_bracket;
}

TokenKind closing_of(TokenKind opening) {
  return opening == TokenKind::open_paren ? TokenKind::close_paren : TokenKind::close_bracket;
}

bool ends_statement(TokenKind kind) {
  return kind == TokenKind::newline || kind == TokenKind::semicolon ||
         kind == TokenKind::close_brace || kind == TokenKind::end;
}

std::string too_deep() { return "nested more than " + std::to_string(max_nesting) + " deep"; }

std::string backticked(std::string_view text) { return "`" + std::string(text) + "`"; }

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

TokenKind Cursor::after_next() {
  peek();
  std::size_t after = std::min(at_ + 1, tokens_.size() - 1);
  while (!brackets_.empty() && tokens_[after].kind == TokenKind::newline) ++after;
  return tokens_[after].kind;
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

Token Cursor::expect(TokenKind kind, std::string_view what, std::vector<std::string> hints) {
  if (!at(kind)) expected(what, std::move(hints));
  return next();
}

Token Cursor::open() {
  const Token token = peek();
  ensure(is_opening(token.kind), "Cursor::open: not at a bracket");
  brackets_.push_back(at_);
  next();
  return token;
}

void Cursor::close(std::string_view what, std::vector<std::string> hints) {
  const Token opener = tokens_[brackets_.back()];
  const TokenKind closer = closing_of(opener.kind);
  if (!at(closer)) {
    const std::string or_closer =
        (what.empty() ? "" : std::string(what) + " or ") + backticked(spelling(closer));
    if (!is_closing(peek().kind)) expected(or_closer, std::move(hints));
    hints.push_back(backticked(text(opener)) + " was opened at " + to_string(span(opener)));
    throw SyntaxError{mismatch(or_closer, std::move(hints)), next_statement(at_)};
  }
  next();
  brackets_.pop_back();
}

std::string_view Cursor::text(const Token& token) const {
  return std::string_view(file_.text()).substr(token.begin, token.end - token.begin);
}

bool Cursor::first_on_line(const Token& token) const {
  const std::string_view before = std::string_view(file_.text()).substr(0, token.begin);
  const std::size_t last = before.find_last_not_of(" \t\r");
  return last == std::string_view::npos || before[last] == '\n';
}

void Cursor::fail(Span at, std::string message, std::vector<std::string> hints) const {
  throw SyntaxError{{Severity::error, std::move(message), at, {}, std::move(hints)}, {}};
}

void Cursor::expected(std::string_view what, std::vector<std::string> hints) {
  if (!brackets_.empty() && !is_closed(brackets_.back())) {
    const Token opener = tokens_[brackets_.back()];
    Diagnostic unclosed{Severity::error,
                        "this " + backticked(text(opener)) + " is never closed",
                        span(opener),
                        {},
                        {}};
    throw SyntaxError{std::move(unclosed), next_statement(brackets_.back())};
  }
  throw SyntaxError{mismatch(what, std::move(hints)), {}};
}

Diagnostic Cursor::mismatch(std::string_view what, std::vector<std::string> hints) {
  const Token found = peek();
  const bool at_end = found.kind == TokenKind::newline || found.kind == TokenKind::end;
  // What is missing at the end of a line is missing after its last token, not after its comment.
  const Span at = at_end ? Span{&file_, last_end_, last_end_} : span(found);
  return {Severity::error,
          "expected " + std::string(what) + ", found " + describe(found),
          at,
          {},
          std::move(hints)};
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
    if (is_opening(kind)) ++depth;
    if (is_closing(kind) && --depth == 0) return true;
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
    if (is_opening(kind)) ++depth;
    if (is_closing(kind) && depth > 0) --depth;
    if (kind == TokenKind::open_brace) at_ = past_body(at_);
  }
}

Cursor::Nesting::Nesting(Cursor& cursor, const Token& at) : cursor_(cursor) {
  cursor.check_height(cursor.depth_ - cursor.blocks_ + 1, cursor.span(at));
  ++cursor.depth_;
}

Cursor::BlockNesting::BlockNesting(Cursor& cursor, const Token& at) : cursor_(cursor) {
  // One level stays for what stands in the block.
  if (cursor.depth_ + 1 == max_nesting) {
    cursor.fail(cursor.span(at), too_deep(), {"move a part of the blocks into a layer or a def"});
  }
  ++cursor.depth_;
  ++cursor.blocks_;
}

void Cursor::check_height(std::uint32_t height, const Span& at) const {
  if (height + blocks_ <= max_nesting) return;
  fail(at, too_deep(), {"name a part of the expression, and use that name"});
}

}  // namespace ebb
