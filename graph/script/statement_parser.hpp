// Tokens to statements, by recursive descent. Each statement recovers from its own errors.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/script/ast.hpp"
#include "graph/script/cursor.hpp"
#include "graph/script/expression_parser.hpp"
#include "graph/script/placement.hpp"

namespace ebb {

class StatementParser {
 public:
  StatementParser(Cursor& cursor, Diagnostics& diagnostics)
      : cursor_(cursor), expressions_(cursor), diagnostics_(diagnostics) {}

  // Reads statements to the end of the text.
  ast::Block script();

 private:
  // Thrown, once the reason is reported, where nothing that follows can be understood.
  struct Stop {};

  void statements_until_end(ast::Block& block);
  void recovering(const std::function<void()>& parse);
  void report(const SyntaxError& error);
  void skip_separators();
  void expect_end();
  ast::Block block(Place place);
  void braces(Place place, const std::function<void()>& item);
  bool misses_brace_before(const Token& keyword, const Token& open);
  void report_unclosed(const Token& open, Advice advice);
  Advice equality(const Token& assign) const;
  Advice separator(const Token& comma);
  Advice second(const Token& following);
  std::size_t column(const Token& token) const;
  std::size_t indentation(const Token& token) const;

  ast::Statement statement();
  // The statement that began with `first` and ends here.
  template <class Node>
  ast::Statement finish(const Token& first, Node node) {
    return {cursor_.span_from(first.begin), cursor_.span(first), std::move(node)};
  }
  void check_placement(const Token& keyword);

  ast::Statement name_statement();
  ast::Statement assignment();
  [[noreturn]] void expression_statement();

  // foreign_statements.cpp
  [[noreturn]] void unknown_word(const Token& word);
  void check_step(const Token& name);
  void check_lambda(const Token& name);
  void check_hyphens(const ast::Identifier& name);
  Fix without_sign(const std::string& word, const Token& keyword, const Token& sign) const;
  Advice another(const std::string& keyword);

  ast::Option option();
  ast::Include include();
  ast::Use use();
  ast::Def def();
  ast::Layer layer();
  ast::Optimizer optimizer();
  ast::Input input(bool target);
  ast::Param param();
  ast::State state();
  ast::For for_loop();
  ast::If if_else();
  ast::Metric metric();
  ast::Output output();
  ast::Rewrite rewrite();
  ast::Data data();
  ast::Train train();
  ast::Setting setting();
  ast::Assert assertion();

  ast::Identifier unprimed_name(std::string_view what);
  std::string message(Mistake mistake, std::string_view what, Advice advice);
  std::vector<ast::Parameter> parameters();
  ast::Parameter parameter(const std::vector<ast::Parameter>& before);
  std::vector<ast::ExpressionPtr> shape(const ast::Identifier& name);
  DType element_type();

  Cursor& cursor_;
  ExpressionParser expressions_;
  Diagnostics& diagnostics_;
  Place place_ = Place::top;
  // The first `}` whose column does not agree with its `{`: a hint where braces do not balance.
  std::vector<Label> crooked_;
};

}  // namespace ebb
