#include "graph/script/expression_parser.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "graph/script/characters.hpp"
#include "graph/script/token.hpp"

namespace ebb {
namespace {

using ast::BinaryOperator;
using Draft = std::unique_ptr<ast::Expression>;
using ast::Precedence;

std::optional<BinaryOperator> binary_operator(TokenKind kind) {
  switch (kind) {
    case TokenKind::key_or:
      return BinaryOperator::logical_or;
    case TokenKind::key_and:
      return BinaryOperator::logical_and;
    case TokenKind::equal:
      return BinaryOperator::equal;
    case TokenKind::not_equal:
      return BinaryOperator::not_equal;
    case TokenKind::less:
      return BinaryOperator::less;
    case TokenKind::less_equal:
      return BinaryOperator::less_equal;
    case TokenKind::greater:
      return BinaryOperator::greater;
    case TokenKind::greater_equal:
      return BinaryOperator::greater_equal;
    case TokenKind::plus:
      return BinaryOperator::add;
    case TokenKind::minus:
      return BinaryOperator::subtract;
    case TokenKind::star:
      return BinaryOperator::multiply;
    case TokenKind::dot_star:
      return BinaryOperator::hadamard;
    case TokenKind::slash:
      return BinaryOperator::divide;
    case TokenKind::dot_slash:
      return BinaryOperator::divide_elements;
    case TokenKind::caret:
      return BinaryOperator::power;
    case TokenKind::dot_caret:
      return BinaryOperator::power_elements;
    default:
      return std::nullopt;
  }
}

// How tightly the operation of this token binds; nothing for tokens that go on no operation. Powers
// are not among them: they are part of an operand.
std::optional<Precedence> operation_precedence(TokenKind kind) {
  if (kind == TokenKind::range) return Precedence::range;
  const auto op = binary_operator(kind);
  if (!op || precedence(*op) == Precedence::power) return std::nullopt;
  return precedence(*op);
}

Precedence one_tighter(Precedence precedence) {
  return static_cast<Precedence>(static_cast<std::uint8_t>(precedence) + 1);
}

std::uint32_t higher(const ast::Expression& a, const ast::Expression& b) {
  return std::max(a.height, b.height);
}

}  // namespace

ast::ExpressionPtr ExpressionParser::expression(std::string_view where) {
  return operation(Precedence::logical_or, where);
}

std::vector<ast::ExpressionPtr> ExpressionParser::expressions_in_brackets() {
  std::vector<ast::ExpressionPtr> result;
  cursor_.open();
  items(TokenKind::close_bracket, [&] { result.push_back(expression()); });
  return result;
}

ast::Identifier ExpressionParser::identifier(std::string_view what, bool keywords) {
  const Token token = cursor_.peek();
  const bool keyword = is_keyword(token.kind);
  if (keyword && !keywords) {
    cursor_.fail(
        Mistake::keyword_as_name, cursor_.span(token),
        backticked(cursor_.text(token)) + " is a keyword and cannot be " + std::string(what),
        {"choose another name"});
  }
  if (token.kind != TokenKind::name && !keyword) cursor_.expected(Mistake::unexpected_word, what);
  cursor_.next();
  return {normalized(cursor_.text(token)), cursor_.span(token)};
}

// Operations of at least the precedence `lowest`; those of one precedence group to the left.
Draft ExpressionParser::operation(Precedence lowest, std::string_view where) {
  Draft left = cursor_.at(TokenKind::key_not) ? logical_not(lowest) : unary(where);
  for (;;) {
    const Token op = cursor_.peek();
    const auto own = operation_precedence(op.kind);
    if (!own || *own < lowest) return left;
    cursor_.next();
    left = binary(std::move(left), op,
                  operation(one_tighter(*own), "after " + backticked(cursor_.text(op))));
    const bool chains = *own != Precedence::comparison && *own != Precedence::range;
    const Token following = cursor_.peek();
    if (!chains && operation_precedence(following.kind) == own) {
      const bool ranges = *own == Precedence::range;
      cursor_.fail(Mistake::chained_operation, cursor_.span(following),
                   ranges ? "a range has two ends" : "comparisons cannot be chained",
                   {ranges ? "write `first..last`" : "join them with `and`: `a < b and b < c`"});
    }
  }
}

Draft ExpressionParser::logical_not(Precedence lowest) {
  const Cursor::Nesting nesting(cursor_, cursor_.peek());
  const Token op = cursor_.next();
  if (lowest > Precedence::logical_not) {
    cursor_.fail(Mistake::chained_operation, cursor_.span(op),
                 "`not` binds less tightly than the operation it stands in",
                 {"put it in parentheses: `(not x)`"});
  }
  Draft operand = operation(Precedence::logical_not, "after `not`");
  const std::uint32_t height = operand->height;
  return make(op.begin,
              ast::Unary{ast::UnaryOperator::logical_not, cursor_.span(op), std::move(operand)},
              height);
}

Draft ExpressionParser::unary(std::string_view where) {
  if (!cursor_.at(TokenKind::minus)) return power(where);
  const Cursor::Nesting nesting(cursor_, cursor_.peek());
  const Token op = cursor_.next();
  Draft operand = unary("after `-`");
  const std::uint32_t height = operand->height;
  return make(op.begin,
              ast::Unary{ast::UnaryOperator::negate, cursor_.span(op), std::move(operand)}, height);
}

Draft ExpressionParser::power(std::string_view where) {
  Draft base = postfix(where);
  const Token op = cursor_.peek();
  if (op.kind != TokenKind::caret && op.kind != TokenKind::dot_caret) return base;
  const Cursor::Nesting nesting(cursor_, cursor_.peek());
  cursor_.next();
  return binary(std::move(base), op, unary("after " + backticked(cursor_.text(op))));
}

Draft ExpressionParser::binary(Draft left, const Token& op, Draft right) {
  const std::uint32_t begin = left->span.begin, height = higher(*left, *right);
  if (op.kind == TokenKind::range) {
    return make(begin, ast::Range{std::move(left), std::move(right)}, height);
  }
  return make(begin,
              ast::Binary{binary_operator(op.kind).value(), cursor_.span(op), std::move(left),
                          std::move(right)},
              height);
}

Draft ExpressionParser::postfix(std::string_view where) {
  Draft result = primary(where);
  for (;;) {
    switch (cursor_.peek().kind) {
      case TokenKind::open_paren:
        result = call(std::move(result));
        break;
      case TokenKind::open_bracket:
        result = index(std::move(result));
        break;
      case TokenKind::dot:
        result = member(std::move(result));
        break;
      default:
        return result;
    }
  }
}

Draft ExpressionParser::primary(std::string_view where) {
  const Token token = cursor_.peek();
  const std::string_view text = cursor_.text(token);
  switch (token.kind) {
    case TokenKind::open_paren:
      return parenthesized();
    case TokenKind::open_bracket:
      return list_or_map();
    case TokenKind::name:
      cursor_.next();
      return make(token.begin, ast::Name{normalized(text)});
    case TokenKind::number:
      cursor_.next();
      return make(token.begin, ast::Number{number_value(text)});
    case TokenKind::string:
      cursor_.next();
      return make(token.begin, ast::String{string_value(text)});
    case TokenKind::key_true:
    case TokenKind::key_false:
      cursor_.next();
      return make(token.begin, ast::Boolean{token.kind == TokenKind::key_true});
    default:
      expected_expression(where);
  }
}

Draft ExpressionParser::parenthesized() {
  const Cursor::Nesting nesting(cursor_, cursor_.peek());
  const Token open = cursor_.open();
  Draft result = operation(Precedence::logical_or, "after `(`");
  const Token following = cursor_.peek();
  Advice advice;
  if (following.kind == TokenKind::assign)
    advice = replacement("equality is `==`", cursor_.span(following), "==");
  if (following.kind == TokenKind::name || following.kind == TokenKind::number)
    advice = {"a product is `a * b`, a list is `[a, b]`"};
  cursor_.close("", std::move(advice));
  result->span = cursor_.span_from(open.begin);
  return result;
}

Draft ExpressionParser::list_or_map() {
  const Cursor::Nesting nesting(cursor_, cursor_.peek());
  const Token open = cursor_.open();
  ast::List list;
  std::uint32_t height = 0;
  if (!cursor_.at(TokenKind::close_bracket)) {
    Draft first = operation(Precedence::logical_or, "or `]`");
    if (cursor_.at(TokenKind::colon)) return map(open, std::move(first));
    height = first->height;
    list.elements.push_back(std::move(first));
    if (!cursor_.accept(TokenKind::comma)) {
      cursor_.close("`,`");
      return make(open.begin, std::move(list), height);
    }
  }
  items(TokenKind::close_bracket, [&] {
    list.elements.push_back(expression());
    height = std::max(height, list.elements.back()->height);
  });
  return make(open.begin, std::move(list), height);
}

// The cursor stands at the colon after the first key.
Draft ExpressionParser::map(const Token& open, Draft first_key) {
  ast::Map map;
  std::uint32_t height = 0;
  ast::ExpressionPtr key = std::move(first_key);
  items(TokenKind::close_bracket, [&] {
    if (key == nullptr) key = expression();
    cursor_.expect(Mistake::unexpected_word, TokenKind::colon, "`:` after the key");
    ast::ExpressionPtr value = expression("after `:`");
    height = std::max(height, higher(*key, *value));
    map.entries.push_back({std::move(key), std::move(value)});
  });
  return make(open.begin, std::move(map), height);
}

Draft ExpressionParser::call(Draft callee) {
  const Cursor::Nesting nesting(cursor_, cursor_.peek());
  if (callee->as<ast::Number>() != nullptr) {
    const Span open = cursor_.span(cursor_.peek());
    const Span between{open.file, open.begin, open.begin};
    cursor_.fail(Mistake::not_callable, callee->span, "a number cannot be called",
                 replacement("a product is `" + to_source(*callee) + " * (...)`", between, " * "));
  }
  ast::Call call;
  std::uint32_t height = callee->height;
  const std::uint32_t begin = callee->span.begin;
  cursor_.open();
  items(TokenKind::close_paren, [&] {
    call.arguments.push_back(argument(call.arguments));
    height = std::max(height, call.arguments.back().value->height);
  });
  call.callee = std::move(callee);
  return make(begin, std::move(call), height);
}

ast::Argument ExpressionParser::argument(const std::vector<ast::Argument>& before) {
  ast::Argument result;
  const Token first = cursor_.peek();
  if (first.kind == TokenKind::name && cursor_.after_next() == TokenKind::assign) {
    result.name = identifier("an argument's name");
    cursor_.next();
    for (const ast::Argument& other : before) {
      if (other.name.text == result.name.text) {
        cursor_.fail(Mistake::repeated_argument, result.name.span,
                     backticked(result.name.text) + " is given twice",
                     {{"take one of them out"}, {{other.span, "the first"}}});
      }
    }
    result.value = expression("after `=`");
  } else {
    result.value = expression("or `)`");
    if (!before.empty() && before.back().named()) {
      cursor_.fail(Mistake::argument_order, result.value->span,
                   "a positional argument stands after a named one",
                   {"positional arguments come first"});
    }
  }
  result.span = cursor_.span_from(first.begin);
  return result;
}

Draft ExpressionParser::index(Draft object) {
  const Cursor::Nesting nesting(cursor_, cursor_.peek());
  ast::Index index;
  std::uint32_t height = object->height;
  const std::uint32_t begin = object->span.begin;
  const Token open = cursor_.open();
  items(TokenKind::close_bracket, [&] {
    index.subscripts.push_back(subscript());
    const auto& value = index.subscripts.back().value;
    if (value != nullptr) height = std::max(height, value->height);
  });
  if (index.subscripts.empty()) {
    cursor_.fail(Mistake::malformed_subscript, cursor_.span_from(open.begin), "an index is missing",
                 {"`x[3]`, `x[0..10]` and `x[:, t]` are such"});
  }
  index.object = std::move(object);
  return make(begin, std::move(index), height);
}

ast::Subscript ExpressionParser::subscript() {
  const std::string slice = "a slice is `x[first..last]`";
  const auto takes_no_ends = [&](const Token& colon, Advice advice) {
    cursor_.fail(Mistake::malformed_subscript, cursor_.span(colon),
                 "`:` stands for a whole dimension and takes no ends", std::move(advice));
  };
  const Token first = cursor_.peek();
  if (cursor_.accept(TokenKind::colon)) {
    if (cursor_.at(TokenKind::colon)) takes_no_ends(first, {slice + ", without a step"});
    if (!cursor_.at(TokenKind::comma) && !cursor_.at(TokenKind::close_bracket))
      takes_no_ends(first, replacement(slice, cursor_.span(first), "0.."));
    return {cursor_.span(first), nullptr};
  }
  ast::ExpressionPtr value = expression("or `:`");
  const Token following = cursor_.peek();
  if (following.kind == TokenKind::colon) {
    const TokenKind last = cursor_.after_next();
    const bool ends = last != TokenKind::close_bracket && last != TokenKind::comma;
    takes_no_ends(following,
                  ends ? replacement(slice, cursor_.span(following), "..") : Advice{slice});
  }
  return {value->span, std::move(value)};
}

Draft ExpressionParser::member(Draft object) {
  if (object->as<ast::Number>() != nullptr) {
    const Span point = cursor_.span(cursor_.peek());
    const std::string text = "write `" + to_source(*object) + ".0`";
    const bool named = cursor_.after_next() == TokenKind::name;
    cursor_.fail(Mistake::malformed_number, point, "a number's point needs a digit after it",
                 named ? Advice{text} : replacement(text, point, ".0"));
  }
  const std::uint32_t begin = object->span.begin, height = object->height;
  cursor_.next();
  ast::Identifier name = identifier("a name after `.`", true);
  return make(begin, ast::Member{std::move(object), std::move(name)}, height);
}

}  // namespace ebb
