// Tokens to expressions, by recursive descent.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/script/ast.hpp"
#include "graph/script/cursor.hpp"

namespace ebb {

class ExpressionParser {
 public:
  explicit ExpressionParser(Cursor& cursor) : cursor_(cursor) {}

  // Reads one expression; `where` says what it belongs to in errors: "after `=`".
  ast::ExpressionPtr expression(std::string_view where = "");
  // [n, size(x)], the cursor being at the bracket.
  std::vector<ast::ExpressionPtr> expressions_in_brackets();
  // Takes a token that is a name, or with `keywords` also a keyword.
  ast::Identifier identifier(std::string_view what, bool keywords = false);

  // Calls `item` for each of a list's comma-separated items, up to and with the closing bracket.
  template <class Item>
  void items(TokenKind closer, Item item) {
    while (!cursor_.at(closer)) {
      item();
      if (!cursor_.accept(TokenKind::comma)) break;
    }
    cursor_.close("`,`");
  }

 private:
  // An expression whose span may still grow by parentheses.
  using Draft = std::unique_ptr<ast::Expression>;

  Draft operation(ast::Precedence lowest, std::string_view where);
  Draft logical_not(ast::Precedence lowest);
  Draft unary(std::string_view where);
  Draft power(std::string_view where);
  Draft postfix(std::string_view where);
  Draft primary(std::string_view where);
  Draft parenthesized();
  Draft list_or_map();
  Draft map(const Token& open, Draft first_key);
  Draft call(Draft callee);
  ast::Argument argument(const std::vector<ast::Argument>& before);
  Draft index(Draft object);
  ast::Subscript subscript();
  Draft member(Draft object);
  Draft binary(Draft left, const Token& op, Draft right);
  [[noreturn]] void expected_expression(std::string_view where);
  Advice needless_sign(const Token& plus);

  // A node from `begin` to the last token taken, its children at most `below` high.
  template <class Node>
  Draft make(std::uint32_t begin, Node node, std::uint32_t below = 0) {
    const Span span = cursor_.span_from(begin);
    cursor_.check_height(below + 1, span);
    auto result = std::make_unique<ast::Expression>();
    result->span = span;
    result->node = std::move(node);
    result->height = below + 1;
    return result;
  }

  Cursor& cursor_;
};

}  // namespace ebb
