#include "graph/script/statement_parser.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace ebb {
namespace {

std::string backticked(std::string_view text) { return "`" + std::string(text) + "`"; }

// Whether a token of that kind, standing after a name, shows that the name was meant as a keyword.
bool follows_keyword(TokenKind kind) {
  return kind == TokenKind::name || kind == TokenKind::number || kind == TokenKind::string ||
         kind == TokenKind::open_brace || begins_statement(kind);
}

// What other languages begin statements with.
struct ForeignWord {
  std::string_view word, hint;
};

constexpr auto foreign_words = std::to_array<ForeignWord>({
    {"function", "a function is `def f(x) = ...`"},
    {"func", "a function is `def f(x) = ...`"},
    {"fn", "a function is `def f(x) = ...`"},
    {"let", "a value is named by `name = value`"},
    {"var", "a value is named by `name = value`"},
    {"const", "a value is named by `name = value`"},
    {"import", "`include \"file.ebb\"` takes in a script, `use name` a plugin"},
    {"elif", "write `else if`"},
    {"elseif", "write `else if`"},
    {"while", "loops run over a range or a list: `for i in 0..n { ... }`"},
    {"loss", "write `cost`"},
});

// What to write in place of such a word; "" for all others.
std::string_view foreign_word_hint(std::string_view word) {
  const auto found = std::find_if(foreign_words.begin(), foreign_words.end(),
                                  [word](const ForeignWord& entry) { return entry.word == word; });
  return found == foreign_words.end() ? std::string_view() : found->hint;
}

}  // namespace

ast::Block StatementParser::script() {
  ast::Block block;
  try {
    statements_until_end(block);
  } catch (const Stop&) {
  }
  return block;
}

void StatementParser::statements_until_end(ast::Block& block) {
  for (skip_separators(); !cursor_.at(TokenKind::end); skip_separators()) {
    recovering([&] {
      const Token token = cursor_.peek();
      if (token.kind == TokenKind::close_brace) {
        cursor_.next();
        cursor_.fail(cursor_.span(token), "this `}` closes nothing");
      }
      block.push_back(statement());
    });
  }
}

// Runs `parse` and the end of its statement; after an error in them goes on behind it.
void StatementParser::recovering(const std::function<void()>& parse) {
  try {
    parse();
    expect_end();
  } catch (const SyntaxError& error) {
    report(error);
    cursor_.recover(error);
  }
}

void StatementParser::report(const SyntaxError& error) {
  diagnostics_.add(error.diagnostic);
  if (diagnostics_.errors() >= Diagnostics::max_errors) throw Stop{};
}

void StatementParser::skip_separators() {
  while (cursor_.at(TokenKind::newline) || cursor_.at(TokenKind::semicolon)) cursor_.next();
}

void StatementParser::expect_end() {
  const Token following = cursor_.peek();
  // So it is where a block ended without its brace.
  if (cursor_.first_on_line(following)) return;
  switch (following.kind) {
    case TokenKind::newline:
    case TokenKind::semicolon:
    case TokenKind::close_brace:
    case TokenKind::end:
      return;
    case TokenKind::assign:
      cursor_.expected("the end of the statement", {"equality is `==`"});
    case TokenKind::close_paren:
    case TokenKind::close_bracket:
      cursor_.fail(cursor_.span(following),
                   "this " + backticked(spelling(following.kind)) + " closes nothing");
    case TokenKind::name:
    case TokenKind::number: {
      const std::string_view hint = foreign_word_hint(cursor_.text(following));
      cursor_.expected("the end of the statement",
                       {hint.empty() ? "a product is `a * b`; a statement ends with its line or `;`"
                                     : std::string(hint)});
    }
    default:
      cursor_.expected("the end of the statement", {"a statement ends with its line or `;`"});
  }
}

ast::Block StatementParser::block(Place place) {
  ast::Block result;
  braces(place, [&] { result.push_back(statement()); });
  return result;
}

