#include "graph/cli/script_writer.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <ostream>
#include <set>
#include <sstream>
#include <unordered_map>

#include "graph/script/ast.hpp"
#include "graph/script/layout.hpp"
#include "graph/script/token.hpp"

namespace ebb {

namespace {

using ast::ExpressionPtr;

// Expressions that are deeper than this get lines of their own.
constexpr std::uint32_t max_height = 6;

template <class Node>
ExpressionPtr made(Node node, std::uint32_t height = 1) {
  auto expression = std::make_unique<ast::Expression>();
  expression->node = std::move(node);
  expression->height = height;
  return expression;
}

ExpressionPtr named(std::string name) { return made(ast::Name{std::move(name)}); }

ExpressionPtr number(double value) {
  if (!std::signbit(value)) return made(ast::Number{value});
  return made(ast::Unary{ast::UnaryOperator::negate, {}, made(ast::Number{-value})}, 2);
}

// Nested lists of the numbers, in C order.
ExpressionPtr numbers(const Tensor& tensor, int dim, std::int64_t& c_index) {
  const Shape& shape = tensor.type().shape;
  if (dim == shape.rank()) {
    const double value = tensor.at(column_major_index(shape, c_index++));
    return tensor.type().dtype == DType::boolean ? made(ast::Boolean{value != 0}) : number(value);
  }
  ast::List list;
  for (std::int64_t i = 0; i < shape[dim]; ++i)
    list.elements.push_back(numbers(tensor, dim + 1, c_index));
  return made(std::move(list));
}

ExpressionPtr item(std::int64_t value) { return number(static_cast<double>(value)); }
ExpressionPtr item(double value) { return number(value); }
ExpressionPtr item(bool value) { return made(ast::Boolean{value}); }
ExpressionPtr item(const std::string& value) { return made(ast::String{value}); }
template <class T>
ExpressionPtr item(const std::vector<T>& values) {
  ast::List list;
  for (const T& value : values) list.elements.push_back(item(value));
  return made(std::move(list));
}

ExpressionPtr expression_of(const Attr& attr) {
  return std::visit([](const auto& value) { return item(value); }, attr);
}

// "a[0].z" is "a0_z", "∂C/∂w" is "dC_dw", "w'" is "w_next".
std::string as_identifier(const std::string& name) {
  static const std::string del = "∂";
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool ascii = static_cast<unsigned char>(c) < 0x80;
    if (name.compare(i, del.size(), del) == 0) {
      result += 'd';
      i += del.size() - 1;
    } else if (!ascii || std::isalnum(static_cast<unsigned char>(c))) {
      result += c;
    } else if (c == '\'') {
      result += "_next";
    } else if (c != '[' && c != ']') {
      result += '_';
    }
  }
  return result.empty() || std::isdigit(static_cast<unsigned char>(result[0])) ? "v" + result
                                                                               : result;
}

class ScriptWriter {
 public:
  ScriptWriter(const Model& model, std::span<const Root> roots, std::span<const State> states);
  void write(std::ostream& out);

 private:
  std::string free_name(const std::string& wanted);
  const std::string* given_name(NodeId id) const;
  bool needs_line(NodeId id) const;
  void write_leaf(std::ostream& out, NodeId id);
  void write_line(std::ostream& out, NodeId id);

  ExpressionPtr expression(Value value);
  ExpressionPtr definition(NodeId id);
  ExpressionPtr call(NodeId id, bool shaped);
  ExpressionPtr by_operator(const Node& node, const Graph::Inputs& inputs);
  ExpressionPtr binary(ast::BinaryOperator op, ExpressionPtr left, ExpressionPtr right);
  bool has_defaults(const Node& node) const;
  std::string shape_text(const Shape& shape) const;

