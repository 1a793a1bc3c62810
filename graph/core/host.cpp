#include "graph/core/host.hpp"

#include <algorithm>
#include <new>

#include "graph/core/out_of_memory.hpp"
#include "graph/core/records.hpp"

namespace ebb {

namespace {

int host_register_op(ebb_context* context, const ebb_op* op) {
  const std::string name = text_of(op->name), plugin = text_of(context->info->name);
  try {
    OpRegistry& ops = *context->ops;
    if (ops.find(name)) throw OpError{"an op of this name is already registered", {}};
    OpDef record = import_op(*op, plugin);
    record.from_file = context->from_file;
    const OpDef& added = ops.add(std::move(record));
    if (whole_table(op).backward_f64) ops.add_backward(import_backward(*op, added));
    return EBB_OK;
  } catch (const OpError& e) {
    context->message = "plugin " + plugin + ": op `" + name + "`: " + e.message;
  } catch (const std::exception& e) {
    context->message = "plugin " + plugin + ": op `" + name + "`: " + e.what();
  }
  return EBB_FAILED;
}

int host_fail(ebb_context* context, const char* message, const char* hint) {
  context->message = text_of(message);
  // What the SDK says of an exception is what the exception says.
  if (context->message == std::bad_alloc().what())
    context->message = out_of_memory + memory_that_ended();
  context->hint = text_of(hint);
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

bool is_known(const Graph& graph, Value value) {
  return value.node < graph.size() && value.output < graph.node(value).outputs.size();
}

// The value of a handle that a rule passes.
Value value_of(const Graph& graph, ebb_value handle) {
  if (handle == 0) throw OpError{"a rule used a value that is none", {}};
  const Value value = from_handle(handle);
  if (!is_known(graph, value)) throw OpError{"a rule used a handle that the host never gave", {}};
  return value;
}

int host_type_of(ebb_context* context, ebb_value value, ebb_type* type) {
  return guarded(context,
                 [&] { *type = to_c(context->graph->type(value_of(*context->graph, value))); });
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
    if (!def) throw OpError{"there is no op `" + text_of(op) + "`", {}};
    std::vector<Value> values;
    for (std::int32_t i = 0; i < input_count; ++i)
      values.push_back(value_of(*context->graph, inputs[i]));
    NamedAttrs named;
    for (std::int32_t i = 0; i < attr_count; ++i)
      named.emplace_back(text_of(attrs[i].name), import_attr(attrs[i].value));
    Value value = context->graph->add(*def, values, named, context->at);
    value.output = static_cast<std::uint32_t>(output);
    if (!is_known(*context->graph, value))
      throw OpError{def->name + " has no output " + std::to_string(output), {}};
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
  static const ebb_host table{sizeof(ebb_host),
                              EBB_SDK_MAJOR,
                              EBB_SDK_MINOR,
                              &host_register_op,
                              &host_fail,
                              &host_type_of,
                              &host_constant,
                              &host_call,
                              &host_register_source,
                              &host_register_minimizer,
                              &host_register_metric,
                              &host_register_exporter,
                              &host_register_importer};
  return table;
}

ebb_plugin_info register_plugin(ebb_context& context, ebb_plugin_main_fn plugin_main) {
  ebb_plugin_info info{};
  info.size = sizeof info;
  context.info = &info;
  const int status = plugin_main(&host_table(), &context, &info);
  const std::string name = info.name ? info.name : "(unnamed)";
  if (info.major != EBB_SDK_MAJOR || info.minor > EBB_SDK_MINOR)
    throw UserError(
        "plugin " + name + " was built for version " + std::to_string(info.major) + "." +
            std::to_string(info.minor) + " of the plugin interface; this Ebb has " +
            std::to_string(EBB_SDK_MAJOR) + "." + std::to_string(EBB_SDK_MINOR),
        {info.major > EBB_SDK_MAJOR || info.minor > EBB_SDK_MINOR ? "a newer Ebb can load it"
                                                                  : "build the plugin anew"});
  if (status != EBB_OK) {
    throw UserError(
        context.message.empty() ? "plugin " + name + " failed to register" : context.message,
        hints_of(context.hint));
  }
  return info;
}

namespace {

using Types = boost::container::small_vector<Type, 1>;

// Shapes that would fit if they were aligned at the last dimension are those of a batch.
std::string advice_on_broadcast(const Type& a, const Type& b) {
  const bool batch = (a.per_sample || b.per_sample) && a.shape.rank() == 2 && b.shape.rank() == 1 &&
                     a.shape.dims()[1] == b.shape.dims()[0];
  return std::string("shapes align at the first dimension; each must agree or be 1") +
         (batch ? "; a script describes one sample, without a dimension of the batch" : "");
}

void infer_elementwise(const OpDef& op, std::span<const Type> inputs, int signature, Type& output) {
  output.dtype = static_cast<DType>(op.signatures[static_cast<std::size_t>(signature)].output);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Shape joined;
    if (!broadcast(output.shape, inputs[i].shape, joined))
      throw OpError{"shapes do not fit: {0} is " + to_string(inputs[0].shape) + ", {" +
                        std::to_string(i) + "} is " + to_string(inputs[i].shape),
                    advice_on_broadcast(inputs[0], inputs[i])};
    output.shape = joined;
  }
}

// What an optimizer or a schedule gives: the next value, then the next states.
void infer_update(const OpDef& op, std::span<const Type> inputs, Types& outputs) {
  const Type value = op.kind == EBB_KIND_OPTIMIZER ? inputs[0] : Type{DType::real, false, {}};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool setting = i >= op.given_inputs() + op.states.size();
    const Shape& wanted = setting ? Shape() : value.shape;
    if (inputs[i].per_sample || !(inputs[i].shape == wanted))
      throw OpError{op.inputs[i].name + " must be " +
                        (wanted.is_scalar() ? "a number" : to_string(wanted)) + ", but is " +
                        to_string(inputs[i]),
                    {}};
  }
  for (Type& output : outputs) output = value;
}

// What became of a rule that returned EBB_FAILED. Of a plugin from a file it names the plugin.
OpError rule_failure(const OpDef& op, const char* rule, const ebb_context& context) {
  if (!op.from_file) return {context.message, context.hint};
  const std::string why =
      context.message.empty() ? std::string("its ") + rule + " failed" : context.message;
  return {op.name + " of the plugin " + op.plugin + ": " + why, context.hint};
}

void infer_by_rule(const OpDef& op, std::span<const Type> inputs, const Attributes* attrs,
                   Types& outputs) {
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
  if (call_plugin(op, "type rule", context, [&] { return op.infer(&call); }) != EBB_OK)
    throw rule_failure(op, "type rule", context);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i].rank < 0 || out[i].rank > EBB_MAX_RANK || out[i].dtype < EBB_BOOL ||
        out[i].dtype > EBB_REAL)
      throw OpError{
          op.name + " of the plugin " + op.plugin + ": its type rule gives a type that can not be",
          {}};
    const std::span dims(out[i].dims, static_cast<std::size_t>(out[i].rank));
    if (!is_valid_shape(dims)) throw OpError{"the result would have too many elements", {}};
    outputs[i] = from_c(out[i]);
  }
}

}  // namespace

