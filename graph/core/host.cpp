#include "graph/core/host.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace ebb {

namespace {

// A table as the plugin knows it: what was appended since is zero.
template <class Table>
Table prefix(const Table* table) {
  Table full{};
  std::memcpy(static_cast<void*>(&full), table, std::min(table->size, sizeof full));
  return full;
}

// Element i of an array whose elements have the size that the plugin was built with.
template <class Table>
Table element(const Table* array, std::int32_t i) {
  const auto* bytes = reinterpret_cast<const std::byte*>(array);
  return prefix(reinterpret_cast<const Table*>(bytes + array->size * static_cast<std::size_t>(i)));
}

std::string text(const char* string) { return string ? string : ""; }

Attr from_c(const ebb_attr& attr) {
  const auto n = static_cast<std::size_t>(attr.i);
  switch (attr.kind) {
    case EBB_ATTR_INT:
      return attr.i;
    case EBB_ATTR_REAL:
      return attr.r;
    case EBB_ATTR_BOOL:
      return attr.i != 0;
    case EBB_ATTR_STRING:
      return text(attr.s);
    case EBB_ATTR_INTS:
      return std::vector<std::int64_t>(attr.ints, attr.ints + n);
    case EBB_ATTR_REALS:
      return std::vector<double>(attr.reals, attr.reals + n);
    default:
      throw OpError{"an attribute has no type", {}};
  }
}

AttrDef import_attr(const ebb_attr_def& def) {
  AttrDef attr;
  attr.name = text(def.name);
  attr.doc = text(def.doc);
  attr.kind = def.fallback.kind;
  if (attr.name.empty() || attr.doc.empty())
    throw OpError{"an attribute needs a name and documentation", {}};
  if (attr.kind < EBB_ATTR_INT || attr.kind > EBB_ATTR_REALS)
    throw OpError{"attribute `" + attr.name + "` has no type", {}};
  if (!def.required) attr.fallback = from_c(def.fallback);
  attr.lower = def.lower;
  attr.upper = def.upper;
  attr.lower_excluded = (def.exclusive & 1) != 0;
  attr.upper_excluded = (def.exclusive & 2) != 0;
  return attr;
}

InputDef import_input(const ebb_input_def& def) {
  InputDef input;
  input.name = text(def.name);
  input.dtype = def.dtype;
  input.variadic = def.variadic != 0;
  input.domain.lower = def.domain.lower;
  input.domain.upper = def.domain.upper;
  input.domain.lower_excluded = (def.domain.exclusive & 1) != 0;
  input.domain.upper_excluded = (def.domain.exclusive & 2) != 0;
  if (def.domain.kink_count > 0)
    input.domain.kinks.assign(def.domain.kinks, def.domain.kinks + def.domain.kink_count);
  if (def.turn_count > 0) input.turns.assign(def.turns, def.turns + def.turn_count);
  if (input.name.empty()) throw OpError{"an input needs a name", {}};
  return input;
}

void check_over_samples(const OpDef& op) {
  const int attr = op.find_attr(op.over_samples);
  if (attr < 0 || op.attrs[static_cast<std::size_t>(attr)].fallback != Attr(false))
    throw OpError{"`" + op.over_samples + "` sums over the samples, but is no attribute that is " +
                      "false by default",
                  {}};
  if (op.outputs != 1) throw OpError{"an op that sums over the samples has one output", {}};
}

// "(0, 1]", or "{false, true}"; the whole line where the text is no interval.
Domain parse_range(const std::string& text) {
  if (text == "{false, true}") return {0, 1, false, false, {}};
  Domain domain{-INFINITY, INFINITY, false, false, {}};
  char open = 0, close = 0;
  double lower = 0, upper = 0;
  if (std::sscanf(text.c_str(), "%c%lf, %lf%c", &open, &lower, &upper, &close) != 4) return domain;
  return {lower, upper, open == '(', close == ')', {}};
}

void check_record(const OpDef& op) {
  if (op.name.empty()) throw OpError{"the op has no name", {}};
  if (op.doc.empty()) throw OpError{"documentation is missing", {}};
  if (op.outputs < 1) throw OpError{"an op has at least one output", {}};
  const bool tensor = op.infer && op.kernel_f32 && op.kernel_f64;
  if (!op.is_elementwise() && !tensor)
    throw OpError{"it needs elementwise kernels, or a type rule and kernels for float and double",
                  {}};
  if (op.is_elementwise() && (op.outputs != 1 || op.inputs.empty() || op.is_variadic()))
    throw OpError{"an elementwise op has a fixed number of inputs and one output", {}};
  if (op.claims_(EBB_MONOTONE) && !op.is_elementwise())
    throw OpError{"only an elementwise op can be monotone", {}};
  if (op.claims_(EBB_GRADIENT_BY_DEFINITION) && op.reason.empty())
    throw OpError{"a gradient by definition needs its reason", {}};
  if (!op.over_samples.empty()) check_over_samples(op);
}

int host_register(ebb_context* context, const ebb_op* op) {
  const std::string name = text(op->name);
  const std::string plugin = context->info->name ? context->info->name : "(unnamed)";
  try {
    if (context->registry->find(name))
      throw OpError{"an op of this name is already registered", {}};
    context->registry->add(import_op(*op, plugin));
    return EBB_OK;
  } catch (const OpError& e) {
    context->message = "plugin " + plugin + ": op `" + name + "`: " + e.message;
  } catch (const std::exception& e) {
    context->message = "plugin " + plugin + ": op `" + name + "`: " + e.what();
  }
  return EBB_FAILED;
}

int host_fail(ebb_context* context, const char* message, const char* hint) {
  context->message = text(message);
  context->hint = text(hint);
  return EBB_FAILED;
}

// Runs `action`; an exception becomes a kept message.
template <class Action>
int guarded(ebb_context* context, Action&& action) {
  try {
    action();
    return EBB_OK;
  } catch (const OpError& e) {
    return host_fail(context, e.message.c_str(), e.hint.c_str());
  } catch (const std::exception& e) {
    return host_fail(context, e.what(), nullptr);
  }
}

int host_type_of(ebb_context* context, ebb_value value, ebb_type* type) {
  return guarded(context, [&] { *type = to_c(context->graph->type(from_handle(value))); });
}

int host_constant(ebb_context* context, double number, ebb_value* result) {
  return guarded(context,
                 [&] { *result = to_handle(context->graph->constant(number, context->at)); });
}

int host_call(ebb_context* context, const char* op, const ebb_value* inputs,
              std::int32_t input_count, const ebb_named_attr* attrs, std::int32_t attr_count,
              std::int32_t output, ebb_value* result) {
  return guarded(context, [&] {
    const OpDef* def = context->graph->registry().find(op);
    if (!def) throw OpError{"there is no op `" + text(op) + "`", {}};
    std::vector<Value> values;
    for (std::int32_t i = 0; i < input_count; ++i) values.push_back(from_handle(inputs[i]));
    NamedAttrs named;
    for (std::int32_t i = 0; i < attr_count; ++i)
      named.emplace_back(text(attrs[i].name), from_c(attrs[i].value));
    Value value = context->graph->add(*def, values, named, context->at);
    value.output = static_cast<std::uint32_t>(output);
    *result = to_handle(value);
  });
}

}  // namespace

