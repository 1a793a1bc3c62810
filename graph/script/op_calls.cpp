// Calls of ops: arguments become inputs and attributes of a node.
#include <algorithm>
#include <cmath>
#include <ebb/random.hpp>
#include <utility>

#include "graph/core/evaluate.hpp"
#include "graph/script/elaborator.hpp"
#include "graph/script/limits.hpp"

namespace ebb::script {

namespace {

std::vector<double> numbers_of(const Array& array) {
  return {array.data<double>(), array.data<double>() + array.elements()};
}

bool is_initializer(const OpDef& op) { return op.kind == EBB_KIND_INITIALIZER; }

// Attributes that the host sets and no script does.
bool set_by_host(const OpDef& op, const std::string& attr) {
  return attr == "key" && (is_initializer(op) || op.claims_(EBB_RANDOM));
}

// Inputs, then attributes.
std::vector<Formal> formals_of(const OpDef& op) {
  std::vector<Formal> formals;
  for (const InputDef& input : op.inputs) formals.push_back({input.name, true});
  for (const AttrDef& attr : op.attrs) {
    if (set_by_host(op, attr.name)) continue;
    const bool shape = is_initializer(op) && attr.name == "shape";
    formals.push_back({attr.name, !attr.fallback && !shape});
  }
  return formals;
}

bool all_whole(const Array& array) {
  for (std::int64_t i = 0; i < array.elements(); ++i) {
    if (!is_whole(array.at(i))) return false;
  }
  return true;
}

bool is_whole_item(const Item& item) {
  if (const auto* number = as<double>(item)) return is_whole(*number);
  Array array;
  const auto* list = as<ListPtr>(item);
  return as<Interval>(item) != nullptr ||
         (list != nullptr && to_array(**list, array) && all_whole(array));
}

// Of a variadic op: where the last operand is a list of values of the graph, its items in its
// place.
void spread(std::vector<Operand>& operands) {
  const Operand given = operands.back();
  const auto* list = as<ListPtr>(given.item);
  const auto is_value = [](const Item& item) { return as<Value>(item) != nullptr; };
  if (list == nullptr || std::ranges::none_of((*list)->items, is_value)) return;
  operands.pop_back();
  for (const Item& item : (*list)->items) operands.push_back({item, given.source, nullptr});
}

// The one of so many operands that a refusal speaks of; `count` where it speaks of none or several.
std::size_t only_operand(const std::string& message, std::size_t count) {
  std::size_t only = count;
  for (std::size_t i = 0; i < count; ++i) {
    if (message.find("{" + std::to_string(i) + "}") == std::string::npos) continue;
    if (only < count) return count;
    only = i;
  }
  return only;
}

// The declaration of an input or a target with `: int`.
Fix declared_whole(const std::vector<ModelInput>& inputs, const Operand& operand) {
  const auto* value = as<Value>(operand.item);
  const auto input = std::ranges::find_if(
      inputs, [&](const ModelInput& i) { return value != nullptr && i.value == *value; });
  if (input == inputs.end()) return {};
  const std::string_view text = input->span.file->text();
  const auto next = [&](std::size_t from) { return text.find_first_not_of(" \t", from); };
  std::size_t end = input->span.end;
  if (const std::size_t open = next(end); open != std::string_view::npos && text[open] == '[')
    end = text.find(']', open) + 1;
  std::size_t type_end = end;
  if (const std::size_t colon = next(end); colon != std::string_view::npos && text[colon] == ':')
    type_end = text.find("real", colon) + 4;
  const std::string name(text.substr(input->span.begin, end - input->span.begin));
  return replacement(
      "declare it " + name + " : int",
      {input->span.file, static_cast<std::uint32_t>(end), static_cast<std::uint32_t>(type_end)},
      " : int");
}

Mistake mistake_of(const OpError& error) {
  switch (error.about) {
    case OpError::About::shapes:
      return Mistake::shape_mismatch;
    case OpError::About::element_type:
      return Mistake::element_type;
    case OpError::About::attribute:
      return Mistake::attribute_value;
    case OpError::About::input_count:
      return Mistake::missing_argument;
  }
  throw InternalError("mistake_of: no such kind of refusal");
}

}  // namespace

Item Elaborator::call_op(const OpDef& op, const ast::Call& node) {
  std::vector<Operand> operands;
  NamedAttrs attrs;
  const auto operand = [&](const ast::Argument& argument) {
    operands.push_back({evaluate_or_poison(*argument.value), argument.value.get(), nullptr});
  };
  const auto attr = [&](const std::string& name, const ast::Argument& argument) {
    attrs.emplace_back(name, attribute(op.name, name, argument));
    require_attribute(op, attrs.back(), argument.value->span);
  };
  if (op.is_variadic()) {
    for (const ast::Argument& argument : node.arguments) {
      if (argument.named()) {
        attr(argument.name.text, argument);
      } else {
        operand(argument);
        spread(operands);
      }
    }
  } else {
    const std::vector<Formal> formals = formals_of(op);
    const Matched matched = match(op.name, formals, node);
    for (std::size_t i = 0; i < matched.size(); ++i) {
      if (matched[i] == nullptr) continue;
      if (i < op.inputs.size()) {
        operand(*matched[i]);
      } else {
        attr(formals[i].name, *matched[i]);
      }
    }
  }
  for (const Operand& given : operands)
    if (as<Poison>(given.item) != nullptr) throw Poisoned();
  const Span at = node.callee->span;
  if (!is_initializer(op)) return apply(op, std::move(operands), attrs, at);
  const bool shaped = std::ranges::any_of(attrs, [](const auto& a) { return a.first == "shape"; });
  if (!shaped) return std::make_shared<const Initializer>(Initializer{&op, attrs});
  attrs.emplace_back("key", random_key_for(random_name(op)));
  return add_node(op, {}, attrs, at);
}

// What no input can make right is wrong where it is given.
void Elaborator::require_attribute(const OpDef& op, const NamedAttrs::value_type& given,
                                   Span at) const {
  const int index = op.find_attr(given.first);
  if (index < 0) return;
  try {
    resolve_attributes(op.name, {op.attrs[static_cast<std::size_t>(index)]}, {given});
  } catch (const OpError& error) {
    fail(Mistake::attribute_value, at, error.message, hints_of(error.hint));
  }
}

Attr Elaborator::attribute(const std::string& callee, const std::string& name,
                           const ast::Argument& argument) {
  const Item item = evaluate(*argument.value);
  if (const auto* number = as<double>(item)) return *number;
  if (const auto* truth = as<bool>(item)) return *truth;
  if (const auto* text = as<std::string>(item)) return *text;
  if (const auto* interval = as<Interval>(item);
      interval && interval->size() <= max_list_elements) {
    count_copied(argument.value->span, interval->size());
    return numbers_of(to_array(*interval));
  }
  if (const auto* list = as<ListPtr>(item)) {
    Array array;
    count_copied(argument.value->span, (*list)->elements);
    if (to_array(**list, array) && array.dims.size() == 1) return numbers_of(array);
  }
  std::vector<std::string> hints;
  if (as<Value>(item) != nullptr) hints.emplace_back("it must be known when the script is loaded");
  fail(Mistake::not_constant, argument.value->span,
       callee + ": " + name + " is a constant, and cannot be " + kind_of(item), std::move(hints));
}

Item Elaborator::apply(const OpDef& op, std::vector<Operand> operands, const NamedAttrs& attrs,
                       Span at) {
  const bool numbers =
      !operands.empty() && !op.claims_(EBB_RANDOM) &&
      std::ranges::all_of(operands, [](const Operand& o) { return as<double>(o.item) != nullptr; });
  if (numbers) {
    if (auto result = apply_to_numbers(op, operands, attrs, at)) return *result;
  }
  const Value first = add_node(op, std::move(operands), attrs, at);
  return op.outputs == 1 ? Item(first) : outputs_of(first);
}

// The outputs of an op that has several, as a list.
Item Elaborator::outputs_of(Value first) const {
  auto list = std::make_shared<List>();
  list->elements = static_cast<std::int64_t>(model_.graph.node(first).outputs.size());
  for (std::uint32_t i = 0; i < list->elements; ++i) list->items.emplace_back(Value{first.node, i});
  return ListPtr(std::move(list));
}

// Numbers in, a scalar out: such a call is evaluated at once, in double.
std::optional<Item> Elaborator::apply_to_numbers(const OpDef& op,
                                                 const std::vector<Operand>& operands,
                                                 const NamedAttrs& attrs, Span at) {
  check_domain(op, operands, at);
  Graph scratch(registry_);
  std::vector<Value> inputs;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const double number = std::get<double>(operands[i].item);
    const bool whole = takes_whole(op, i, operands) && is_whole(number);
    inputs.push_back(
        scratch.constant(Tensor::from_values(whole ? DType::i64 : DType::f64, {}, {number})));
  }
  try {
    const Value value = scratch.add(op, inputs, attrs, at);
    if (op.outputs != 1 || !scratch.type(value).shape.is_scalar()) return std::nullopt;
    const double result = Evaluator(scratch)(value).at(0);
    if (scratch.type(value).dtype == DType::boolean) return result != 0;
    if (std::isfinite(result)) return result;
    fail(Mistake::outside_domain, at, op.name + " gives no finite number here");
  } catch (const OpError& error) {
    fail_op(op, error, operands, at);
  }
}

