#include "graph/core/notation.hpp"

#include <cstdio>
#include <map>

namespace ebb {

namespace {

constexpr int atom = 10, product = 6;

class Formula {
 public:
  Formula(const Graph& graph, const NameOf& name_of) : graph_(graph), name_of_(name_of) {}

  struct Text {
    std::string text;
    int precedence = atom;
    const OpDef* op = nullptr;  // null for a name or a number
  };

  Text expand(Value value) const;

 private:
  Text print(Value value) const {
    const std::string name = name_of_(value);
    return name.empty() ? expand(value) : Text{name, atom, nullptr};
  }
  std::string placeholder(const std::string& key, const Node& node, const Graph::Inputs& inputs,
                          const std::string& before, const std::string& after) const;
  std::string operand(Value value, std::size_t index, const OpDef& op, bool enclosed,
                      bool raised) const;
  Text negated(Value value) const;
  bool keeps_apart(const OpDef* inner, std::size_t index, const OpDef& op) const;
  bool associates(const OpDef& op) const;

  const Graph& graph_;
  const NameOf& name_of_;
};

bool has_flag(const Node& node, const std::string& attr) {
  const int i = node.op->find_attr(attr);
  const bool* flag =
      i < 0 ? nullptr : std::get_if<bool>(&(*node.attrs)[static_cast<std::size_t>(i)]);
  return flag && *flag;
}

// Replaces {flag?text} by its text or by nothing.
std::string resolve_flags(const Node& node) {
  const std::string& notation = node.op->notation;
  std::string result;
  for (std::size_t i = 0; i < notation.size(); ++i) {
    const auto close = notation[i] == '{' ? notation.find('}', i) : std::string::npos;
    const auto mark = notation[i] == '{' ? notation.find('?', i) : std::string::npos;
    if (close == std::string::npos || mark == std::string::npos || mark > close) {
      result += notation[i];
      continue;
    }
    if (has_flag(node, notation.substr(i + 1, mark - i - 1)))
      result += notation.substr(mark + 1, close - mark - 1);
    i = close;
  }
  return result;
}

// Whether an operand that binds as strongly as its operator needs parentheses: products of
// different kinds do, and what stands right of an operator that does not associate.
bool Formula::keeps_apart(const OpDef* inner, std::size_t index, const OpDef& op) const {
  const auto& core = graph_.registry().core();
  const auto is_product = [&](const OpDef* o) { return o == core.mul || o == core.matmul; };
  if (inner == &op) return index > 0 && !associates(op);
  return is_product(inner) || is_product(&op) || index > 0;
}

bool Formula::associates(const OpDef& op) const {
  const auto& core = graph_.registry().core();
  return &op == core.add || &op == core.mul || &op == core.matmul || &op == core.scale;
}

std::string Formula::operand(Value value, std::size_t index, const OpDef& op, bool enclosed,
                             bool raised) const {
  const Text text = print(value);
  if (enclosed || text.precedence == atom) return text.text;
  bool parentheses = text.precedence < op.precedence || raised;
  if (text.precedence == op.precedence)
    parentheses = parentheses || keeps_apart(text.op, index, op);
  return parentheses ? "(" + text.text + ")" : text.text;
}

std::string Formula::placeholder(const std::string& key, const Node& node,
                                 const Graph::Inputs& inputs, const std::string& before,
                                 const std::string& after) const {
  if (key == "...") {
    std::string list;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      list += (i ? ", " : "") + operand(inputs[i], i, *node.op, true, false);
    return list;
  }
  if (!key.empty() && key[0] >= '0' && key[0] <= '9') {
    const auto index = static_cast<std::size_t>(std::stoul(key));
    const bool opens = before.ends_with('(') || before.ends_with("|") || before.ends_with(", ");
    const bool closes = after.starts_with(')') || after.starts_with("|") || after.starts_with(',');
    const bool raised = after.starts_with("ᵀ") || after.starts_with('^');
    return operand(inputs[index], index, *node.op, opens && closes, raised);
  }
  const int attr = node.op->find_attr(key);
  if (attr < 0) return "{" + key + "}";
  const Attr& value = (*node.attrs)[static_cast<std::size_t>(attr)];
  const double* real = std::get_if<double>(&value);
  return real ? number_text(*real) : to_string(value);
}

Formula::Text Formula::negated(Value value) const {
  const Text text = print(value);
  const bool parentheses = text.precedence < product;
  return {"-" + (parentheses ? "(" + text.text + ")" : text.text), product, nullptr};
}

Formula::Text Formula::expand(Value value) const {
  const Node& node = graph_.node(value);
  double number = 0;
  if (uniform_constant(graph_, value, number))
    return {number_text(number), number < 0 ? product : atom, nullptr};
  if (node.constant) return {values_text(*node.constant), atom, nullptr};
  const std::string* name = graph_.name(value);
  if (node.op->leaf) return {name ? *name : node.key, atom, nullptr};
  const auto inputs = graph_.inputs(value.node);
  const auto& core = graph_.registry().core();
  if (node.op == core.scale && std::get<double>((*node.attrs)[0]) == -1) return negated(inputs[0]);
  if (changes_storage_only(graph_, value)) return print(inputs[0]);
  // A product with a scalar is written without the Hadamard sign.
  if (node.op == core.mul)
    for (std::size_t i = 0; i < 2; ++i)
      if (graph_.type(inputs[i]).shape.is_scalar())
        return {operand(inputs[i], 0, *core.scale, false, false) + " " +
                    operand(inputs[1 - i], 1, *core.scale, false, false),
                product, core.scale};
  if (node.op->notation.empty()) {
    std::string text = node.op->name + "(";
    return {text + placeholder("...", node, inputs, "", "") + ")", atom, node.op};
  }
  const std::string notation = resolve_flags(node);
  std::string text;
  for (std::size_t i = 0; i < notation.size(); ++i) {
    const auto close = notation[i] == '{' ? notation.find('}', i) : std::string::npos;
    if (close == std::string::npos) {
      text += notation[i];
      continue;
    }
    text += placeholder(notation.substr(i + 1, close - i - 1), node, inputs, notation.substr(0, i),
                        notation.substr(close + 1));
    i = close;
  }
  return {text, node.op->precedence, node.op};
}

void append_values(const Tensor& tensor, std::int64_t sample, int dim, std::int64_t& c_index,
                   std::string& text) {
  const Shape& shape = tensor.type().shape;
  if (dim == shape.rank()) {
    const auto i = column_major_index(shape, c_index++) + sample * shape.elements();
    const double value = tensor.at(i);
    text += tensor.type().dtype == DType::boolean ? (value != 0 ? "true" : "false")
                                                  : number_text(value);
    return;
  }
  text += "[";
  for (std::int64_t i = 0; i < shape[dim]; ++i) {
    if (i) text += ", ";
    append_values(tensor, sample, dim + 1, c_index, text);
  }
  text += "]";
}

}  // namespace

bool changes_storage_only(const Graph& graph, Value value) {
  const auto& core = graph.registry().core();
  const OpDef* op = graph.node(value).op;
  if (op == core.broadcast || op == core.convert || op == core.reshape) return true;
  const Shape& shape = graph.type(value).shape;
  return op == core.sum_to &&
         graph.type(graph.inputs(value.node)[0]).shape.elements() == shape.elements();
}

std::string formula(const Graph& graph, Value value, const NameOf& name_of) {
  return Formula(graph, name_of).expand(value).text;
}

std::string number_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.7g", number);
  return text;
}

std::string symbol(const std::string& name) {
  static const std::map<std::string, std::string> letters = {
      {"alpha", "α"}, {"beta", "β"},  {"gamma", "γ"}, {"delta", "δ"},  {"epsilon", "ε"},
      {"eta", "η"},   {"theta", "θ"}, {"kappa", "κ"}, {"lambda", "λ"}, {"mu", "μ"},
      {"nu", "ν"},    {"rho", "ρ"},   {"sigma", "σ"}, {"tau", "τ"},    {"phi", "φ"}};
  static const char* const digits[] = {"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"};
  const auto end = name.find_first_of("0123456789");
  const auto letter = letters.find(name.substr(0, end));
  if (letter == letters.end()) return name;
  std::string text = letter->second;
  for (std::size_t i = end; i < name.size(); ++i) {
    if (name[i] < '0' || name[i] > '9') return name;
    text += digits[name[i] - '0'];
  }
  return text;
}

std::string values_text(const Tensor& tensor, std::int64_t sample) {
  std::string text;
  std::int64_t c_index = 0;
  append_values(tensor, sample, 0, c_index, text);
  return text;
}

}  // namespace ebb
