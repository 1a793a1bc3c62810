#include "graph/script/patterns.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "graph/core/diagnostic.hpp"
#include "graph/script/item.hpp"
#include "graph/script/mistake.hpp"

namespace ebb::script {

namespace {

[[noreturn]] void fail(Mistake mistake, Span at, std::string message, Advice advice = {}) {
  throw UserError(make_diagnostic(mistake, at, std::move(message), std::move(advice)));
}

// Makes patterns of expressions. Names that are not called are variables.
class PatternMaker {
 public:
  explicit PatternMaker(const OpRegistry& registry) : registry_(registry) {}

  Pattern operator()(const ast::Expression& expression) const {
    if (const auto* node = expression.as<ast::Name>()) return variable(node->text, expression.span);
    if (const auto* node = expression.as<ast::Number>())
      return number(node->value, expression.span);
    if (const auto* node = expression.as<ast::Unary>()) return unary(*node);
    if (const auto* node = expression.as<ast::Binary>()) return binary(*node);
    if (const auto* node = expression.as<ast::Call>()) return call(*node, expression.span);
    if (const auto* node = expression.as<ast::Member>(); node && node->name.text == "T") {
      return made(registry_.core().transpose, {(*this)(*node->object)}, {}, node->name.span);
    }
    fail(Mistake::malformed_rewrite, expression.span,
         "a rewrite is made of names, numbers, operators and ops");
  }

 private:
  static Pattern variable(const std::string& name, Span at) {
    Pattern pattern;
    pattern.variable = name;
    pattern.span = at;
    return pattern;
  }

  static Pattern number(double value, Span at) {
    Pattern pattern;
    pattern.kind = Pattern::Kind::number;
    pattern.number = value;
    pattern.span = at;
    return pattern;
  }

  static Pattern made(const OpDef* op, std::vector<Pattern> arguments, NamedAttrs attrs, Span at) {
    Pattern pattern;
    pattern.kind = Pattern::Kind::call;
    pattern.op = op;
    pattern.attrs = std::move(attrs);
    pattern.arguments = std::move(arguments);
    pattern.span = at;
    return pattern;
  }

  Pattern scaled(Pattern pattern, double factor, Span at) const {
    if (pattern.kind == Pattern::Kind::number) return number(factor * pattern.number, at);
    return made(registry_.core().scale, {std::move(pattern)}, {{"factor", factor}}, at);
  }

  Pattern by_operator(std::string_view text, std::vector<Pattern> arguments, Span at) const {
    const OpDef* op = registry_.find_operator(text);
    if (op == nullptr)
      fail(Mistake::malformed_rewrite, at, "no op is registered for `" + std::string(text) + "`");
    return made(op, std::move(arguments), {}, at);
  }

  Pattern unary(const ast::Unary& node) const {
    Pattern operand = (*this)(*node.operand);
    if (node.op == ast::UnaryOperator::negate) return scaled(std::move(operand), -1, node.op_span);
    return by_operator("not", {std::move(operand)}, node.op_span);
  }

  // As the elaborator does where it knows no types: `*` of two values is the matrix product.
  Pattern binary(const ast::Binary& node) const {
    using Op = ast::BinaryOperator;
    const Span at = node.op_span;
    Pattern left = (*this)(*node.left), right = (*this)(*node.right);
    const bool left_number = left.kind == Pattern::Kind::number;
    const bool right_number = right.kind == Pattern::Kind::number;
    switch (node.op) {
      case Op::multiply:
      case Op::hadamard:
        if (left_number) return scaled(std::move(right), left.number, at);
        if (right_number) return scaled(std::move(left), right.number, at);
        if (node.op == Op::hadamard) break;
        return made(registry_.core().matmul, {std::move(left), std::move(right)}, {}, at);
      case Op::divide:
        return by_operator(spelling(Op::divide_elements), {std::move(left), std::move(right)}, at);
      case Op::power:
      case Op::power_elements:
        if (right_number && is_whole(right.number)) {
          return made(&registry_.get("power"), {std::move(left)}, {{"n", right.number}}, at);
        }
        return by_operator(spelling(Op::power_elements), {std::move(left), std::move(right)}, at);
      default:
        break;
    }
    return by_operator(spelling(node.op), {std::move(left), std::move(right)}, at);
  }