// Whether a number for this input is to be an integer: where the op takes nothing else, or where it
// meets integers.
bool Elaborator::takes_whole(const OpDef& op, std::size_t input,
                             const std::vector<Operand>& operands) const {
  const auto dtype = op.inputs.empty() ? static_cast<std::int32_t>(EBB_REAL)
                                       : op.inputs[std::min(input, op.inputs.size() - 1)].dtype;
  if (!op.is_elementwise() && dtype != EBB_ANY) return dtype == EBB_I64;
  bool integers = false;
  for (const Operand& operand : operands) {
    const Item& item = operand.item;
    const auto* value = as<Value>(item);
    const auto* source = as<SourcePtr>(item);
    if (value == nullptr && source == nullptr) {
      if (as<bool>(item) == nullptr && !is_whole_item(item)) return false;
      continue;
    }
    const DType type = value != nullptr ? model_.graph.type(*value).dtype
                                        : (*source)->columns.at(0).samples.array.dtype;
    if (type == DType::real || type == DType::f32 || type == DType::f64) return false;
    integers = integers || type != DType::boolean;
  }
  return integers;
}

Value Elaborator::add_node(const OpDef& op, std::vector<Operand> operands, const NamedAttrs& attrs,
                           Span at) {
  check_graph_size(at);
  check_domain(op, operands, at);
  std::vector<Value> inputs;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    inputs.push_back(to_value(operands[i], i, takes_whole(op, i, operands), op.name, at));
  }
  if (op.claims_(EBB_TRAINING) && !options_.training) return inputs.at(0);
  NamedAttrs complete = attrs;
  if (op.claims_(EBB_RANDOM)) {
    // Every sample has draws of its own; only what training does to a shared value is shared, and
    // drawn anew in each step.
    const bool per_sample = !op.claims_(EBB_TRAINING) || model_.graph.type(inputs.at(0)).per_sample;
    inputs.push_back(special(per_sample ? "epoch" : "step"));
    inputs.push_back(per_sample ? special("sample_index")
                                : model_.graph.constant(Tensor::from_values(DType::i64, {}, {0})));
    complete.emplace_back("key", random_key_for(random_name(op)));
  }
  try {
    return model_.graph.add(op, inputs, complete, at);
  } catch (const OpError& error) {
    fail_op(op, error, operands, at);
  }
}

