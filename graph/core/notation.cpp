#include "graph/core/notation.hpp"

#include <cstdio>
#include <map>

#include "graph/core/latex.hpp"

namespace ebb {

namespace {

// A fraction stands in a product as it is, but not under an exponent.
constexpr int atom = 10, fraction = 8, product = 6;

class Formula {
 public:
  Formula(const Graph& graph, const NameOf& name_of, Markup markup)
      : graph_(graph), name_of_(name_of), latex_(markup == Markup::latex) {}

  struct Text {
    std::string text;
    int precedence = atom;
    const OpDef* op = nullptr;  // null for a name or a number
  };

  Text expand(Value value) const;

 private:
  Text print(Value value) const {
    const std::string name = name_of_(value);
    return name.empty() ? expand(value) : Text{written(name), atom, nullptr};
  }
  std::string written(const std::string& name) const {
    return latex_ ? latex_of(name, Words::variables) : name;
  }
  Text from_notation(const Node& node, std::uint32_t output, const Graph::Inputs& inputs) const;
  std::string placeholder(const std::string& key, const Node& node, const Graph::Inputs& inputs,
                          const std::string& before, const std::string& after) const;
  std::string operand(Value value, std::size_t index, const OpDef& op, bool enclosed,
                      bool raised) const;
  Text negated(Value value) const;
  std::string joined(const std::string& left, const std::string& right) const;
  bool keeps_apart(const OpDef* inner, std::size_t index, const OpDef& op) const;
  bool associates(const OpDef& op) const;