ebb_value to_handle(Value value) {
  return (static_cast<std::uint64_t>(value.node) << 32 | value.output) + 1;
}

Value from_handle(ebb_value handle) {
  ensure(handle != 0, "a rule used a value that is none");
  return {static_cast<NodeId>((handle - 1) >> 32), static_cast<std::uint32_t>(handle - 1)};
}

const ebb_host& host_table() {
  static const ebb_host table{sizeof(ebb_host), EBB_SDK_MAJOR, EBB_SDK_MINOR,  &host_register,
                              &host_fail,       &host_type_of, &host_constant, &host_call};
  return table;
}

OpDef import_op(const ebb_op& record, const std::string& plugin) {
  const ebb_op full = prefix(&record);
  OpDef op;
  op.plugin = plugin;
  op.name = text(full.name);
  op.family = text(full.family);
  op.doc = text(full.doc);
  op.kind = full.kind;
  op.claims = full.claims;
  op.reason = text(full.reason);
  for (std::int32_t i = 0; i < full.input_count; ++i)
    op.inputs.push_back(import_input(element(full.inputs, i)));
  for (std::int32_t i = 0; i < full.attr_count; ++i)
    op.attrs.push_back(import_attr(element(full.attrs, i)));
  for (std::int32_t i = 0; i < full.signature_count; ++i)
    op.signatures.push_back(element(full.signatures, i));
  op.outputs = full.output_count;
  op.infer = full.infer;
  op.kernel_f32 = full.kernel_f32;
  op.kernel_f64 = full.kernel_f64;
  op.scratch_bytes = full.scratch_bytes;
  op.vjp = full.vjp;
  op.differentiable = full.differentiable;
  op.derivative = text(full.derivative);
  op.notation = text(full.notation);
  op.precedence = full.precedence;
  op.operator_text = text(full.operator_text);
  op.range = text(full.range);
  op.output = parse_range(op.range);
  op.example = text(full.example);
  op.example_result = text(full.example_result);
  op.self = full.self;
  op.over_samples = text(full.over_samples);
  check_record(op);
  return op;
}

