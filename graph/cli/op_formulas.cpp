#include "graph/cli/op_formulas.hpp"

#include <algorithm>
#include <map>

#include "graph/compile/simplify.hpp"
#include "graph/core/host.hpp"
#include "graph/core/latex.hpp"
#include "graph/core/notation.hpp"
#include "graph/run/abbreviations.hpp"
#include "graph/script/elaborate.hpp"

namespace ebb {

namespace {

// What a node is made of.
struct Call {
  std::vector<Type> inputs;
  std::shared_ptr<const Attributes> attrs;
  bool from_example = false;
};

// The op as its example calls it.
bool call_in_example(const OpDef& op, const Registry& registry, Call& call) {
  if (op.example.empty()) return false;
  Diagnostics diagnostics;
  const auto model = elaborate_text("example", "value = " + op.example + "\noutput value\n", ".",
                                    registry, {}, diagnostics);
  if (!model) return false;
  const Graph& graph = model->graph;
  for (const NodeId id : live_nodes(graph, {&model->outputs[0].value, 1})) {
    if (graph.node(id).op != &op) continue;
    call.inputs.clear();
    for (const Value input : graph.inputs(id)) call.inputs.push_back(graph.type(input));
    call.attrs = graph.node(id).attrs;
    call.from_example = true;
  }
  return call.from_example;
}

// Vectors, as far as the record lets one guess.
Call guessed_call(const OpDef& op) {
  Call call;
  for (const InputDef& input : op.inputs)
    call.inputs.push_back(
        {input.dtype == EBB_ANY ? DType::real : static_cast<DType>(input.dtype), true, {3}});
  if (op.claims_(EBB_RANDOM)) {
    call.inputs.push_back({DType::i64, false, {}});
    call.inputs.push_back({DType::i64, true, {}});
  }
  call.attrs = resolve_attributes(op, {});
  return call;
}

std::string shape_of_operand(const Type& type) {
  return type.shape.is_scalar() ? "a scalar" : to_string(type.shape);
}

class Formulas {
 public:
  Formulas(const OpDef& op, const OpRegistry& ops, Call call)
      : op_(op), call_(std::move(call)), graph_(ops), simplify_(graph_, {}, {.lower = false}) {}

  OpFormulas run();

 private:
  std::string input_name(std::size_t i) const;
  std::string free_name(std::initializer_list<const char*> candidates) const;
  void make_node();
  void differentiate();
  Value gradient_of(std::size_t input);
  std::string shapes() const;
  std::string written(Value value, Markup markup) const;
  OpFormulas::Line line(const std::string& left, Value value) const;

