// Operators: on numbers while the script is elaborated, else as nodes of the graph.
#include <array>
#include <cmath>
#include <utility>

#include "graph/script/elaborator.hpp"

namespace ebb::script {

namespace {

using Op = ast::BinaryOperator;

bool is_comparison(Op op) { return op >= Op::equal && op <= Op::greater_equal; }
bool is_logical(Op op) { return op == Op::logical_or || op == Op::logical_and; }

bool compare(Op op, double a, double b) {
  switch (op) {
    case Op::equal:
      return a == b;
    case Op::not_equal:
      return a != b;
    case Op::less:
      return a < b;
    case Op::less_equal:
      return a <= b;
    case Op::greater:
      return a > b;
    case Op::greater_equal:
      return a >= b;
    default:
      throw InternalError("compare: not a comparison");
  }
}

double calculate(Op op, double a, double b) {
  switch (op) {
    case Op::add:
      return a + b;
    case Op::subtract:
      return a - b;
    case Op::multiply:
    case Op::hadamard:
      return a * b;
    case Op::divide:
    case Op::divide_elements:
      return a / b;
    case Op::power:
    case Op::power_elements:
      return std::pow(a, b);
    default:
      throw InternalError("calculate: not arithmetic");
  }
}

constexpr const char* truth_hint = "a comparison such as `n > 0` is one of them";

// Kinds that an operation of the graph takes; the others have no place in one.
bool is_operand(const Item& item) {
  return as<double>(item) || as<bool>(item) || as<Value>(item) || as<ListPtr>(item) ||
         as<Interval>(item) || as<SourcePtr>(item);
}

}  // namespace

const OpDef& Elaborator::operator_op(std::string_view text, Span at) const {
  const OpDef* op = registry_.find_operator(text);
  if (op == nullptr)
    fail(Mistake::operand_kind, at, "no op is registered for `" + std::string(text) + "`");
  return *op;
}

Item Elaborator::unary(const ast::Unary& node) {
  const Operand operand{evaluate(*node.operand), node.operand.get(), "the operand"};
  if (node.op == ast::UnaryOperator::logical_not) {
    if (const auto* truth = as<bool>(operand.item)) return !*truth;
    if (!is_operand(operand.item) || as<double>(operand.item) != nullptr) {
      fail(Mistake::operand_kind, node.op_span,
           "`not` takes true or false, not " + kind_of(operand.item), {truth_hint});
    }
    return apply(operator_op("not", node.op_span), {operand}, {}, node.op_span);
  }
  if (const auto* number = as<double>(operand.item)) return -*number;
  if (!is_operand(operand.item) || as<bool>(operand.item) != nullptr) {
    fail(Mistake::operand_kind, node.op_span,
         "`-` takes numbers and values of the graph, not " + kind_of(operand.item),
         hints_on(operand.item));
  }
  return scaled(operand, -1, node.op_span);
}

Item Elaborator::binary(const ast::Binary& node) {
  Operand left{evaluate_or_poison(*node.left), node.left.get(), "the left side"};
  if (is_logical(node.op) && as<bool>(left.item) != nullptr) return booleans(node, left.item);
  Operand right{evaluate_or_poison(*node.right), node.right.get(), "the right side"};
  if (as<Poison>(left.item) != nullptr || as<Poison>(right.item) != nullptr) throw Poisoned();
  const auto *a = as<double>(left.item), *b = as<double>(right.item);
  if (a != nullptr && b != nullptr) return numbers(node, *a, *b);
  const bool equality = node.op == Op::equal || node.op == Op::not_equal;
  if (equality && comparable(left.item, right.item)) {
    if (const auto* list = as<ListPtr>(left.item)) count_copied(node.op_span, (*list)->elements);
    return equal(left.item, right.item) == (node.op == Op::equal);
  }
  for (const Operand* operand : {&left, &right}) {
    const bool truth = as<bool>(operand->item) != nullptr;
    if (is_operand(operand->item) && (!truth || is_comparison(node.op) || is_logical(node.op))) {
      continue;
    }
    fail(Mistake::operand_kind, node.op_span,
         "`" + std::string(spelling(node.op)) + "` takes numbers and values of the graph, but " +
             std::string(operand->place) + " is " + kind_of(operand->item),
         hints_on(operand->item));
  }
  switch (node.op) {
    case Op::multiply:
      return product(node, std::move(left), std::move(right));
    case Op::hadamard:
      if (a != nullptr) return scaled(right, *a, node.op_span);
      if (b != nullptr) return scaled(left, *b, node.op_span);
      break;
    case Op::divide:
      return quotient(node, std::move(left), std::move(right));
    case Op::power:
    case Op::power_elements:
      return power(node, std::move(left), std::move(right));
    default:
      break;
  }
  return apply(operator_op(spelling(node.op), node.op_span), {std::move(left), std::move(right)},
               {}, node.op_span);
}

Item Elaborator::numbers(const ast::Binary& node, double left, double right) {
  if (is_comparison(node.op)) return compare(node.op, left, right);
  const auto shown = [&] {
    const std::string base = ast::spelling(left);
    return (left < 0 ? "(" + base + ")" : base) + " " + std::string(spelling(node.op)) + " " +
           ast::spelling(right);
  };
  if (is_logical(node.op)) {
    fail(Mistake::operand_kind, node.op_span,
         "`" + std::string(spelling(node.op)) + "` takes true or false, not numbers", {truth_hint});
  }
  const double result = calculate(node.op, left, right);
  if (std::isfinite(result)) return result;
  const bool division = node.op == Op::divide || node.op == Op::divide_elements;
  if (division && right == 0)
    fail(Mistake::outside_domain, node.op_span, shown() + " divides by zero");
  fail(Mistake::outside_domain, node.op_span,
       shown() + (std::isnan(result) ? " is not a real number" : " is too large"));
}

// `and` and `or` with a boolean on the left look at the right side only if it matters.
Item Elaborator::booleans(const ast::Binary& node, const Item& left) {
  const bool truth = std::get<bool>(left);
  if (truth == (node.op == Op::logical_or)) return truth;
  Item right = evaluate(*node.right);
  if (as<bool>(right) != nullptr || as<Value>(right) != nullptr) return right;
  fail(Mistake::operand_kind, node.op_span,
       "`" + std::string(spelling(node.op)) + "` takes true or false, but the right side is " +
           kind_of(right));
}

Value Elaborator::operand_value(const Operand& operand, Span at) {
  return to_value(operand, 0, false, "an operation", at);
}

// The operand times a number. Whole numbers stay whole.
Value Elaborator::scaled(const Operand& operand, double factor, Span at) {
  const Value value = operand_value(operand, at);
  const Operand named{value, operand.source, operand.place};
  if (model_.graph.type(value).dtype == DType::i64 && is_whole(factor)) {
    return add_node(*registry_.core().mul, {named, {factor, nullptr, nullptr}}, {}, at);
  }
  return add_node(*registry_.core().scale, {named}, {{"factor", factor}}, at);
}

// `*` is the matrix product, or scaling where one side is a scalar.
Item Elaborator::product(const ast::Binary& node, Operand left, Operand right) {
  if (const auto* number = as<double>(left.item)) return scaled(right, *number, node.op_span);
  if (const auto* number = as<double>(right.item)) return scaled(left, *number, node.op_span);
  left.item = operand_value(left, node.op_span);
  right.item = operand_value(right, node.op_span);
  const auto is_scalar = [this](const Operand& operand) {
    return model_.graph.type(std::get<Value>(operand.item)).shape.is_scalar();
  };
  const auto& core = registry_.core();
  const OpDef& op = is_scalar(left) || is_scalar(right) ? *core.mul : *core.matmul;
  return add_node(op, {std::move(left), std::move(right)}, {}, node.op_span);
}

// `/` divides by a scalar.
Item Elaborator::quotient(const ast::Binary& node, Operand left, Operand right) {
  if (as<double>(right.item) == nullptr) {
    right.item = operand_value(right, node.op_span);
    const Shape& shape = model_.graph.type(std::get<Value>(right.item)).shape;
    if (!shape.is_scalar()) {
      fail(Mistake::needs_elementwise, node.op_span,
           "`/` divides by a scalar, but " + operand_name(right, 1) + " is " + to_string(shape),
           Advice{{},
                  declarations({right}, node.op_span),
                  replacement("`./` divides element by element", node.op_span, "./")});
    }
  } else if (std::get<double>(right.item) == 0) {
    fail(Mistake::outside_domain, node.op_span, "division by zero");
  }
  return apply(operator_op(spelling(Op::divide_elements), node.op_span),
               {std::move(left), std::move(right)}, {}, node.op_span);
}

// A whole constant exponent makes the op that is exact for negative bases too.
Item Elaborator::power(const ast::Binary& node, Operand left, Operand right) {
  const Span at = node.op_span;
  if (node.op == Op::power) {
    for (Operand* operand : {&left, &right}) {
      if (as<double>(operand->item) != nullptr) continue;
      operand->item = operand_value(*operand, at);
      const Shape& shape = model_.graph.type(std::get<Value>(operand->item)).shape;
      if (shape.is_scalar()) continue;
      fail(Mistake::needs_elementwise, at,
           "`^` takes scalars, but " + operand_name(*operand, operand == &left ? 0 : 1) + " is " +
               to_string(shape),
           Advice{{},
                  declarations({*operand}, at),
                  replacement("`.^` works element by element", at, ".^")});
    }
  }
  const auto* exponent = as<double>(right.item);
  if (exponent != nullptr && is_whole(*exponent)) {
    return apply(registry_.get("power"), {std::move(left)}, {{"n", *exponent}}, at);
  }
  return apply(operator_op(spelling(Op::power_elements), at), {std::move(left), std::move(right)},
               {}, at);
}

}  // namespace ebb::script
