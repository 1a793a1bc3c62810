#include "graph/script/ast.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace ebb::ast {
namespace {

Precedence one_tighter(Precedence precedence) {
  return static_cast<Precedence>(static_cast<std::uint8_t>(precedence) + 1);
}

// Prints one expression. An operand that binds less tightly than its place asks for gets
// parentheses.
class Printer {
 public:
  std::string text;

  void print(const Expression& expression, Precedence lowest) {
    const bool parentheses = precedence(expression) < lowest;
    if (parentheses) text += '(';
    std::visit([this](const auto& node) { print(node); }, expression.node);
    if (parentheses) text += ')';
  }

 private:
  void print(const Number& node) { text += spelling(node.value); }
  void print(const String& node) { text += ast::quoted(node.value); }
  void print(const Boolean& node) { text += node.value ? "true" : "false"; }
  void print(const Name& node) { text += node.text; }

  void print(const List& node) {
    text += '[';
    separated(node.elements, [this](const ExpressionPtr& element) { print(*element); });
    text += ']';
  }

  void print(const Map& node) {
    text += '[';
    separated(node.entries, [this](const Map::Entry& entry) {
      print(*entry.key);
      text += ": ";
      print(*entry.value);
    });
    text += ']';
  }

  void print(const Range& node) {
    print(*node.first, Precedence::additive);
    text += "..";
    print(*node.last, Precedence::additive);
  }

  void print(const Call& node) {
    print(*node.callee, Precedence::postfix);
    text += '(';
    separated(node.arguments, [this](const Argument& argument) {
      if (argument.named()) text += argument.name.text + " = ";
      print(*argument.value);
    });
    text += ')';
  }

  void print(const Index& node) {
    print(*node.object, Precedence::postfix);
    text += '[';
    separated(node.subscripts, [this](const Subscript& subscript) {
      if (subscript.whole()) {
        text += ':';
      } else {
        print(*subscript.value);
      }
    });
    text += ']';
  }

  void print(const Member& node) {
    const bool number = node.object->as<Number>() != nullptr;  // the point would look like its own
    print(*node.object, number ? one_tighter(Precedence::primary) : Precedence::postfix);
    text += "." + node.name.text;
  }

  void print(const Unary& node) {
    text += spelling(node.op);
    if (node.op == UnaryOperator::logical_not) text += ' ';
    print(*node.operand,
          node.op == UnaryOperator::logical_not ? Precedence::logical_not : Precedence::negation);
  }

  void print(const Binary& node) {
    const Precedence own = precedence(node.op);
    const bool power = own == Precedence::power;
    const bool chains = own != Precedence::comparison;
    print(*node.left, power || !chains ? one_tighter(own) : own);
    text += ' ';
    text += spelling(node.op);
    text += ' ';
    print(*node.right, power ? Precedence::negation : one_tighter(own));
  }

  void print(const Expression& expression) { print(expression, Precedence::logical_or); }

  template <class Items, class Print>
  void separated(const Items& items, Print print_item) {
    bool first = true;
    for (const auto& item : items) {
      if (!first) text += ", ";
      first = false;
      print_item(item);
    }
  }
};

}  // namespace

Precedence precedence(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::logical_or:
      return Precedence::logical_or;
    case BinaryOperator::logical_and:
      return Precedence::logical_and;
    case BinaryOperator::equal:
    case BinaryOperator::not_equal:
    case BinaryOperator::less:
    case BinaryOperator::less_equal:
    case BinaryOperator::greater:
    case BinaryOperator::greater_equal:
      return Precedence::comparison;
    case BinaryOperator::add:
    case BinaryOperator::subtract:
      return Precedence::additive;
    case BinaryOperator::multiply:
    case BinaryOperator::hadamard:
    case BinaryOperator::divide:
    case BinaryOperator::divide_elements:
      return Precedence::multiplicative;
    case BinaryOperator::power:
    case BinaryOperator::power_elements:
      return Precedence::power;
  }
  throw InternalError("precedence: no such operator");
}

Precedence precedence(const Expression& expression) {
  if (const auto* binary = expression.as<Binary>()) return precedence(binary->op);
  if (const auto* unary = expression.as<Unary>()) {
    return unary->op == UnaryOperator::negate ? Precedence::negation : Precedence::logical_not;
  }
  if (expression.as<Range>() != nullptr) return Precedence::range;
  const bool postfix = expression.as<Call>() != nullptr || expression.as<Index>() != nullptr ||
                       expression.as<Member>() != nullptr;
  return postfix ? Precedence::postfix : Precedence::primary;
}

std::string_view spelling(UnaryOperator op) { return op == UnaryOperator::negate ? "-" : "not"; }

std::string_view spelling(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::logical_or:
      return "or";
    case BinaryOperator::logical_and:
      return "and";
    case BinaryOperator::equal:
      return "==";
    case BinaryOperator::not_equal:
      return "!=";
    case BinaryOperator::less:
      return "<";
    case BinaryOperator::less_equal:
      return "<=";
    case BinaryOperator::greater:
      return ">";
    case BinaryOperator::greater_equal:
      return ">=";
    case BinaryOperator::add:
      return "+";
    case BinaryOperator::subtract:
      return "-";
    case BinaryOperator::multiply:
      return "*";
    case BinaryOperator::hadamard:
      return ".*";
    case BinaryOperator::divide:
      return "/";
    case BinaryOperator::divide_elements:
      return "./";
    case BinaryOperator::power:
      return "^";
    case BinaryOperator::power_elements:
      return ".^";
  }
  throw InternalError("spelling: no such operator");
}

std::string spelling(double number) {
  std::array<char, 32> digits;
  char* const end = digits.data() + digits.size();
  // Counts such as 100000 are not spelled 1e+05, though that is shorter.
  const bool count = std::abs(number) < 1e15 && std::trunc(number) == number;
  const auto result = count ? std::to_chars(digits.data(), end, number, std::chars_format::fixed)
                            : std::to_chars(digits.data(), end, number);
  return std::string(digits.data(), result.ptr);
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        result += "\\\"";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '\n':
        result += "\\n";
        break;
      case '\t':
        result += "\\t";
        break;
      default:
        result += c;
    }
  }
  return result + '"';
}

std::string to_source(const Expression& expression) {
  Printer printer;
  printer.print(expression, Precedence::logical_or);
  return std::move(printer.text);
}

}  // namespace ebb::ast