  const Graph& graph_;
  const NameOf& name_of_;
  bool latex_;
};

bool has_flag(const Node& node, const std::string& attr) {
  const int i = node.op->find_attr(attr);
  const bool* flag =
      i < 0 ? nullptr : std::get_if<bool>(&(*node.attrs)[static_cast<std::size_t>(i)]);
  return flag && *flag;
}

// Replaces {flag?text} by its text or by nothing.
std::string resolve_flags(const Node& node) {
  const std::string& given = node.op->notation;
  const std::string notation = given.empty() ? node.op->name + "({...})" : given;
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

// A notation with its placeholders as the characters 1, 2, ..., which no notation holds.
struct Template {
  std::string text;
  std::vector<std::string> keys;
};

Template template_of(const Node& node) {
  const std::string notation = resolve_flags(node);
  Template result;
  for (std::size_t i = 0; i < notation.size(); ++i) {
    const auto close = notation[i] == '{' ? notation.find('}', i) : std::string::npos;
    if (close == std::string::npos) {
      result.text += notation[i];
      continue;
    }
    result.keys.push_back(notation.substr(i + 1, close - i - 1));
    result.text += static_cast<char>(result.keys.size());
    i = close;
  }
  return result;
}

bool ends_with_any(const std::string& text, std::initializer_list<const char*> ends) {
  return std::ranges::any_of(ends, [&](const char* end) { return text.ends_with(end); });
}

bool starts_with_any(const std::string& text, std::initializer_list<const char*> starts) {
  return std::ranges::any_of(starts, [&](const char* start) { return text.starts_with(start); });
}

// LaTeX takes no superscript on a superscript.
bool ends_in_superscript(const std::string& latex) {
  if (!latex.ends_with('}')) return false;
  int depth = 0;
  for (std::size_t i = latex.size(); i-- > 1;) {
    depth += (latex[i] == '}') - (latex[i] == '{');
    if (depth == 0) return latex[i - 1] == '^';
  }
  return false;
}

// Whether an operand that binds as strongly as its operator needs parentheses: products of
// different kinds do, and what stands right of an operator that does not associate.
bool Formula::keeps_apart(const OpDef* inner, std::size_t index, const OpDef& op) const {
  const auto& core = graph_.registry().core();
  const auto is_product = [&](const OpDef* o) { return o == core.mul || o == core.matmul; };
  if (inner == &op) return index > 0 && !associates(op);
  return is_product(inner) || is_product(&op) || index > 0;
}

// A number beside a number takes a sign of multiplication.
std::string Formula::joined(const std::string& left, const std::string& right) const {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::string space = latex_ ? "\\," : " ";
  const std::string number = left.substr(0, left.size() - std::min(left.size(), space.size()));
  const bool numbers = left.ends_with(space) && !number.empty() && is_digit(number.back()) &&
                       !right.empty() && is_digit(right[0]);
  return (numbers ? number + (latex_ ? " \\cdot " : " · ") : left) + right;
}

bool Formula::associates(const OpDef& op) const {
  const auto& core = graph_.registry().core();
  return &op == core.add || &op == core.mul || &op == core.matmul || &op == core.scale;
}

std::string Formula::operand(Value value, std::size_t index, const OpDef& op, bool enclosed,
                             bool raised) const {
  const Text text = print(value);
  const bool twice = latex_ && raised && ends_in_superscript(text.text);
  if (enclosed || (text.precedence == atom && !twice)) return text.text;
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
    const bool opens = ends_with_any(
        before, {"(", "|", "‖", "⌊", "⌈", ", ", "{", "vert ", "Vert ", "floor ", "ceil "});
    const bool closes = starts_with_any(
        after, {")", "|", "‖", "⌋", "⌉", ",", "}", "\\rvert", "\\rVert", "\\rfloor", "\\rceil"});
    const bool raised = starts_with_any(after, {"ᵀ", "⁻", "^"});
    return operand(inputs[index], index, *node.op, opens && closes, raised);
  }
  const int attr = node.op->find_attr(key);
  if (attr < 0) return "{" + key + "}";
  const Attr& value = (*node.attrs)[static_cast<std::size_t>(attr)];
  const double* real = std::get_if<double>(&value);
  return written(real ? number_text(*real) : to_string(value));
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
    return {written(number_text(number)), number < 0 ? product : atom, nullptr};
  if (node.constant) return {written(values_text(*node.constant)), atom, nullptr};
  const std::string* name = graph_.name(value);
  if (node.op->leaf) return {written(name ? *name : node.key), atom, nullptr};
  const auto inputs = graph_.inputs(value.node);
  const auto& core = graph_.registry().core();
  if (node.op == core.scale && std::get<double>((*node.attrs)[0]) == -1) return negated(inputs[0]);
  if (changes_storage_only(graph_, value)) return print(inputs[0]);
  // A product with a scalar is written without the Hadamard sign.
  if (node.op == core.mul)
    for (std::size_t i = 0; i < 2; ++i)
      if (graph_.type(inputs[i]).shape.is_scalar())
        return {joined(operand(inputs[i], 0, *core.scale, false, false) + (latex_ ? "\\," : " "),
                       operand(inputs[1 - i], 1, *core.scale, false, false)),
                product, core.scale};
  return from_notation(node, value.output, inputs);
}

// One of several outputs is counted, as a script does it.
Formula::Text Formula::from_notation(const Node& node, std::uint32_t output,
                                     const Graph::Inputs& inputs) const {
  Template notation = template_of(node);
  if (latex_) notation.text = latex_of(notation.text, Words::functions);
  std::string text;
  for (std::size_t i = 0; i < notation.text.size(); ++i) {
    const auto key = static_cast<unsigned char>(notation.text[i]);
    if (key == 0 || key > notation.keys.size())
      text += notation.text[i];
    else
      text = joined(text, placeholder(notation.keys[key - 1u], node, inputs,
                                      notation.text.substr(0, i), notation.text.substr(i + 1)));
  }
  if (node.outputs.size() > 1) text += "[" + std::to_string(output) + "]";
  const bool is_fraction = latex_ && notation.text.starts_with("\\frac{");
  return {text, is_fraction ? fraction : node.op->precedence, node.op};
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

std::string formula(const Graph& graph, Value value, const NameOf& name_of, Markup markup) {
  const std::string text = Formula(graph, name_of, markup).expand(value).text;
  return markup == Markup::latex ? with_tall_brackets(text) : text;
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
