// How each statement is read, behind its keyword.
#include <algorithm>
#include <utility>

#include "graph/script/statement_parser.hpp"

namespace ebb {

ast::Option StatementParser::option() {
  ast::Identifier name = unprimed_name("an option's name");
  cursor_.expect(TokenKind::assign, "`=`", {"an option is `option NAME = VALUE \"help\"`"});
  ast::ExpressionPtr value = expressions_.expression("after `=`");
  std::string help = message("a help text", {"say what the option is for: `option " + name.text +
                                             " = " + to_source(*value) + " \"...\"`"});
  return {std::move(name), std::move(value), std::move(help)};
}

ast::Include StatementParser::include() {
  const Token path =
      cursor_.expect(TokenKind::string, "a file name in quotes", {"write `include \"file.ebb\"`"});
  return {string_value(cursor_.text(path)), cursor_.span(path)};
}

ast::Use StatementParser::use() {
  if (cursor_.at(TokenKind::string)) {
    cursor_.expected("a plugin's name", {"a script names a plugin, not its file: `use NAME`"});
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
  cursor_.expect(TokenKind::assign, "`=` or `{`");
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
  if (open.kind != TokenKind::open_paren) cursor_.expected("`(`");
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
    cursor_.fail(cursor_.span_from(open.begin),
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
  if (cursor_.accept(TokenKind::colon)) result.type = element_type();
  if (cursor_.at(TokenKind::assign)) {
    cursor_.expected("the end of the statement",
                     {"data feeds `" + result.name.text + "`: bind it in `data NAME { ... }`"});
  }
  if (cursor_.at(TokenKind::comma)) {
    cursor_.expected("the end of the statement",
                     {"each has a statement of its own, in a line or after `;`"});
  }
  return result;
}

ast::Param StatementParser::param() {
  ast::Identifier name = unprimed_name("a parameter's name");
  std::vector<ast::ExpressionPtr> dims = shape(name);
  if (cursor_.at(TokenKind::assign)) {
    cursor_.expected("`~` and how the parameter begins",
                     {"a constant start is `~ constant(c)`; a fixed value is `" + name.text +
                      " = ...` without `param`"});
  }
  cursor_.expect(TokenKind::tilde, "`~` and how the parameter begins",
                 {"such as `~ zeros` or `~ normal(0, 1)`"});
  ast::ExpressionPtr init = expressions_.expression("after `~`");
  return {std::move(name), std::move(dims), std::move(init)};
}

ast::State StatementParser::state() {
  ast::State result;
  result.name = unprimed_name("a state's name");
  result.shaped = cursor_.at(TokenKind::open_bracket);
  result.shape = shape(result.name);
  cursor_.expect(TokenKind::assign, "`=` and how the state begins",
                 {"such as `state " + result.name.text + " = zeros`"});
  result.init = expressions_.expression("after `=`");
  return result;
}

ast::For StatementParser::for_loop() {
  ast::For result;
  result.variable = unprimed_name("a loop's variable");
  cursor_.expect(TokenKind::key_in, "`in`", {"loops are `for i in 0..n { ... }`"});
  result.range = expressions_.expression("after `in`");
  result.body = block(body_place(place_));
  return result;
}

ast::If StatementParser::if_else() {
  ast::If result;
  result.condition = expressions_.expression("after `if`");
  if (cursor_.at(TokenKind::assign)) cursor_.expected("`{`", {"equality is `==`"});
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
  cursor_.expect(TokenKind::arrow, "`=>`", {"a rewrite is `pattern => replacement`"});
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
    cursor_.expected("`{`", {"keys are set inside `train { key = value }`"});
  }
  braces(Place::train, [&] { result.settings.push_back(setting()); });
  return result;
}

ast::Setting StatementParser::setting() {
  ast::Identifier key = expressions_.identifier("a key", true);
  cursor_.expect(TokenKind::assign, "`=`", {"settings are `key = value`, one in a line"});
  ast::ExpressionPtr value = expressions_.expression("after `=`");
  return {std::move(key), std::move(value)};
}

ast::Assert StatementParser::assertion() {
  ast::ExpressionPtr condition = expressions_.expression("after `assert`");
  if (cursor_.at(TokenKind::assign)) cursor_.expected("a message", {"equality is `==`"});
  std::string text = message("a message", {"write `assert condition \"message\"`"});
  return {std::move(condition), std::move(text)};
}

// A name that is being declared; what it stands for has no prime.
ast::Identifier StatementParser::unprimed_name(std::string_view what) {
  ast::Identifier result = expressions_.identifier(what);
  if (result.primed()) {
    cursor_.fail(result.span, std::string(what) + " cannot end in a prime",
                 {"a prime means the next value of a parameter or a state"});
  }
  return result;
}

std::string StatementParser::message(std::string_view what, std::vector<std::string> hints) {
  return string_value(cursor_.text(
      cursor_.expect(TokenKind::string, std::string(what) + " in quotes", std::move(hints))));
}

std::vector<ast::Parameter> StatementParser::parameters() {
  std::vector<ast::Parameter> result;
  if (!cursor_.at(TokenKind::open_paren)) cursor_.expected("`(`");
  cursor_.open();
  expressions_.items(TokenKind::close_paren, [&] { result.push_back(parameter(result)); });
  return result;
}

ast::Parameter StatementParser::parameter(const std::vector<ast::Parameter>& before) {
  ast::Parameter result;
  result.name = unprimed_name("a parameter's name");
  for (const ast::Parameter& other : before) {
    if (other.name.text == result.name.text) {
      cursor_.fail(result.name.span, "`" + result.name.text + "` is the name of two parameters");
    }
  }
  if (cursor_.accept(TokenKind::assign)) {
    result.value = expressions_.expression("after `=`");
  } else if (!before.empty() && before.back().value != nullptr) {
    cursor_.fail(result.name.span, "`" + result.name.text + "` needs a default too",
                 {"parameters with defaults come last"});
  }
  return result;
}

// The brackets after a declared name; none where they are missing, for a scalar.
std::vector<ast::ExpressionPtr> StatementParser::shape(const ast::Identifier& name) {
  const Token open = cursor_.peek();
  if (open.kind == TokenKind::open_paren) {
    cursor_.expected("`[`", {"a shape stands in brackets: `" + name.text + "[n]`"});
  }
  if (open.kind != TokenKind::open_bracket) return {};
  std::vector<ast::ExpressionPtr> result = expressions_.expressions_in_brackets();
  if (result.empty()) {
    cursor_.fail(cursor_.span_from(open.begin), "this shape has no dimensions",
                 {"a scalar has no brackets: `" + name.text + "`"});
  }
  return result;
}

DType StatementParser::element_type() {
  const ast::Identifier type = expressions_.identifier("an element type");
  if (type.text == "real") return DType::real;
  if (type.text == "int") return DType::i64;
  if (type.text == "bool") return DType::boolean;
  cursor_.fail(type.span, "unknown element type `" + type.text + "`",
               {"the element types are `real`, `int` and `bool`"});
}

}  // namespace ebb
