// What the parser says where an expression is missing.
#include <algorithm>
#include <array>
#include <string>

#include "graph/script/expression_parser.hpp"
#include "graph/script/token.hpp"

namespace ebb {

// A plus before an operand says nothing; of `x++` too little would remain.
Advice ExpressionParser::needless_sign(const Token& plus) {
  constexpr std::array operands{TokenKind::name, TokenKind::number, TokenKind::open_paren,
                                TokenKind::open_bracket};
  const bool doubled = plus.begin > 0 && cursor_.file().text()[plus.begin - 1] == '+';
  if (doubled) return {"there is no `++`: write `x = x + 1`"};
  if (std::ranges::find(operands, cursor_.after_next()) == operands.end())
    return {"a sign is `-` or nothing"};
  return replacement("a sign is `-` or nothing", cursor_.span(plus), "");
}

void ExpressionParser::expected_expression(std::string_view where) {
  Advice advice;
  const Token found = cursor_.peek();
  const std::string range_hint = "a range has two ends: `0..n`";
  if (where == "after `..`") advice = {range_hint};
  switch (found.kind) {
    case TokenKind::plus:
      advice = needless_sign(found);
      break;
    case TokenKind::range:
      advice = {range_hint};
      break;
    case TokenKind::open_brace:
      advice = {"a list is written `[a, b]`"};
      break;
    case TokenKind::comma:
      if (where == "or `:`")
        advice = replacement("a whole dimension is `:`", cursor_.behind(), ":");
      break;
    case TokenKind::dot:
      if (cursor_.after_next() == TokenKind::number)
        advice = replacement("a number's point needs a digit before it: `0.5`", cursor_.span(found),
                             "0.");
      break;
    case TokenKind::newline:
      advice = {"an expression goes on in the next line only inside ( ) or [ ]"};
      break;
    default:
      if (is_keyword(found.kind)) advice = {"a keyword cannot name a value"};
  }
  cursor_.expected(Mistake::missing_expression,
                   "an expression" + (where.empty() ? "" : " " + std::string(where)),
                   std::move(advice));
}

}  // namespace ebb
