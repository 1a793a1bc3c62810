#include "graph/core/graph.hpp"

#include <algorithm>

#include "graph/core/host.hpp"

namespace ebb {

namespace {

// bool becomes int becomes real.
int width(DType type) {
  switch (type) {
    case DType::boolean:
      return 0;
    case DType::u8:
    case DType::i8:
    case DType::i16:
    case DType::i32:
    case DType::i64:
      return 1;
    default:
      return 2;
  }
}

DType of_width(int width) {
  return width == 0 ? DType::boolean : width == 1 ? DType::i64 : DType::real;
}

// Two more than the record lists for random ops: epoch and sample index.
std::size_t fixed_inputs(const OpDef& op) {
  return op.inputs.size() + (op.claims_(EBB_RANDOM) ? 2 : 0);
}

void check_input_count(const OpDef& op, std::size_t given) {
  const std::size_t wanted = fixed_inputs(op);
  if (op.is_variadic() ? given >= wanted : given == wanted) return;
  std::string names;
  for (const InputDef& input : op.inputs) names += (names.empty() ? "" : ", ") + input.name;
  throw OpError{op.name + " takes " + (op.is_variadic() ? "at least " : "") +
                    std::to_string(wanted) + (wanted == 1 ? " input" : " inputs") + " (" + names +
                    "), but gets " + std::to_string(given),
                {},
                OpError::About::input_count};
}

[[noreturn]] void refuse(const OpDef& op, std::size_t input, DType is, DType takes) {
  throw OpError{op.name + " takes " + (takes == DType::boolean ? "bool" : "whole numbers (int)") +
                    ", but {" + std::to_string(input) + "} is " + name(is),
                {},
                OpError::About::element_type};
}

// The element type each input of `op` is converted to; for an elementwise op also the signature.
std::vector<DType> wanted_dtypes(const OpDef& op, const std::vector<Type>& given,
                                 std::int32_t& signature) {
  std::vector<DType> wanted;
  if (op.is_elementwise()) {
    for (const ebb_signature& s : op.signatures) {
      const auto fits = [&](std::size_t i) {
        return width(given[i].dtype) <= width(static_cast<DType>(s.inputs[i]));
      };
      bool all = true;
      for (std::size_t i = 0; i < given.size(); ++i) all = all && fits(i);
      if (!all) {
        ++signature;
        continue;
      }
      for (std::size_t i = 0; i < given.size(); ++i)
        wanted.push_back(static_cast<DType>(s.inputs[i]));
      return wanted;
    }
    const ebb_signature& last = op.signatures.back();
    for (std::size_t i = 0; i < given.size(); ++i)
      if (width(given[i].dtype) > width(static_cast<DType>(last.inputs[i])))
        refuse(op, i, given[i].dtype, static_cast<DType>(last.inputs[i]));
  }
  const auto def = [&](std::size_t i) {
    if (i < op.inputs.size()) return op.inputs[i].dtype;
    return op.is_variadic() ? op.inputs.back().dtype : static_cast<std::int32_t>(EBB_I64);
  };
  int joined = 0;
  for (std::size_t i = 0; i < given.size(); ++i)
    if (def(i) == EBB_ANY) joined = std::max(joined, width(given[i].dtype));
  for (std::size_t i = 0; i < given.size(); ++i) {
    const DType takes = def(i) == EBB_ANY ? of_width(joined) : static_cast<DType>(def(i));
    if (width(given[i].dtype) > width(takes)) refuse(op, i, given[i].dtype, takes);
    wanted.push_back(takes);
  }
  return wanted;
}

std::uint64_t name_key(Value value) { return std::uint64_t{value.node} << 32 | value.output; }

}  // namespace

Value Graph::append(Node node, std::span<const Value> inputs) {
  if (size() >= Value::none) throw OpError{"the graph has too many nodes", {}};
  const auto id = static_cast<NodeId>(boost::add_vertex(storage_));
  storage_[id] = std::move(node);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    boost::add_edge(inputs[i].node, id, Edge{static_cast<std::uint32_t>(i), inputs[i].output},
                    storage_);
  return {id, 0};
}

Value Graph::add(const OpDef& op, std::span<const Value> inputs, const NamedAttrs& attrs, Span at) {
  return add_resolved(op, inputs, resolve_attributes(op, attrs), at);
}

Value Graph::add(std::string_view op, std::initializer_list<Value> inputs, const NamedAttrs& attrs,
                 Span at) {
  return add(registry_->get(op), {inputs.begin(), inputs.size()}, attrs, at);
}

Value Graph::add_resolved(const OpDef& op, std::span<const Value> inputs,
                          std::shared_ptr<const Attributes> attrs, Span at) {
  ensure(!op.leaf, "leaves have functions of their own");
  check_input_count(op, inputs.size());
  std::vector<Type> types;
  for (const Value value : inputs) types.push_back(type(value));
  Node node;
  std::vector<Value> converted(inputs.begin(), inputs.end());
  // `convert` itself takes every element type, data's own included.
  if (&op != registry_->core().convert) {
    const auto wanted = wanted_dtypes(op, types, node.signature);
    for (std::size_t i = 0; i < converted.size(); ++i) {
      if (types[i].dtype == wanted[i]) continue;
      converted[i] = add(*registry_->core().convert, {&converted[i], 1},
                         {{"dtype", static_cast<std::int64_t>(wanted[i])}}, at);
      types[i].dtype = wanted[i];
    }
  }
  node.op = &op;
  node.outputs = infer_types(op, types, attrs.get(), node.signature);
  node.attrs = std::move(attrs);
  node.span = at;
  return append(std::move(node), converted);
}

Value Graph::constant(Tensor value, Span at) {
  Node node;
  node.op = registry_->core().constant;
  Type type = value.type();
  ensure(!type.per_sample, "a constant is shared");
  type.dtype = of_width(width(type.dtype));
  if (type.dtype == DType::real && value.type().dtype != DType::f64)
    value = value.converted(DType::f64);
  if (type.dtype == DType::i64 && value.type().dtype != DType::i64)
    value = value.converted(DType::i64);
  node.outputs.push_back(type);
  node.span = at;
  node.constant = std::make_shared<const Tensor>(std::move(value));
  return append(std::move(node), {});
}

Value Graph::constant(double number, Span at) { return constant(Tensor::scalar(number), at); }

Value Graph::input(std::string key, Type type, Span at) {
  Node node;
  node.op = registry_->core().input;
  node.outputs.push_back(type);
  node.span = at;
  node.key = std::move(key);
  return append(std::move(node), {});
}

Value Graph::variable(std::string key, Type type, Span at) {
  ensure(!type.per_sample, "a variable is shared");
  const Value value = input(std::move(key), type, at);
  storage_[value.node].op = registry_->core().variable;
  return value;
}

Value Graph::data(std::string key, Type type, Span at) {
  const Value value = input(std::move(key), type, at);
  storage_[value.node].op = registry_->core().data;
  return value;
}

Graph::Inputs Graph::inputs(NodeId id) const {
  Inputs inputs;
  // In-edges stand in the order in which they were added: that of the arguments.
  for (auto [e, end] = boost::in_edges(id, storage_); e != end; ++e)
    inputs.push_back({static_cast<NodeId>(boost::source(*e, storage_)), storage_[*e].output});
  return inputs;
}

void Graph::set_name(Value value, std::string name) {
  names_.emplace(name_key(value), std::move(name));
}

const std::string* Graph::name(Value value) const {
  const auto it = names_.find(name_key(value));
  return it == names_.end() ? nullptr : &it->second;
}

bool uniform_constant(const Graph& graph, Value value, double& number) {
  const auto& constant = graph.node(value).constant;
  if (!constant || constant->elements_per_sample() == 0) return false;
  number = constant->at(0);
  for (std::int64_t i = 1; i < constant->elements_per_sample(); ++i)
    if (constant->at(i) != number) return false;
  return true;
}

std::vector<NodeId> live_nodes(const Graph& graph, std::span<const Value> roots) {
  std::vector<bool> live(graph.size());
  std::vector<NodeId> stack, nodes;
  const auto visit = [&](NodeId id) {
    if (live[id]) return;
    live[id] = true;
    stack.push_back(id);
  };
  for (const Value root : roots)
    if (root) visit(root.node);
  while (!stack.empty()) {
    const NodeId id = stack.back();
    stack.pop_back();
    for (const Value input : graph.inputs(id)) visit(input.node);
  }
  for (NodeId id = 0; id < live.size(); ++id)
    if (live[id]) nodes.push_back(id);
  return nodes;
}

}  // namespace ebb