// Reads `{ ... }`, with `item` reading one of the statements in it.
void StatementParser::braces(Place place, const std::function<void()>& item) {
  const Token open = cursor_.expect(TokenKind::open_brace, "`{`");
  const Cursor::BlockNesting nesting(cursor_, open);
  const Place outside = std::exchange(place_, place);
  for (skip_separators(); !cursor_.at(TokenKind::close_brace); skip_separators()) {
    const Token first = cursor_.peek();
    if (first.kind == TokenKind::end) {
      report_unclosed(open, crooked_);
      throw Stop{};
    }
    if (misses_brace_before(first, open)) {
      report_unclosed(open, backticked(cursor_.text(first)) + " at " +
                                to_string(cursor_.span(first)) + " cannot stand " +
                                std::string(description(place_)) + ": is a `}` missing before it?");
      place_ = outside;
      return;
    }
    recovering(item);
  }
  const Token close = cursor_.next();
  if (crooked_.empty() && cursor_.first_on_line(close) && column(close) != indentation(open)) {
    crooked_ = "the `}` at " + to_string(cursor_.span(close)) + " closes the `{` at " +
               to_string(cursor_.span(open)) + ": is one missing before it?";
  }
  place_ = outside;
}

void StatementParser::report_unclosed(const Token& open, const std::string& hint) {
  Diagnostic unclosed{Severity::error, "this `{` is never closed", cursor_.span(open), {}, {}};
  if (!hint.empty()) unclosed.hints.push_back(hint);
  report({std::move(unclosed), {}});
}

std::size_t StatementParser::column(const Token& token) const {
  return cursor_.file().position(token.begin).column;
}

// The column where the line that holds the token begins.
std::size_t StatementParser::indentation(const Token& token) const {
  const SourceFile& file = cursor_.file();
  return file.line(file.position(token.begin).line).find_first_not_of(" \t") + 1;
}

// A statement that may not stand in these braces, on a line of its own and no further to the right
// than the line that opened them, shows that their end was forgotten.
bool StatementParser::misses_brace_before(const Token& keyword, const Token& open) {
  if (!begins_statement(keyword.kind) || may_stand(keyword.kind, place_)) return false;
  if (!cursor_.first_on_line(keyword) || cursor_.after_next() == TokenKind::assign) return false;
  return column(keyword) <= indentation(open);
}

ast::Statement StatementParser::statement() {
  const Token first = cursor_.peek();
  if (!begins_statement(first.kind)) return name_statement();
  check_placement(first);
  cursor_.next();
  switch (first.kind) {
    case TokenKind::key_option:
      return finish(first, option());
    case TokenKind::key_include:
      return finish(first, include());
    case TokenKind::key_use:
      return finish(first, use());
    case TokenKind::key_def:
      return finish(first, def());
    case TokenKind::key_layer:
      return finish(first, layer());
    case TokenKind::key_optimizer:
      return finish(first, optimizer());
    case TokenKind::key_input:
      return finish(first, input(false));
    case TokenKind::key_target:
      return finish(first, input(true));
    case TokenKind::key_param:
      return finish(first, param());
    case TokenKind::key_state:
      return finish(first, state());
    case TokenKind::key_for:
      return finish(first, for_loop());
    case TokenKind::key_if:
      return finish(first, if_else());
    case TokenKind::key_return:
      return finish(first, ast::Return{expressions_.expression("after `return`")});
    case TokenKind::key_output:
      return finish(first, ast::Output{expressions_.expression("after `output`")});
    case TokenKind::key_cost:
      return finish(first, ast::Cost{expressions_.expression("after `cost`")});
    case TokenKind::key_metric:
      return finish(first, metric());
    case TokenKind::key_rewrite:
      return finish(first, rewrite());
    case TokenKind::key_data:
      return finish(first, data());
    case TokenKind::key_train:
      return finish(first, train());
    case TokenKind::key_assert:
      return finish(first, assertion());
    default:
      throw InternalError("StatementParser::statement: a keyword without a statement");
  }
}