  const OpDef& op_;
  Call call_;
  Graph graph_;
  Simplifier simplify_;
  std::map<Value, std::string> names_;
  std::vector<Value> inputs_, gradients_;
  Value result_;
  std::string result_name_;
  std::vector<std::pair<std::string, Value>> derivatives_;  // simplified, by input
};

std::string Formulas::input_name(std::size_t i) const {
  if (i < op_.inputs.size() && !op_.inputs[i].variadic) return op_.inputs[i].name;
  if (!op_.is_variadic()) return i == op_.inputs.size() ? "epoch" : "sample";
  return with_subscript(op_.inputs.back().name, i + 2 - op_.inputs.size());
}

std::string Formulas::free_name(std::initializer_list<const char*> candidates) const {
  for (const char* candidate : candidates)
    if (std::ranges::find(op_.inputs, candidate, &InputDef::name) == op_.inputs.end())
      return candidate;
  return "result";
}

void Formulas::make_node() {
  for (std::size_t i = 0; i < call_.inputs.size(); ++i) {
    Type type = call_.inputs[i];
    // Between vectors the signs of products show of which kind they are.
    if (op_.is_elementwise()) type.shape = {3};
    if (op_.is_elementwise() && op_.inputs[i].dtype == EBB_ANY) type.dtype = DType::real;
    if (type.dtype == DType::f64 || type.dtype == DType::f32) type.dtype = DType::real;
    inputs_.push_back(graph_.input(input_name(i), type));
    names_[inputs_[i]] = input_name(i);
  }
  result_ = graph_.add_resolved(op_, inputs_, call_.attrs, {});
  result_name_ = free_name({"y", "z", "r"});
  const std::string g = free_name({"g", "d"});
  const auto outputs = graph_.node(result_).outputs.size();
  for (std::uint32_t i = 0; i < outputs; ++i) {
    const std::string name = outputs == 1 ? g : with_subscript(g, i + 1);
    gradients_.push_back(graph_.input(name, graph_.type({result_.node, i})));
    names_[gradients_.back()] = name;
  }
}

Value Formulas::gradient_of(std::size_t input) {
  if (op_.derivative.empty()) return call_vjp(graph_, result_.node, input, gradients_);
  return graph_.add("mul", {gradients_[0], graph_.add(op_.derivative, {inputs_[0]})});
}

void Formulas::differentiate() {
  if (op_.claims_(EBB_ZERO_GRADIENT)) return;
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    if (op_.is_differentiable_in(i) && graph_.type(inputs_[i]).dtype == DType::real)
      derivatives_.emplace_back(input_name(i), simplify_(gradient_of(i)));
  for (const auto& [value, name] : std::map(names_)) names_.emplace(simplify_(value), name);
}

std::string Formulas::written(Value value, Markup markup) const {
  const auto name_of = [&](Value v) {
    const auto name = names_.find(v);
    return name == names_.end() ? std::string() : name->second;
  };
  if (const std::string name = name_of(value); !name.empty() && value != result_)
    return markup == Markup::latex ? latex_of(name, Words::variables) : name;
  return formula(graph_, value, name_of, markup);
}

OpFormulas::Line Formulas::line(const std::string& left, Value value) const {
  const bool derivative = left.starts_with("∂");
  const std::string name =
      latex_of(derivative ? left.substr(left.rfind("∂") + 3) : left, Words::variables);
  const std::string side = derivative ? "\\frac{\\partial}{\\partial " + name + "}" : name;
  return {left, written(value, Markup::text), side + " = " + written(value, Markup::latex)};
}

std::string Formulas::shapes() const {
  if (op_.is_elementwise())
    return inputs_.size() == 1 ? "any, element by element"
                               : "any, element by element, with broadcasting";
  if (!call_.from_example || inputs_.empty()) return "";
  std::string text;
  for (std::size_t i = 0; i < call_.inputs.size(); ++i)
    text += (i == 0                         ? ""
             : i + 1 == call_.inputs.size() ? " and "
                                            : ", ") +
            shape_of_operand(call_.inputs[i]);
  return text + (call_.inputs.size() == 1 ? " gives " : " give ") +
         shape_of_operand(graph_.type(result_)) + " in the example";
}

OpFormulas Formulas::run() {
  make_node();
  OpFormulas result;
  result.shapes = shapes();
  result.lines.push_back(line(result_name_, result_));
  differentiate();
  names_[result_] = result_name_;
  names_.emplace(simplify_(result_), result_name_);
  std::vector<Value> roots;
  for (const auto& [name, value] : derivatives_)
    if (!names_.contains(value)) roots.push_back(value);
  const auto parts = abbreviations(graph_, roots, names_, "u");
  for (const auto& [name, value] : parts) names_[value] = name;
  for (const auto& [name, value] : derivatives_) result.lines.push_back(line("∂/∂" + name, value));
  for (const auto& [name, value] : parts) {
    names_.erase(value);
    result.lines.push_back(line(name, value));
    names_[value] = name;
  }
  return result;
}

}  // namespace

OpFormulas formulas_of(const OpDef& op, const Registry& registry) {
  if (op.kind == EBB_KIND_INITIALIZER) return {};
  try {
    Call call;
    if (!call_in_example(op, registry, call)) call = guessed_call(op);
    return Formulas(op, registry.ops, std::move(call)).run();
  } catch (const OpError&) {
    return {};
  }
}

}  // namespace ebb