void Elaborator::fail_op(const OpDef& op, const OpError& error,
                         const std::vector<Operand>& operands, Span at) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < operands.size(); ++i) names.push_back(operand_name(operands[i], i));
  std::string message = fill_in(error.message, names);
  if (!message.starts_with(op.name)) message = op.name + ": " + message;
  const std::size_t only = only_operand(error.message, operands.size());
  Fix fix;
  Span place = at;
  if (only < operands.size() && !op.inputs.empty()) {
    const Operand& operand = operands[only];
    const bool takes_whole = op.inputs[std::min(only, op.inputs.size() - 1)].dtype == EBB_I64;
    if (error.about == OpError::About::element_type && takes_whole)
      fix = declared_whole(model_.inputs, operand);
    // What is written out has no declaration to point at.
    if (as<Value>(operand.item) == nullptr && operand.source != nullptr)
      place = operand.source->span;
  }
  fail(mistake_of(error), place, std::move(message),
       {hints_of(fill_in(error.hint, names)), declarations(operands, at), std::move(fix)});
}

// The operand as a value of the graph; `whole` asks for integers where it is made of numbers.
Value Elaborator::to_value(const Operand& operand, std::size_t index, bool whole,
                           const std::string& user, Span at) {
  const Item& item = operand.item;
  if (const auto* value = as<Value>(item)) return *value;
  if (const auto* source = as<SourcePtr>(item)) {
    return column_value(**source, whole ? DType::i64 : DType::real, at);
  }
  const Span own = operand.source != nullptr ? operand.source->span : at;
  if (const auto* truth = as<bool>(item)) {
    return model_.graph.constant(Tensor::from_values(DType::boolean, {}, {*truth ? 1.0 : 0.0}),
                                 own);
  }
  Array array;
  if (const auto* number = as<double>(item)) {
    array = Array::make(DType::f64, {});
    array.data<double>()[0] = *number;
    return constant(array, whole, own);
  }
  if (const auto* interval = as<Interval>(item);
      interval && interval->size() <= max_list_elements) {
    return constant(to_array(*interval), whole, own);
  }
  if (const auto* list = as<ListPtr>(item)) {
    if (to_array(**list, array)) return constant(array, whole, own);
    if (operand.source != nullptr) {
      require_even_rows(Mistake::ragged_list, user + " takes lists of numbers", **list,
                        *operand.source);
    }
    fail(Mistake::ragged_list, own,
         user + " takes lists of numbers, all rows of one length; this list is none",
         {"`concat(...)` joins values of the graph"});
  }
  const std::string name = operand.source != nullptr && is_scoped_name(*operand.source)
                               ? "`" + to_source(*operand.source) + "`"
                           : operand.place != nullptr ? std::string(operand.place)
                                                      : "argument " + std::to_string(index + 1);
  fail(Mistake::argument_kind, own, user + " takes values, but " + name + " is " + kind_of(item),
       hints_on(item));
}

