// How each statement is read, behind its keyword.
#include <algorithm>
#include <utility>

#include "graph/script/statement_parser.hpp"

namespace ebb {

namespace {

const std::string loop_form = "a loop is `for i in 0..n { ... }`";

}  // namespace

ast::Option StatementParser::option() {
  ast::Identifier name = unprimed_name("an option's name");
  check_hyphens(name);
  cursor_.expect(Mistake::malformed_option, TokenKind::assign, "`=`",
                 {"an option is `option NAME = VALUE \"help\"`"});
  ast::ExpressionPtr value = expressions_.expression("after `=`");
  std::string help = message(Mistake::malformed_option, "a help text",
                             {"say what the option is for: `option " + name.text + " = " +
                              to_source(*value) + " \"...\"`"});
  return {std::move(name), std::move(value), std::move(help)};
}

ast::Include StatementParser::include() {
  const Token path = cursor_.expect(Mistake::malformed_statement, TokenKind::string,
                                    "a file name in quotes", {"write `include \"file.ebb\"`"});
  return {string_value(cursor_.text(path)), cursor_.span(path)};
}

ast::Use StatementParser::use() {
  if (cursor_.at(TokenKind::string)) {
    cursor_.expected(Mistake::malformed_statement, "a plugin's name",
                     {"a script names a plugin, not its file: `use NAME`"});
  }
  return {unprimed_name("a plugin's name")};
}

ast::Def StatementParser::def() {
  ast::Def result;
  result.name = unprimed_name("a function's name");
  result.parameters = parameters();
  const Token first = cursor_.peek();
  if (first.kind == TokenKind::open_brace) {
    result.body = block(Place::def);
    return result;
  }
  if (cursor_.at(TokenKind::colon)) cursor_.indented_body("`=` or `{`");
  cursor_.expect(Mistake::malformed_statement, TokenKind::assign, "`=` or `{`");
  const Token begin = cursor_.peek();
  ast::Return value{expressions_.expression("after `=`")};
  const Span span = value.value->span;
  result.body.push_back({span, cursor_.span(begin), std::move(value)});
  result.short_form = true;
  return result;
}

ast::Layer StatementParser::layer() {
  ast::Layer result;
  result.name = unprimed_name("a layer's name");
  result.parameters = parameters();
  result.body = block(Place::layer);
  return result;
}

ast::Optimizer StatementParser::optimizer() {
  ast::Optimizer result;
  result.name = unprimed_name("an optimizer's name");
  const Token open = cursor_.peek();
  if (open.kind != TokenKind::open_paren) cursor_.expected(Mistake::malformed_optimizer, "`(`");
  cursor_.open();
  auto* list = &result.parameters;
  while (!cursor_.at(TokenKind::close_paren)) {
    if (list == &result.parameters && cursor_.accept(TokenKind::semicolon)) {
      list = &result.hyperparameters;
      continue;
    }
    list->push_back(parameter(*list));
    if (list == &result.parameters && cursor_.at(TokenKind::semicolon)) continue;
    if (!cursor_.accept(TokenKind::comma)) break;
  }
  cursor_.close("`,`");
  const bool plain = std::all_of(result.parameters.begin(), result.parameters.end(),
                                 [](const auto& parameter) { return parameter.value == nullptr; });
  if (result.parameters.size() != 2 || !plain) {
    cursor_.fail(Mistake::malformed_optimizer, cursor_.span_from(open.begin),
                 "an optimizer takes a parameter and its gradient, then `;` and its settings",
                 {"write `optimizer " + result.name.text + "(w, g; eta = 0.01)`"});
  }
  result.body = block(Place::optimizer);
  return result;
}

ast::Input StatementParser::input(bool target) {
  ast::Input result;
  result.target = target;
  result.name = unprimed_name(target ? "a target's name" : "an input's name");
  result.shape = shape(result.name);
  const std::uint32_t end = cursor_.behind().begin;
  if (cursor_.accept(TokenKind::colon)) {
    if (cursor_.at(TokenKind::number) && result.shape.empty()) {
      const Token size = cursor_.peek();
      cursor_.expected(Mistake::unexpected_word, "an element type",
                       replacement("a shape stands in brackets", {&cursor_.file(), end, size.end},
                                   "[" + std::string(cursor_.text(size)) + "]"));
    }
    result.type = element_type();
  }
  if (cursor_.at(TokenKind::assign)) {
    cursor_.expected(Mistake::malformed_statement, "the end of the statement",
                     {"data feeds `" + result.name.text + "`: bind it in `data NAME { ... }`"});
  }
  if (cursor_.at(TokenKind::comma)) {
    cursor_.expected(Mistake::malformed_statement, "the end of the statement",
                     another(target ? "target" : "input"));
  }
  return result;
}

ast::Output StatementParser::output() {
  ast::Output result{expressions_.expression("after `output`")};
  if (cursor_.at(TokenKind::comma))
    cursor_.expected(Mistake::two_statements, "the end of the statement", another("output"));
  return result;
}

ast::Param StatementParser::param() {
  ast::Identifier name = unprimed_name("a parameter's name");
  std::vector<ast::ExpressionPtr> dims = shape(name);
  if (cursor_.at(TokenKind::assign)) {
    cursor_.expected(
        Mistake::malformed_parameter, "`~` and how the parameter begins",
        {{"a fixed value is `" + name.text + " = ...` without `param`"},
         {},
         replacement("a parameter begins with `~`", cursor_.span(cursor_.peek()), "~")});
  }
  cursor_.expect(Mistake::malformed_parameter, TokenKind::tilde, "`~` and how the parameter begins",
                 {"such as `~ zeros` or `~ normal(0, 1)`"});
  ast::ExpressionPtr init = expressions_.expression("after `~`");
  return {std::move(name), std::move(dims), std::move(init)};
}

ast::State StatementParser::state() {
  ast::State result;
  result.name = unprimed_name("a state's name");
  result.shaped = cursor_.at(TokenKind::open_bracket);
  result.shape = shape(result.name);
  cursor_.expect(Mistake::malformed_parameter, TokenKind::assign, "`=` and how the state begins",
                 {"such as `state " + result.name.text + " = zeros`"});
  result.init = expressions_.expression("after `=`");
  return result;
}

ast::For StatementParser::for_loop() {
  ast::For result;
  if (cursor_.at(TokenKind::open_paren))
    cursor_.expected(Mistake::unexpected_word, "a loop's variable", {loop_form});
  result.variable = unprimed_name("a loop's variable");
  cursor_.expect(Mistake::malformed_statement, TokenKind::key_in, "`in`", {loop_form});
  result.range = expressions_.expression("after `in`");
  result.body = block(body_place(place_));
  return result;
}

ast::If StatementParser::if_else() {
  ast::If result;
  result.condition = expressions_.expression("after `if`");
  if (cursor_.at(TokenKind::assign))
    cursor_.expected(Mistake::assignment_as_equality, "`{`", equality(cursor_.peek()));
  result.then = block(body_place(place_));
  // No statement begins with `else`, so it may stand on a line of its own.
  if (cursor_.at(TokenKind::newline) && cursor_.after_next() == TokenKind::key_else) cursor_.next();
  if (!cursor_.accept(TokenKind::key_else)) return result;
  const Token first = cursor_.peek();
  if (first.kind != TokenKind::key_if) {
    result.otherwise = block(body_place(place_));
    return result;
  }
  const Cursor::BlockNesting nesting(cursor_, first);
  cursor_.next();
  result.otherwise.push_back(finish(first, if_else()));
  return result;
}

ast::Metric StatementParser::metric() {
  ast::Metric result;
  if (cursor_.at(TokenKind::name) && cursor_.after_next() == TokenKind::assign) {
    result.name = unprimed_name("a metric's name");
    cursor_.next();
  }
  result.value = expressions_.expression("after `metric`");
  return result;
}

ast::Rewrite StatementParser::rewrite() {
  ast::ExpressionPtr pattern = expressions_.expression("after `rewrite`");
  const std::string form = "a rewrite is `pattern => replacement`";
  const Token found = cursor_.peek();
  cursor_.expect(Mistake::malformed_rewrite, TokenKind::arrow, "`=>`",
                 found.kind == TokenKind::assign ? replacement(form, cursor_.span(found), "=>")
                                                 : Advice{form});
  ast::ExpressionPtr replacement = expressions_.expression("after `=>`");
  return {std::move(pattern), std::move(replacement)};
}

ast::Data StatementParser::data() {
  ast::Data result;
  // The training data's block is called as the keyword is.
  const bool train = cursor_.at(TokenKind::key_train);
  result.name = train ? expressions_.identifier("", true) : unprimed_name("a data block's name");
  result.body = block(Place::data);
  return result;
}

ast::Train StatementParser::train() {
  ast::Train result;
  if (cursor_.at(TokenKind::dot)) {
    cursor_.expected(Mistake::malformed_statement, "`{`",
                     {"keys are set inside `train { key = value }`"});
  }
  braces(Place::train, [&] { result.settings.push_back(setting()); });
  return result;
}

ast::Setting StatementParser::setting() {
  ast::Identifier key = expressions_.identifier("a key", true);
  const std::string form = "settings are `key = value`, one in a line";
  const Token found = cursor_.peek();
  cursor_.expect(
      Mistake::malformed_statement, TokenKind::assign, "`=`",
      found.kind == TokenKind::colon ? replacement(form, cursor_.span(found), " =") : Advice{form});
  ast::ExpressionPtr value = expressions_.expression("after `=`");
  return {std::move(key), std::move(value)};
}

ast::Assert StatementParser::assertion() {
  ast::ExpressionPtr condition = expressions_.expression("after `assert`");
  if (cursor_.at(TokenKind::assign))
    cursor_.expected(Mistake::assignment_as_equality, "a message", equality(cursor_.peek()));
  std::string text =
      message(Mistake::malformed_statement, "a message", {"write `assert condition \"message\"`"});
  return {std::move(condition), std::move(text)};
}

// A name that is being declared; what it stands for has no prime.
ast::Identifier StatementParser::unprimed_name(std::string_view what) {
  ast::Identifier result = expressions_.identifier(what);
  if (result.primed()) {
    cursor_.fail(Mistake::misplaced_prime, result.span,
                 std::string(what) + " cannot end in a prime",
                 {"a prime means the next value of a parameter or a state"});
  }
  return result;
}

std::string StatementParser::message(Mistake mistake, std::string_view what, Advice advice) {
  return string_value(cursor_.text(cursor_.expect(
      mistake, TokenKind::string, std::string(what) + " in quotes", std::move(advice))));
}

std::vector<ast::Parameter> StatementParser::parameters() {
  std::vector<ast::Parameter> result;
  if (!cursor_.at(TokenKind::open_paren)) cursor_.expected(Mistake::malformed_statement, "`(`");
  cursor_.open();
  expressions_.items(TokenKind::close_paren, [&] { result.push_back(parameter(result)); });
  return result;
}

ast::Parameter StatementParser::parameter(const std::vector<ast::Parameter>& before) {
  ast::Parameter result;
  result.name = unprimed_name("a parameter's name");
  for (const ast::Parameter& other : before) {
    if (other.name.text == result.name.text) {
      cursor_.fail(Mistake::repeated_argument, result.name.span,
                   "`" + result.name.text + "` is the name of two parameters",
                   {{"each has a name of its own"}, {{other.name.span, "the first"}}});
    }
  }
  if (cursor_.accept(TokenKind::assign)) {
    result.value = expressions_.expression("after `=`");
  } else if (!before.empty() && before.back().value != nullptr) {
    cursor_.fail(Mistake::argument_order, result.name.span,
                 "`" + result.name.text + "` needs a default too",
                 {"parameters with defaults come last"});
  }
  return result;
}

// The brackets after a declared name; none where they are missing, for a scalar.
std::vector<ast::ExpressionPtr> StatementParser::shape(const ast::Identifier& name) {
  const Token open = cursor_.peek();
  if (open.kind == TokenKind::open_paren) {
    const std::string form = "a shape stands in brackets: `" + name.text + "[n]`";
    const Token close = cursor_.closing(open);
    Advice advice{form};
    if (close.kind == TokenKind::close_paren)
      advice = Fix{form, {{cursor_.span(open), "["}, {cursor_.span(close), "]"}}};
    cursor_.expected(Mistake::malformed_shape, "`[`", std::move(advice));
  }
  if (open.kind != TokenKind::open_bracket) return {};
  std::vector<ast::ExpressionPtr> result = expressions_.expressions_in_brackets();
  if (result.empty()) {
    const Span brackets = cursor_.span_from(open.begin);
    cursor_.fail(Mistake::malformed_shape, brackets, "this shape has no dimensions",
                 replacement("a scalar has no brackets: `" + name.text + "`", brackets, ""));
  }
  return result;
}

DType StatementParser::element_type() {
  const ast::Identifier type = expressions_.identifier("an element type");
  if (type.text == "real") return DType::real;
  if (type.text == "int") return DType::i64;
  if (type.text == "bool") return DType::boolean;
  const bool real = type.text == "float" || type.text == "double";
  const Advice advice = real ? replacement(type.span, "real")
                             : meant(type.text, {"real", "int", "bool"}, type.span,
                                     "the element types are `real`, `int` and `bool`");
  cursor_.fail(Mistake::unknown_element_type, type.span, "unknown element type `" + type.text + "`",
               advice);
}

}  // namespace ebb