Value call_backward(Graph& graph, NodeId id, std::span<const Value> gradients) {
  const Node& node = graph.node(id);
  const OpDef& op = *node.op;
  const Span at = node.span;
  const auto attrs = node.attrs;
  const auto given = graph.inputs(id);
  std::vector<Value> inputs(given.begin(), given.end());
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(op.outputs); ++i)
    inputs.push_back({id, i});
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(op.outputs); ++i) {
    const Shape shape = graph.type({id, i}).shape;
    inputs.push_back(gradients[i] ? gradients[i]
                                  : graph.constant(Tensor(Type{DType::f64, false, shape}), at));
  }
  return graph.add_resolved(*op.backward, inputs, attrs, at);
}

Value gradient_of_input(const OpDef& op, Value backward, std::size_t input) {
  for (std::size_t i = 0; i < input; ++i) backward.output += op.is_differentiable_in(i) ? 1 : 0;
  return backward;
}

boost::container::small_vector<Type, 1> infer_types(const OpDef& op, std::span<const Type> inputs,
                                                    const Attributes* attrs, int signature) {
  boost::container::small_vector<Type, 1> outputs(static_cast<std::size_t>(op.outputs));
  const bool per_sample = std::ranges::any_of(inputs, &Type::per_sample);
  for (Type& type : outputs) type.per_sample = per_sample;
  if (op.is_elementwise()) {
    infer_elementwise(op, inputs, signature, outputs[0]);
  } else if (op.kind == EBB_KIND_OPTIMIZER || op.kind == EBB_KIND_SCHEDULE) {
    infer_update(op, inputs, outputs);
  } else if (op.backward_of) {
    std::size_t output = 0;
    for (std::size_t i = 0; i < op.backward_of->inputs.size(); ++i)
      if (op.backward_of->is_differentiable_in(i)) outputs[output++].shape = inputs[i].shape;
  } else {
    infer_by_rule(op, inputs, attrs, outputs);
  }
  if (!is_valid_shape(outputs[0].shape.dims()))
    throw OpError{"the result would have too many elements", {}};
  return outputs;
}