Value Elaborator::constant(const Array& array, bool whole, Span at) {
  // Each is looked at several times, and hashed.
  count_steps(at, array.elements() / 2);
  const DType dtype = whole && all_whole(array) ? DType::i64 : DType::f64;
  return model_.graph.constant(
      Tensor::from_values(dtype, Shape(std::span<const std::int64_t>(array.dims)),
                          {array.data<double>(), array.data<double>() + array.elements()}),
      at);
}

Value Elaborator::convert(Value value, DType dtype, Span at) {
  return add_node(*registry_.core().convert, {{value, nullptr, nullptr}},
                  {{"dtype", static_cast<std::int64_t>(dtype)}}, at);
}

// Between which bounds the numbers of an operand lie.
Bounds Elaborator::bounds_of(const Item& item) {
  if (const auto* value = as<Value>(item)) return intervals_(*value);
  Array array = Array::make(DType::f64, {});
  if (const auto* number = as<double>(item)) array.data<double>()[0] = *number;
  const auto* list = as<ListPtr>(item);
  if (as<double>(item) == nullptr && (list == nullptr || !to_array(**list, array))) {
    return {.known = false};
  }
  return ebb::bounds_of(to_tensor(array, {DType::f64, false, Shape(array.dims)}));
}

void Elaborator::check_domain(const OpDef& op, const std::vector<Operand>& operands, Span at) {
  for (std::size_t i = 0; i < operands.size() && i < op.inputs.size(); ++i) {
    const Domain& domain = op.inputs[i].domain;
    if (domain.lower == -INFINITY && domain.upper == INFINITY) continue;
    const Bounds bounds = bounds_of(operands[i].item);
    const Containment part = containment(bounds, domain);
    if (part == Containment::inside) continue;
    const std::string what = operand_text(operands[i], i);
    const std::string message = op.name + " is defined on " + to_string(domain) + ", but " +
                                (bounds.single()       ? "gets " + ast::spelling(bounds.lower)
                                 : bounds.whole_line() ? what + " may be any number"
                                                       : what + " lies in " + to_string(bounds));
    if (part == Containment::outside) fail(Mistake::outside_domain, at, message);
    warn(Mistake::may_leave_domain, at, message, {clamp_hint(domain)});
  }
}

std::int64_t Elaborator::random_key_for(const std::string& name) const {
  return static_cast<std::int64_t>(sdk::random_key(options_.seed, name.c_str()));
}

// A name of its own for a random node: where it stands, and which one there it is.
std::string Elaborator::random_name(const OpDef& op) {
  const std::string name = now_->names->qualify(op.name);
  return name + "#" + std::to_string(random_nodes_[name]++);
}

}  // namespace ebb::script