boost::container::small_vector<Type, 1> infer_types(const OpDef& op, std::span<const Type> inputs,
                                                    const Attributes* attrs, int signature) {
  boost::container::small_vector<Type, 1> outputs(static_cast<std::size_t>(op.outputs));
  const bool per_sample = std::ranges::any_of(inputs, &Type::per_sample);
  for (Type& type : outputs) type.per_sample = per_sample;
  if (op.is_elementwise()) {
    outputs[0].dtype =
        static_cast<DType>(op.signatures[static_cast<std::size_t>(signature)].output);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Shape joined;
      if (!broadcast(outputs[0].shape, inputs[i].shape, joined))
        throw OpError{"shapes do not fit: {0} is " + to_string(inputs[0].shape) + ", {" +
                          std::to_string(i) + "} is " + to_string(inputs[i].shape),
                      "shapes align at the first dimension; each must agree or be 1"};
      outputs[0].shape = joined;
    }
  } else {
    std::vector<ebb_type> in, out;
    for (const Type& type : inputs) in.push_back(to_c(type));
    for (const Type& type : outputs) out.push_back(to_c(type));
    ebb_context context;
    const ebb_infer_call call{sizeof(ebb_infer_call),
                              op.self,
                              &host_table(),
                              &context,
                              static_cast<std::int32_t>(in.size()),
                              op.outputs,
                              in.data(),
                              out.data(),
                              attrs ? attrs->c() : nullptr};
    if (op.infer(&call) != EBB_OK) throw OpError{context.message, context.hint};
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::span dims(out[i].dims, static_cast<std::size_t>(out[i].rank));
      if (!is_valid_shape(dims)) throw OpError{"the result would have too many elements", {}};
      outputs[i] = from_c(out[i]);
    }
  }
  if (!is_valid_shape(outputs[0].shape.dims()))
    throw OpError{"the result would have too many elements", {}};
  return outputs;
}

Value call_vjp(Graph& graph, NodeId id, std::size_t input, std::span<const Value> gradients) {
  const Node& node = graph.node(id);
  const OpDef& op = *node.op;
  const auto attrs = node.attrs;
  ebb_context context;
  context.graph = &graph;
  context.at = node.span;
  std::vector<ebb_value> in, out, g;
  for (const Value value : graph.inputs(id)) in.push_back(to_handle(value));
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(op.outputs); ++i)
    out.push_back(to_handle({id, i}));
  for (const Value value : gradients) g.push_back(value ? to_handle(value) : 0);
  const ebb_vjp_call call{sizeof(ebb_vjp_call),
                          op.self,
                          &host_table(),
                          &context,
                          static_cast<std::int32_t>(in.size()),
                          op.outputs,
                          in.data(),
                          out.data(),
                          g.data(),
                          attrs ? attrs->c() : nullptr,
                          static_cast<std::int32_t>(input)};
  ebb_value result = 0;
  if (op.vjp(&call, &result) != EBB_OK) throw OpError{context.message, context.hint};
  return from_handle(result);
}

}  // namespace ebb
