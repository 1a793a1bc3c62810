// Where the parser stands in the tokens, and what it says when the next one is not what it must be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/core/diagnostic.hpp"
#include "graph/script/mistake.hpp"
#include "graph/script/token.hpp"

namespace ebb {

// A mistake that ends the parsing of a statement.
struct SyntaxError {
  Diagnostic diagnostic;
  // The token to go on at; without one, what the statement may still hold is skipped.
  std::optional<std::size_t> resume;
};

// A piece of a script as messages show it.
inline std::string backticked(std::string_view text) { return "`" + std::string(text) + "`"; }

class Cursor {
 public:
  // The tokens of the whole file, which outlives the cursor.
  Cursor(const SourceFile& file, std::vector<Token> tokens);

  // The next token. Inside () and [] the ends of lines are passed over.
  Token peek();
  bool at(TokenKind kind) { return peek().kind == kind; }
  // The token after the next, and its kind.
  TokenKind after_next() { return token_after_next().kind; }
  Token token_after_next();

  // Takes the next token; the end is never passed.
  Token next();
  bool accept(TokenKind kind);
  // Takes a token of that kind, else fails with "expected WHAT, found ...".
  Token expect(Mistake mistake, TokenKind kind, std::string_view what, Advice advice = {});

  // Takes an opening ( or [, and the closing one that belongs to the innermost open bracket.
  // `what` names what could stand in the closing one's place too.
  Token open();
  void close(std::string_view what, Advice advice = {});

  // The bracket that closes `open`, the next token; the end of the text where none does in its
  // line.
  Token closing(const Token& open) const;

  std::string_view text(const Token& token) const;
  Span span(const Token& token) const { return {&file_, token.begin, token.end}; }
  // From a token, or a node, to the end of the last token taken.
  Span span_from(std::uint32_t begin) const { return {&file_, begin, last_end_}; }
  // Just after it.
  Span behind() const { return {&file_, last_end_, last_end_}; }
  const SourceFile& file() const { return file_; }
  bool first_on_line(const Token& token) const;
  // Whether an `=` is the next token behind that one.
  bool assigns_behind(const Token& token) const;

  [[noreturn]] void fail(Mistake mistake, Span at, std::string message, Advice advice = {}) const;
  // Fails with "expected WHAT, found ...", or, where the innermost bracket is never closed, with
  // that.
  [[noreturn]] void expected(Mistake mistake, std::string_view what, Advice advice = {});

  // Fails at a `:` that opens a body, as in Python: the lines that are indented more than its own
  // are skipped, and the fix puts them in braces.
  [[noreturn]] void indented_body(std::string_view what);

  // After an error: leaves all brackets and goes to the end of the statement, past a body in
  // braces.
  void recover(const SyntaxError& error);

  // Counts how deep the parser stands in nested constructs, and fails at `at` beyond max_nesting.
  class Nesting {
   public:
    Nesting(Cursor& cursor, const Token& at);
    ~Nesting() { --cursor_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Cursor& cursor_;
  };
  // The same for a block, which also counts for the height of what stands in it.
  class BlockNesting {
   public:
    BlockNesting(Cursor& cursor, const Token& at);
    ~BlockNesting() { --cursor_.depth_, --cursor_.blocks_; }
    BlockNesting(const BlockNesting&) = delete;
    BlockNesting& operator=(const BlockNesting&) = delete;

   private:
    Cursor& cursor_;
  };
  // Fails where an expression of that height does not fit in what is left of max_nesting.
  void check_height(std::uint32_t height, const Span& at) const;

 private:
  Diagnostic mismatch(Mistake mistake, std::string_view what, Advice advice);
  bool is_closed(std::size_t opener) const;
  Advice comma_before(const Token& token) const;
  std::size_t past_body(std::size_t open) const;
  std::size_t past_bodies(std::size_t open) const;
  std::size_t past_indented(std::size_t colon) const;
  std::string_view indentation(const Token& token) const;
  std::size_t next_statement(std::size_t from) const;
  std::string describe(const Token& token) const;

  const SourceFile& file_;
  std::vector<Token> tokens_;
  std::unordered_map<std::size_t, std::size_t> closing_braces_;  // by the opening ones
  std::size_t at_ = 0;
  std::uint32_t last_end_ = 0;
  std::vector<std::size_t> brackets_;  // the open ( and [
  std::uint32_t depth_ = 0, blocks_ = 0;
};

}  // namespace ebb