  Pattern call(const ast::Call& node, Span at) const {
    const auto* name = node.callee->as<ast::Name>();
    const OpDef* op = name == nullptr ? nullptr : registry_.find(name->text);
    if (op == nullptr || op->leaf || op->kind >= EBB_KIND_OPTIMIZER) {
      fail(Mistake::malformed_rewrite, node.callee->span,
           "a rewrite calls ops, and `" + to_source(*node.callee) + "` is none",
           did_you_mean(name == nullptr ? "" : name->text, registry_.names()));
    }
    std::vector<Pattern> arguments;
    NamedAttrs attrs;
    for (const ast::Argument& argument : node.arguments) {
      const std::size_t i = arguments.size();
      const bool input = !argument.named() && (i < op->inputs.size() || op->is_variadic());
      if (input) {
        arguments.push_back((*this)(*argument.value));
        continue;
      }
      const std::size_t attr = attrs.size();
      if (!argument.named() && attr >= op->attrs.size()) {
        fail(Mistake::malformed_rewrite, argument.span, op->name + " takes no further argument");
      }
      attrs.emplace_back(argument.named() ? argument.name.text : op->attrs[attr].name,
                         attribute(*argument.value));
    }
    if (arguments.size() < op->inputs.size()) {
      fail(Mistake::missing_argument, node.callee->span,
           op->name + " needs its argument `" + op->inputs[arguments.size()].name + "`");
    }
    return made(op, std::move(arguments), std::move(attrs), at);
  }

  Attr attribute(const ast::Expression& expression) const {
    if (const auto* node = expression.as<ast::Boolean>()) return node->value;
    if (const auto* node = expression.as<ast::String>()) return node->value;
    if (const auto* node = expression.as<ast::List>()) {
      std::vector<double> numbers;
      for (const auto& element : node->elements) numbers.push_back(constant(*element));
      return numbers;
    }
    return constant(expression);
  }

  double constant(const ast::Expression& expression) const {
    const Pattern pattern = (*this)(expression);
    if (pattern.kind == Pattern::Kind::number) return pattern.number;
    fail(Mistake::malformed_rewrite, expression.span, "an attribute in a rewrite is a constant");
  }

  const OpRegistry& registry_;
};

void collect_variables(const Pattern& pattern, std::set<std::string>& names) {
  if (pattern.kind == Pattern::Kind::variable) names.insert(pattern.variable);
  for (const Pattern& argument : pattern.arguments) collect_variables(argument, names);
}

void check_bound(const Pattern& pattern, const std::set<std::string>& names) {
  if (pattern.kind == Pattern::Kind::variable && !names.contains(pattern.variable)) {
    fail(Mistake::malformed_rewrite, pattern.span,
         "`" + pattern.variable + "` stands on the right side only",
         {"a rewrite cannot invent values"});
  }
  for (const Pattern& argument : pattern.arguments) check_bound(argument, names);
}

}  // namespace

Rewrite make_rewrite(const ast::Rewrite& node, Span at, const OpRegistry& registry) {
  const PatternMaker make(registry);
  Rewrite rewrite;
  rewrite.text = to_source(*node.pattern) + " => " + to_source(*node.replacement);
  rewrite.from = make(*node.pattern);
  rewrite.to = make(*node.replacement);
  rewrite.at = at;
  if (rewrite.from.kind != Pattern::Kind::call) {
    fail(Mistake::malformed_rewrite, node.pattern->span,
         "the left side of a rewrite is an operation");
  }
  std::set<std::string> names;
  collect_variables(rewrite.from, names);
  check_bound(rewrite.to, names);
  // Equations keep the names of derivatives and of sums.
  rewrite.lowering =
      registry.is_derivative(*rewrite.from.op) || rewrite.to.op == registry.core().sum_to;
  return rewrite;
}

}  // namespace ebb::script
