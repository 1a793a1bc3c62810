#include "graph/core/records.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace ebb {

namespace {

AttrDef import_attr_def(const ebb_attr_def& def) {
  AttrDef attr;
  attr.name = text_of(def.name);
  attr.doc = text_of(def.doc);
  attr.kind = def.fallback.kind;
  if (attr.name.empty() || attr.doc.empty())
    throw OpError{"an attribute needs a name and documentation", {}};
  if (attr.kind < EBB_ATTR_INT || attr.kind > EBB_ATTR_STRINGS)
    throw OpError{"attribute `" + attr.name + "` has no type", {}};
  if (!def.required) attr.fallback = import_attr(def.fallback);
  attr.lower = def.lower;
  attr.upper = def.upper;
  attr.lower_excluded = (def.exclusive & 1) != 0;
  attr.upper_excluded = (def.exclusive & 2) != 0;
  attr.is_path = def.is_path != 0;
  return attr;
}

InputDef import_input(const ebb_input_def& def) {
  InputDef input;
  input.name = text_of(def.name);
  input.dtype = def.dtype;
  input.variadic = def.variadic != 0;
  input.domain.lower = def.domain.lower;
  input.domain.upper = def.domain.upper;
  input.domain.lower_excluded = (def.domain.exclusive & 1) != 0;
  input.domain.upper_excluded = (def.domain.exclusive & 2) != 0;
  if (def.domain.kink_count > 0)
    input.domain.kinks.assign(def.domain.kinks, def.domain.kinks + def.domain.kink_count);
  if (def.turn_count > 0) input.turns.assign(def.turns, def.turns + def.turn_count);
  input.doc = text_of(def.doc);
  if (def.optional != 0) input.fallback = def.fallback;
  if (input.name.empty()) throw OpError{"an input needs a name", {}};
  return input;
}

ProofCase import_case(const ebb_case& record) {
  ProofCase one;
  for (std::int32_t i = 0; i < record.input_count; ++i) {
    const ebb_type& type = record.inputs[i];
    if (type.rank < 0 || type.rank > EBB_MAX_RANK ||
        !is_valid_shape({type.dims, static_cast<std::size_t>(type.rank)}))
      throw OpError{"a case to prove has a shape that can not be", {}};
    one.shapes.emplace_back(std::span(type.dims, static_cast<std::size_t>(type.rank)));
  }
  for (std::int32_t i = 0; i < record.attr_count; ++i)
    one.attrs.emplace_back(text_of(record.attrs[i].name), import_attr(record.attrs[i].value));
  return one;
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

// The settings of an optimizer or a schedule become the last inputs of its kernels.
void add_given_inputs(OpDef& op) {
  const auto given = [](const char* name, std::int32_t dtype) {
    InputDef input;
    input.name = name;
    input.dtype = dtype;
    input.domain.lower = -INFINITY;
    input.domain.upper = INFINITY;
    return input;
  };
  std::vector<InputDef> all;
  if (op.kind == EBB_KIND_OPTIMIZER) {
    all = {given("w", EBB_REAL), given("g", EBB_REAL)};
  } else {
    all = {given("step", EBB_I64), given("epoch", EBB_I64), given("last_validation", EBB_REAL)};
  }
  for (const StateDef& state : op.states) all.push_back(given(state.name.c_str(), EBB_REAL));
  all.insert(all.end(), op.inputs.begin(), op.inputs.end());
  op.inputs = std::move(all);
  op.outputs = 1 + static_cast<int>(op.states.size());
}

void check_update_rule(const OpDef& op) {
  if (!op.kernel_f32 || !op.kernel_f64) throw OpError{"it needs kernels for float and double", {}};
  if (op.is_elementwise() || op.infer || op.vjp || op.backward_of)
    throw OpError{"an optimizer or a schedule has kernels, and no type rule or gradient", {}};
  for (const StateDef& state : op.states)
    if (state.name.empty() || state.doc.empty())
      throw OpError{"a state needs a name and documentation", {}};
  for (const InputDef& setting : op.settings()) {
    if (setting.doc.empty())
      throw OpError{"setting `" + setting.name + "` has no documentation", {}};
    if (setting.dtype != EBB_REAL || setting.variadic)
      throw OpError{"setting `" + setting.name + "` is no real number", {}};
  }
}

void check_over_samples(const OpDef& op) {
  const int attr = op.find_attr(op.over_samples);
  if (attr < 0 || op.attrs[static_cast<std::size_t>(attr)].fallback != Attr(false))
    throw OpError{"`" + op.over_samples + "` sums over the samples, but is no attribute that is " +
                      "false by default",
                  {}};
  if (op.outputs != 1) throw OpError{"an op that sums over the samples has one output", {}};
}

void check_kernels(const OpDef& op) {
  const bool tensor = op.infer && op.kernel_f32 && op.kernel_f64;
  if (!op.is_elementwise() && !tensor)
    throw OpError{"it needs elementwise kernels, or a type rule and kernels for float and double",
                  {}};
  if (!op.is_elementwise()) return;
  if (op.outputs != 1 || op.inputs.empty() || op.inputs.size() > 8 || op.is_variadic())
    throw OpError{"an elementwise op has a fixed number of inputs, at most 8, and one output", {}};
  for (const ebb_signature& signature : op.signatures)
    if (!signature.f32 || !signature.f64)
      throw OpError{"an elementwise op needs kernels for float and double", {}};
}

void check_backward(const ebb_op& record, const OpDef& op) {
  if (!record.backward_f32 && !record.backward_f64) return;
  if (!record.backward_f32 || !record.backward_f64)
    throw OpError{"a backward kernel is needed for float and double", {}};
  if (op.vjp) throw OpError{"it has both a VJP rule and a backward kernel", {}};
  if (op.is_variadic() || op.claims_(EBB_RANDOM))
    throw OpError{"an op with a backward kernel has a fixed number of inputs and is not random",
                  {}};
  if (op.differentiable == 0)
    throw OpError{"its backward kernel gives no gradient: `differentiable` is 0", {}};
  if (!op.claims_(EBB_FIRST_ORDER))
    throw OpError{"a backward kernel gives first derivatives only: claim EBB_FIRST_ORDER", {}};
}

void check_record(const ebb_op& record, const OpDef& op) {
  if (op.name.empty()) throw OpError{"the op has no name", {}};
  if (op.doc.empty()) throw OpError{"documentation is missing", {}};
  if (op.outputs < 1) throw OpError{"an op has at least one output", {}};
  if (op.kind < EBB_KIND_OP || op.kind > EBB_KIND_SCHEDULE)
    throw OpError{"it is of a kind that this Ebb does not know", {}};
  if (op.kind >= EBB_KIND_OPTIMIZER) return check_update_rule(op);
  check_kernels(op);
  check_backward(record, op);
  if (op.claims_(EBB_MONOTONE) && !op.is_elementwise())
    throw OpError{"only an elementwise op can be monotone", {}};
  if (op.claims_(EBB_GRADIENT_BY_DEFINITION) && op.reason.empty())
    throw OpError{"a gradient by definition needs its reason", {}};
  if (!op.over_samples.empty()) check_over_samples(op);
}

}  // namespace

Attr import_attr(const ebb_attr& attr) {
  const auto n = static_cast<std::size_t>(attr.i);
  switch (attr.kind) {
    case EBB_ATTR_INT:
      return attr.i;
    case EBB_ATTR_REAL:
      return attr.r;
    case EBB_ATTR_BOOL:
      return attr.i != 0;
    case EBB_ATTR_STRING:
      return text_of(attr.s);
    case EBB_ATTR_INTS:
      return std::vector<std::int64_t>(attr.ints, attr.ints + n);
    case EBB_ATTR_REALS:
      return std::vector<double>(attr.reals, attr.reals + n);
    case EBB_ATTR_STRINGS: {
      std::vector<std::string> strings;
      for (const char* at = attr.s; strings.size() < n; at += strings.back().size() + 1)
        strings.emplace_back(at);
      return strings;
    }
    default:
      throw OpError{"an attribute has no type", {}};
  }
}

std::vector<AttrDef> import_attrs(const ebb_attr_def* attrs, std::int32_t count) {
  std::vector<AttrDef> result;
  for (std::int32_t i = 0; i < count; ++i)
    result.push_back(import_attr_def(table_element(attrs, i)));
  return result;
}

std::vector<InputDef> import_inputs(const ebb_input_def* inputs, std::int32_t count) {
  std::vector<InputDef> result;
  for (std::int32_t i = 0; i < count; ++i) result.push_back(import_input(table_element(inputs, i)));
  return result;
}

OpDef import_op(const ebb_op& record, const std::string& plugin) {
  const ebb_op full = whole_table(&record);
  OpDef op;
  op.plugin = plugin;
  op.name = text_of(full.name);
  op.family = text_of(full.family);
  op.doc = text_of(full.doc);
  op.kind = full.kind;
  op.claims = full.claims;
  op.reason = text_of(full.reason);
  op.inputs = import_inputs(full.inputs, full.input_count);
  op.attrs = import_attrs(full.attrs, full.attr_count);
  for (std::int32_t i = 0; i < full.signature_count; ++i)
    op.signatures.push_back(table_element(full.signatures, i));
  op.outputs = full.output_count;
  op.infer = full.infer;
  op.kernel_f32 = full.kernel_f32;
  op.kernel_f64 = full.kernel_f64;
  op.scratch_bytes = full.scratch_bytes;
  op.flops = full.flops;
  op.vjp = full.vjp;
  op.differentiable = full.differentiable;
  op.derivative = text_of(full.derivative);
  op.notation = text_of(full.notation);
  op.precedence = full.precedence;
  op.operator_text = text_of(full.operator_text);
  op.range = text_of(full.range);
  op.output = parse_range(op.range);
  op.example = text_of(full.example);
  op.example_result = text_of(full.example_result);
  op.self = full.self;
  op.over_samples = text_of(full.over_samples);
  for (std::int32_t i = 0; i < full.state_count; ++i) {
    const ebb_state_def state = table_element(full.states, i);
    op.states.push_back({text_of(state.name), text_of(state.doc), state.initial});
  }
  for (std::int32_t i = 0; i < full.case_count; ++i)
    op.cases.push_back(import_case(table_element(full.cases, i)));
  if (op.kind == EBB_KIND_OPTIMIZER || op.kind == EBB_KIND_SCHEDULE) add_given_inputs(op);
  check_record(full, op);
  return op;
}

OpDef import_backward(const ebb_op& record, const OpDef& op) {
  const ebb_op full = whole_table(&record);
  OpDef backward;
  backward.name = op.name + ".backward";
  backward.family = op.family;
  backward.doc = "The gradients of the inputs of " + op.name + ".";
  backward.plugin = op.plugin;
  backward.from_file = op.from_file;
  backward.backward_of = &op;
  backward.attrs = op.attrs;
  const auto take = [&](const std::string& name, std::int32_t dtype) {
    InputDef input;
    input.name = name;
    input.dtype = dtype;
    input.domain.lower = -INFINITY;
    input.domain.upper = INFINITY;
    backward.inputs.push_back(std::move(input));
  };
  for (const InputDef& input : op.inputs) take(input.name, input.dtype);
  for (int i = 0; i < op.outputs; ++i) take("output", EBB_REAL);
  for (int i = 0; i < op.outputs; ++i) take("gradient", EBB_REAL);
  backward.outputs = 0;
  for (std::size_t i = 0; i < op.inputs.size(); ++i)
    backward.outputs += (op.differentiable >> i & 1u) != 0 ? 1 : 0;
  backward.kernel_f32 = full.backward_f32;
  backward.kernel_f64 = full.backward_f64;
  backward.scratch_bytes = full.backward_scratch;
  backward.self = full.self;
  backward.notation = op.name + "′({...})";
  return backward;
}

}  // namespace ebb