  const Model& model_;
  const Graph& graph_;
  std::vector<Root> roots_;
  std::unordered_map<NodeId, Value> first_;  // values of the variables
  std::vector<NodeId> live_;
  std::unordered_map<NodeId, std::size_t> uses_;
  std::unordered_map<NodeId, std::string> names_;
  std::set<std::string> taken_;
  std::unordered_map<std::string, int> numbered_;  // which number a name gets next
  int lines_ = 1;                                  // of values without a name
};

ScriptWriter::ScriptWriter(const Model& model, std::span<const Root> roots,
                           std::span<const State> states)
    : model_(model), graph_(model.graph), roots_(roots.begin(), roots.end()) {
  for (const Parameter& parameter : model_.parameters)
    first_[parameter.value.node] = parameter.init;
  for (const auto all : {std::span<const State>(model_.states), states})
    for (const State& state : all) first_[state.value.node] = state.init;
  std::vector<Value> values;
  for (const Root& root : roots_) values.push_back(root.value);
  live_ = live_nodes(graph_, values);
  for (const NodeId id : live_) {
    taken_.insert(graph_.node(id).op->name);
    for (const Value input : graph_.inputs(id)) ++uses_[input.node];
  }
  for (const Value value : values) ++uses_[value.node];
}

std::string ScriptWriter::free_name(const std::string& wanted) {
  std::string name = wanted;
  // A loop gives one name again and again: the numbers go on where they were.
  int& number = numbered_.try_emplace(wanted, 2).first->second;
  while (word_kind(name) != TokenKind::name || !taken_.insert(name).second)
    name = wanted + "_" + std::to_string(number++);
  return name;
}

std::string ScriptWriter::shape_text(const Shape& shape) const {
  return shape.is_scalar() ? "" : to_string(shape);
}

bool ScriptWriter::has_defaults(const Node& node) const {
  for (std::size_t i = 0; i < node.op->attrs.size(); ++i)
    if (!node.op->attrs[i].fallback || !(*node.op->attrs[i].fallback == (*node.attrs)[i]))
      return false;
  return true;
}

ExpressionPtr ScriptWriter::expression(Value value) {
  const auto name = names_.find(value.node);
  if (name == names_.end()) return definition(value.node);
  if (graph_.node(value).outputs.size() == 1) return named(name->second);
  ast::Index item{named(name->second), {}};
  item.subscripts.push_back({{}, number(value.output)});
  return made(std::move(item), 2);
}

ExpressionPtr ScriptWriter::definition(NodeId id) {
  const Node& node = graph_.node(id);
  if (node.constant) {
    std::int64_t c_index = 0;
    return numbers(*node.constant, 0, c_index);
  }
  if (node.op->leaf) return named(node.key);
  if (ExpressionPtr short_form = by_operator(node, graph_.inputs(id))) return short_form;
  return call(id, true);
}

ExpressionPtr ScriptWriter::binary(ast::BinaryOperator op, ExpressionPtr left,
                                   ExpressionPtr right) {
  const std::uint32_t height = std::max(left->height, right->height) + 1;
  return made(ast::Binary{op, {}, std::move(left), std::move(right)}, height);
}

// The node as an operator makes it, or null.
ExpressionPtr ScriptWriter::by_operator(const Node& node, const Graph::Inputs& inputs) {
  const auto& core = graph_.registry().core();
  if (node.op == core.scale) {
    const double factor =
        std::get<double>((*node.attrs)[static_cast<std::size_t>(node.op->find_attr("factor"))]);
    ExpressionPtr operand = expression(inputs[0]);
    const std::uint32_t height = operand->height + 1;
    if (factor == -1)
      return made(ast::Unary{ast::UnaryOperator::negate, {}, std::move(operand)}, height);
    return binary(ast::BinaryOperator::multiply, number(factor), std::move(operand));
  }
  if (!has_defaults(node)) return {};
  if (node.op == core.transpose) {
    ExpressionPtr operand = expression(inputs[0]);
    const std::uint32_t height = operand->height + 1;
    return made(ast::Member{std::move(operand), {"T", {}}}, height);
  }
  const bool scalars = std::ranges::any_of(
      inputs, [&](Value input) { return graph_.type(input).shape.is_scalar(); });
  if (node.op == core.matmul && !scalars)
    return binary(ast::BinaryOperator::multiply, expression(inputs[0]), expression(inputs[1]));
  // Of a number these two operators make something else: 2 .* x is a scaling.
  const bool constants = std::ranges::any_of(
      inputs, [&](Value input) { return graph_.node(input).constant != nullptr; });
  const auto keeps_op = [&](ast::BinaryOperator op) {
    return op != ast::BinaryOperator::multiply &&
           !(constants &&
             (op == ast::BinaryOperator::hadamard || op == ast::BinaryOperator::power_elements));
  };
  for (int i = 0; i <= static_cast<int>(ast::BinaryOperator::power_elements); ++i) {
    const auto op = static_cast<ast::BinaryOperator>(i);
    if (inputs.size() == 2 && node.op->operator_text == spelling(op) && keeps_op(op))
      return binary(op, expression(inputs[0]), expression(inputs[1]));
  }
  return {};
}

// `shaped` is false where the place says which shape an initializer makes.
ExpressionPtr ScriptWriter::call(NodeId id, bool shaped) {
  const Node& node = graph_.node(id);
  const bool initializer = node.op->kind == EBB_KIND_INITIALIZER;
  const bool random = node.op->claims_(EBB_RANDOM);
  ast::Call result;
  result.callee = named(node.op->name);
  std::uint32_t height = 1;
  auto inputs = graph_.inputs(id);
  // What a random op draws from comes from the run.
  if (random && !initializer) inputs.resize(inputs.size() - 2);
  for (const Value input : inputs) {
    result.arguments.push_back({{}, {}, expression(input)});
    height = std::max(height, result.arguments.back().value->height + 1);
  }
  for (std::size_t i = 0; i < node.op->attrs.size(); ++i) {
    const AttrDef& def = node.op->attrs[i];
    const Attr& value = (*node.attrs)[i];
    if (def.name == "key" && (random || initializer)) continue;
    if (initializer && def.name == "shape" && !shaped) continue;
    if (def.fallback && *def.fallback == value) continue;
    result.arguments.push_back({{}, {def.name, {}}, expression_of(value)});
  }
  if (result.arguments.empty() && initializer) return std::move(result.callee);
  return made(std::move(result), height);
}

// The name that the script gave it, where it may stand in one: that of `cost` may not.
const std::string* ScriptWriter::given_name(NodeId id) const {
  const std::string* name = graph_.name({id, 0});
  return name && word_kind(*name) == TokenKind::name ? name : nullptr;
}

bool ScriptWriter::needs_line(NodeId id) const {
  const Node& node = graph_.node(id);
  if (node.constant && node.outputs[0].shape.is_scalar()) return false;
  return uses_.at(id) > 1 || node.outputs.size() > 1 || given_name(id) != nullptr;
}

// An input or a target, or a variable as a parameter.
void ScriptWriter::write_leaf(std::ostream& out, NodeId id) {
  const Value value{id, 0};
  const Type& type = graph_.type(value);
  const auto input = std::ranges::find(model_.inputs, value, &ModelInput::value);
  const auto name = [&](const std::string& wanted) {
    return names_[id] = free_name(as_identifier(wanted));
  };
  if (input != model_.inputs.end()) {
    out << (input->target ? "target " : "input ") << name(input->name) << shape_text(type.shape);
    if (type.dtype != DType::real) out << " : " << (type.dtype == DType::i64 ? "int" : "bool");
    out << '\n';
    return;
  }
  const auto init_text = [&] {
    const auto init = first_.find(id);
    if (init == first_.end()) return std::string("zeros");
    const bool initializer = graph_.node(init->second).op->kind == EBB_KIND_INITIALIZER;
    return to_source(initializer ? *call(init->second.node, false) : *expression(init->second));
  };
  if (type.per_sample) {
    out << "input " << name(graph_.node(id).key) << shape_text(type.shape) << '\n';
    return;
  }
  const std::string first = init_text();
  out << "param " << name(graph_.node(id).key) << shape_text(type.shape) << " ~ " << first << '\n';
}

void ScriptWriter::write_line(std::ostream& out, NodeId id) {
  const std::string* given = given_name(id);
  const auto root = std::ranges::find_if(roots_, [&](const Root& r) {
    return r.value == Value{id, 0} && r.statement.empty();
  });
  const ExpressionPtr right = definition(id);
  const std::string name = free_name(given                  ? as_identifier(*given)
                                     : root != roots_.end() ? as_identifier(root->name)
                                                            : "v" + std::to_string(lines_++));
  out << name << " = " << to_source(*right) << '\n';
  names_[id] = name;
}

void ScriptWriter::write(std::ostream& out) {
  for (const NodeId id : live_) {
    if (graph_.node(id).op->leaf && !graph_.node(id).constant)
      write_leaf(out, id);
    else if (needs_line(id) || definition(id)->height > max_height)
      write_line(out, id);
  }
  for (const Root& root : roots_) {
    const bool assigned = root.statement.empty();
    const std::string name = assigned || root.statement == "metric" ? as_identifier(root.name) : "";
    const std::string text = to_source(*expression(root.value));
    if (assigned && text == name) continue;
    out << root.statement << (assigned ? "" : " ") << name << (name.empty() ? "" : " = ") << text
        << '\n';
  }
}

}  // namespace

void print_script(std::ostream& out, const Model& model, std::span<const Root> roots,
                  std::span<const State> states) {
  std::ostringstream text;
  ScriptWriter(model, roots, states).write(text);
  out << laid_out(SourceFile("", text.str()), std::numeric_limits<std::size_t>::max());
}

}  // namespace ebb
