#include "graph/script/statement_parser.hpp"

#include <utility>

#include "graph/script/foreign.hpp"

namespace ebb {
namespace {

const std::string statement_end = "a statement ends with its line or `;`";

// Whether a token of that kind, standing after a name, shows that the name was meant as a keyword.
bool follows_keyword(TokenKind kind) {
  return kind == TokenKind::name || kind == TokenKind::number || kind == TokenKind::string ||
         kind == TokenKind::open_brace || kind == TokenKind::key_true ||
         kind == TokenKind::key_false || kind == TokenKind::key_not || begins_statement(kind);
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
        cursor_.fail(Mistake::unopened_bracket, cursor_.span(token), "this `}` closes nothing",
                     {"take it out, or open it with `{`"});
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
      cursor_.expected(
          Mistake::assignment_as_equality, "the end of the statement",
          {"a value gets its name in a statement of its own, `name = value`; equality is `==`"});
    case TokenKind::comma:
      cursor_.expected(Mistake::two_statements, "the end of the statement", separator(following));
    case TokenKind::close_paren:
    case TokenKind::close_bracket:
      cursor_.fail(Mistake::unopened_bracket, cursor_.span(following),
                   "this " + backticked(spelling(following.kind)) + " closes nothing",
                   {following.kind == TokenKind::close_paren ? "take it out, or open it with `(`"
                                                             : "take it out, or open it with `[`"});
    case TokenKind::name:
    case TokenKind::number:
      cursor_.expected(Mistake::two_statements, "the end of the statement", second(following));
    case TokenKind::key_if:
      cursor_.expected(Mistake::two_statements, "the end of the statement",
                       {"`where(condition, a, b)` chooses between two values"});
    default:
      cursor_.expected(Mistake::two_statements, "the end of the statement",
                       begins_statement(following.kind)
                           ? Advice(replacement(statement_end, cursor_.behind(), ";"))
                           : Advice{statement_end});
  }
}

// A word or a number behind a statement: another statement, one of another language, or a factor.
Advice StatementParser::second(const Token& following) {
  if (cursor_.after_next() == TokenKind::assign)
    return replacement(statement_end, cursor_.behind(), ";");
  if (const ForeignWord* foreign = foreign_statement(cursor_.text(following)))
    return advice_for(*foreign, cursor_.span(following));
  return {"a product is `a * b`; " + statement_end};
}

// `=` where a comparison is meant.
Advice StatementParser::equality(const Token& assign) const {
  return replacement("equality is `==`", cursor_.span(assign), "==");
}

// A comma where a statement should end: the last token of its line is one too many.
Advice StatementParser::separator(const Token& comma) {
  const Token next = cursor_.token_after_next();
  const TokenKind after = next.kind;
  const std::string_view text = cursor_.file().text();
  const bool decimal = after == TokenKind::number && next.begin == comma.end && comma.begin > 0 &&
                       text[comma.begin - 1] >= '0' && text[comma.begin - 1] <= '9';
  if (decimal) return replacement("a number has a point: `1.5`", cursor_.span(comma), ".");
  if (after == TokenKind::name && cursor_.assigns_behind(next))
    return replacement(statement_end, cursor_.span(comma), ";");
  if (after != TokenKind::newline && after != TokenKind::close_brace) return {statement_end};
  return replacement("take the comma out: " + statement_end, cursor_.span(comma), "");
}

ast::Block StatementParser::block(Place place) {
  ast::Block result;
  braces(place, [&] { result.push_back(statement()); });
  return result;
}

// Reads `{ ... }`, with `item` reading one of the statements in it.
void StatementParser::braces(Place place, const std::function<void()>& item) {
  if (cursor_.at(TokenKind::colon)) cursor_.indented_body("`{`");
  const Token open = cursor_.expect(Mistake::malformed_statement, TokenKind::open_brace, "`{`");
  const Cursor::BlockNesting nesting(cursor_, open);
  const Place outside = std::exchange(place_, place);
  for (skip_separators(); !cursor_.at(TokenKind::close_brace); skip_separators()) {
    const Token first = cursor_.peek();
    if (first.kind == TokenKind::end) {
      report_unclosed(open, {{}, crooked_});
      throw Stop{};
    }
    if (misses_brace_before(first, open)) {
      report_unclosed(open,
                      {{},
                       {{cursor_.span(first), "cannot stand " + std::string(description(place_)) +
                                                  ": is a `}` missing before it?"}}});
      place_ = outside;
      return;
    }
    recovering(item);
  }
  const Token close = cursor_.next();
  if (crooked_.empty() && cursor_.first_on_line(close) && column(close) != indentation(open)) {
    crooked_ = {{cursor_.span(open), "this `{` ..."},
                {cursor_.span(close), "... ends here: is a `}` missing before it?"}};
  }
  place_ = outside;
}

void StatementParser::report_unclosed(const Token& open, Advice advice) {
  if (advice.labels.empty()) advice.hints = {"close it with `}`"};
  report({make_diagnostic(Mistake::unclosed_brace, cursor_.span(open), "this `{` is never closed",
                          std::move(advice)),
          {}});
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
      return finish(first, output());
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
  const bool takes_value = keyword.kind == TokenKind::key_cost ||
                           keyword.kind == TokenKind::key_output ||
                           keyword.kind == TokenKind::key_metric;
  const Token sign = cursor_.token_after_next();
  if (sign.kind == TokenKind::assign) {
    const Advice other = keyword.kind == TokenKind::key_optimizer
                             ? Advice{"it is a setting: `train { optimizer = ... }`"}
                             : Advice{"choose another name"};
    cursor_.fail(Mistake::keyword_as_name, cursor_.span(keyword),
                 "`" + word + "` is a keyword and cannot be assigned",
                 takes_value ? without_sign(word, keyword, sign) : other);
  }
  if (sign.kind == TokenKind::colon && takes_value) {
    cursor_.fail(Mistake::missing_expression, cursor_.span(sign),
                 "expected an expression after `" + word + "`, found `:`",
                 without_sign(word, keyword, sign));
  }
  if (may_stand(keyword.kind, place_)) return;
  cursor_.fail(Mistake::misplaced_statement, cursor_.span(keyword),
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
      check_step(first);
      expression_statement();
    case TokenKind::close_paren:
    case TokenKind::close_bracket:
      expect_end();
      [[fallthrough]];
    case TokenKind::key_else:
      cursor_.fail(Mistake::stray_else, cursor_.span(first), "this `else` follows no `if`",
                   {"`else` stands after the `}` of its `if`"});
    case TokenKind::open_brace:
      cursor_.fail(Mistake::stray_brace, cursor_.span(first), "this `{` belongs to nothing",
                   {"a body follows its `for`, `if`, `def`, `layer`, ... on the same line"});
    default:
      if (is_keyword(first.kind) && cursor_.after_next() == TokenKind::assign) {
        cursor_.fail(Mistake::keyword_as_name, cursor_.span(first),
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
    cursor_.fail(Mistake::misplaced_prime, name.span,
                 "`" + name.text + "` cannot be assigned " + std::string(description(place_)),
                 {"a prime means the next value of a layer's state, or of an optimizer's parameter "
                  "or state"});
  }
  cursor_.next();
  check_lambda(first);
  ast::ExpressionPtr value = expressions_.expression("after `=`");
  return finish(first, ast::Assign{std::move(name), std::move(value)});
}

void StatementParser::expression_statement() {
  const ast::ExpressionPtr value = expressions_.expression();
  const bool is_call = value->as<ast::Call>() != nullptr;
  if (cursor_.at(TokenKind::assign)) {
    const Span begin{value->span.file, value->span.begin, value->span.begin};
    cursor_.fail(Mistake::assigned_expression, value->span, "only a name can be assigned",
                 is_call ? replacement("a function is `def f(x) = ...`", begin, "def ")
                         : Advice{"a value never changes; give the new one a name"});
  }
  if (cursor_.at(TokenKind::tilde)) {
    cursor_.fail(Mistake::malformed_parameter, value->span, "only a `param` has an initial value",
                 replacement("write `param " + to_source(*value) + " ~ ...`",
                             {value->span.file, value->span.begin, value->span.begin}, "param "));
  }
  const ast::Expression& word = is_call ? *value->as<ast::Call>()->callee : *value;
  const auto* name = word.as<ast::Name>();
  const ForeignWord* foreign = name == nullptr ? nullptr : foreign_statement(name->text);
  if (foreign != nullptr && cursor_.at(TokenKind::open_brace))
    cursor_.fail(Mistake::unknown_statement, word.span, "unknown statement `" + name->text + "`",
                 advice_for(*foreign, word.span));
  expect_end();
  if (foreign != nullptr)
    cursor_.fail(Mistake::idle_expression, value->span, "an expression alone does nothing",
                 {std::string(foreign->hint)});
  const bool returns = place_ == Place::def || place_ == Place::layer;
  cursor_.fail(Mistake::idle_expression, value->span, "an expression alone does nothing",
               {returns ? "name its value, `y = ...`, or return it, `return ...`"
                        : "name its value, `y = ...`"});
}

}  // namespace ebb