std::size_t scratch_bytes(const OpDef& op, std::span<const ebb_type> inputs,
                          std::span<const ebb_type> outputs, const ebb_attr* attrs,
                          std::int64_t samples) {
  if (!op.scratch_bytes) return 0;
  const InPlugin note(op, "scratch rule");
  return op.scratch_bytes(op.self, inputs.data(), static_cast<std::int32_t>(inputs.size()),
                          outputs.data(), attrs, samples);
}

std::optional<double> flops(const OpDef& op, std::span<const ebb_type> inputs,
                            std::span<const ebb_type> outputs, const ebb_attr* attrs,
                            std::int64_t samples) {
  if (!op.flops) return std::nullopt;
  const InPlugin note(op, "rule of operations");
  return op.flops(op.self, inputs.data(), static_cast<std::int32_t>(inputs.size()), outputs.data(),
                  attrs, samples);
}

UserError plugin_failure(const std::string& name, const std::string& plugin,
                         const ebb_context& context, Span at) {
  return UserError({Severity::error,
                    name + " of the plugin " + plugin + " failed" +
                        (context.message.empty() ? "" : ": " + context.message),
                    at,
                    {},
                    hints_of(context.hint)});
}

namespace {

// What a rule gave, if it can be the gradient of that input.
Value checked_gradient(const Graph& graph, NodeId id, std::size_t input, ebb_value result) {
  const OpDef& op = *graph.node(id).op;
  const auto wrong = [&](const std::string& what) {
    return OpError{op.name + " of the plugin " + op.plugin + ": its gradient rule for {" +
                       std::to_string(input) + "} gives " + what,
                   {}};
  };
  if (result == 0 || !is_known(graph, from_handle(result))) throw wrong("no value of the graph");
  const Value gradient = from_handle(result);
  const Type &given = graph.type(gradient), &wanted = graph.type(graph.inputs(id)[input]);
  if (given.dtype != DType::real) throw wrong("no real number");
  Shape joined;
  if (!broadcast(given.shape, wanted.shape, joined))
    throw wrong(to_string(given.shape) + ", which does not fit " + to_string(wanted.shape));
  return gradient;
}

}  // namespace

Value call_vjp(Graph& graph, NodeId id, std::size_t input, std::span<const Value> gradients) {
  const Node& node = graph.node(id);
  const OpDef& op = *node.op;
  if (op.backward) return gradient_of_input(op, call_backward(graph, id, gradients), input);
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
  if (call_plugin(op, "gradient rule", context, [&] { return op.vjp(&call, &result); }) != EBB_OK)
    throw rule_failure(op, "gradient rule", context);
  return checked_gradient(graph, id, input, result);
}

}  // namespace ebb