void StatementParser::check_placement(const Token& keyword) {
  const std::string word(cursor_.text(keyword));
  if (cursor_.after_next() == TokenKind::assign) {
    const bool takes_value = keyword.kind == TokenKind::key_cost ||
                             keyword.kind == TokenKind::key_output ||
                             keyword.kind == TokenKind::key_metric;
    cursor_.fail(cursor_.span(keyword), "`" + word + "` is a keyword and cannot be assigned",
                 {takes_value ? "write `" + word + " value`, without `=`" : "choose another name"});
  }
  if (may_stand(keyword.kind, place_)) return;
  cursor_.fail(cursor_.span(keyword),
               "`" + word + "` cannot stand " + std::string(description(place_)),
               {"it stands " + places_of(keyword.kind)});
}

// A statement that begins with no keyword is an assignment or a mistake.
ast::Statement StatementParser::name_statement() {
  const Token first = cursor_.peek();
  switch (first.kind) {
    case TokenKind::name:
      if (cursor_.after_next() == TokenKind::assign) return assignment();
      if (follows_keyword(cursor_.after_next())) unknown_word(first);
      expression_statement();
    case TokenKind::close_paren:
    case TokenKind::close_bracket:
      expect_end();
      [[fallthrough]];
    case TokenKind::key_else:
      cursor_.fail(cursor_.span(first), "this `else` follows no `if`",
                   {"`else` stands after the `}` of its `if`"});
    case TokenKind::open_brace:
      cursor_.fail(cursor_.span(first), "this `{` belongs to nothing",
                   {"a body follows its `for`, `if`, `def`, `layer`, ... on the same line"});
    default:
      if (is_keyword(first.kind) && cursor_.after_next() == TokenKind::assign) {
        cursor_.fail(cursor_.span(first),
                     backticked(cursor_.text(first)) + " is a keyword and cannot be assigned",
                     {"choose another name"});
      }
      expression_statement();
  }
}

ast::Statement StatementParser::assignment() {
  const Token first = cursor_.peek();
  ast::Identifier name = expressions_.identifier("a name");
  if (name.primed() && place_ != Place::layer && place_ != Place::optimizer) {
    cursor_.fail(name.span,
                 "`" + name.text + "` cannot be assigned " + std::string(description(place_)),
                 {"a prime means the next value of a layer's state, or of an optimizer's parameter "
                  "or state"});
  }
  cursor_.next();
  ast::ExpressionPtr value = expressions_.expression("after `=`");
  return finish(first, ast::Assign{std::move(name), std::move(value)});
}

void StatementParser::unknown_word(const Token& word) {
  const std::string text(cursor_.text(word));
  std::string hint = "a statement begins with a keyword or is `name = value`";
  if (const std::string_view foreign = foreign_word_hint(text); !foreign.empty()) {
    hint = foreign;
  } else if (const std::string keyword = nearest(text, statement_words()); !keyword.empty()) {
    hint = "did you mean `" + keyword + "`?";
  }
  cursor_.fail(cursor_.span(word), "unknown statement `" + text + "`", {hint});
}

void StatementParser::expression_statement() {
  const ast::ExpressionPtr value = expressions_.expression();
  const bool is_call = value->as<ast::Call>() != nullptr;
  if (cursor_.at(TokenKind::assign)) {
    cursor_.fail(value->span, "only a name can be assigned",
                 {is_call ? "a function is `def f(x) = ...`"
                          : "a value never changes; give the new one a name"});
  }
  if (cursor_.at(TokenKind::tilde)) {
    cursor_.fail(value->span, "only a `param` has an initial value",
                 {"write `param " + to_source(*value) + " ~ ...`"});
  }
  expect_end();
  const bool returns = place_ == Place::def || place_ == Place::layer;
  cursor_.fail(value->span, "an expression alone does nothing",
               {returns ? "name its value, `y = ...`, or return it, `return ...`"
                        : "name its value, `y = ...`"});
}

}  // namespace ebb
