// Optimizers and schedules of plugins: ops that scripts call as they call their own.
#include <utility>

#include "graph/script/elaborator.hpp"

namespace ebb::script {

// The settings as the call gives them, the others by their defaults; attributes go to `attrs`.
std::vector<std::pair<std::string, Item>> Elaborator::settings_of(const OpDef& op,
                                                                  const ast::Call* node, Span at,
                                                                  NamedAttrs& attrs) {
  std::vector<Formal> formals;
  for (const InputDef& setting : op.settings())
    formals.push_back({setting.name, !setting.fallback});
  for (const AttrDef& attr : op.attrs) formals.push_back({attr.name, !attr.fallback});
  Matched matched(formals.size());
  if (node != nullptr) matched = match(op.name, formals, *node);
  std::vector<std::pair<std::string, Item>> settings;
  for (std::size_t i = 0; i < formals.size(); ++i) {
    if (matched[i] == nullptr && formals[i].required)
      fail(Mistake::missing_argument, at, op.name + " needs its setting `" + formals[i].name + "`");
    if (i >= op.settings().size()) {
      if (matched[i] != nullptr)
        attrs.emplace_back(formals[i].name, attribute(op.name, formals[i].name, *matched[i]));
      continue;
    }
    const InputDef& setting = op.settings()[i];
    Item item = setting.fallback.value_or(0);
    if (matched[i] != nullptr) {
      item = evaluate(*matched[i]->value);
      check_setting(op, setting, item, matched[i]->value->span);
    }
    settings.emplace_back(setting.name, std::move(item));
  }
  return settings;
}

// A setting is a number in the setting's bounds, or a number that the graph computes.
void Elaborator::check_setting(const OpDef& op, const InputDef& setting, const Item& item,
                               Span at) {
  if (const auto* number = as<double>(item)) {
    if (contains(setting.domain, *number)) return;
    fail(Mistake::attribute_value, at,
         op.name + ": " + setting.name + " lies in " + to_string(setting.domain) + ", but is " +
             ast::spelling(*number));
  }
  const auto* value = as<Value>(item);
  if (value == nullptr) {
    fail(Mistake::argument_kind, at,
         op.name + ": " + setting.name + " is a number or a schedule, not " + kind_of(item));
  }
  const Type& type = model_.graph.type(*value);
  if (type.per_sample || !type.shape.is_scalar()) {
    fail(Mistake::argument_kind, at,
         op.name + ": " + setting.name + " is a number, but this is " + to_string(type));
  }
}

// momentum_c(0.1), or momentum_c alone where `node` is null.
RulePtr Elaborator::make_native_rule(const OpDef& op, const ast::Call* node, Span at) {
  auto rule = std::make_shared<Rule>();
  rule->name = op.name;
  rule->native = &op;
  rule->at = at;
  rule->hyperparameters = settings_of(op, node, at, rule->attrs);
  return rule;
}

// The node of an update: `inputs`, then the settings.
Value Elaborator::add_update(const OpDef& op, std::vector<Value> inputs,
                             const std::vector<std::pair<std::string, Item>>& settings,
                             const NamedAttrs& attrs, Span at) {
  check_graph_size(at);
  std::vector<Operand> operands;
  for (const Value input : inputs) operands.push_back({input, nullptr, nullptr});
  for (const auto& setting : settings) {
    const Operand operand{hyperparameter(setting), nullptr, setting.first.c_str()};
    inputs.push_back(to_value(operand, operands.size(), false, op.name, at));
    operands.push_back(operand);
  }
  try {
    return model_.graph.add(op, inputs, attrs, at);
  } catch (const OpError& error) {
    fail_op(op, error, operands, at);
  }
}

State Elaborator::add_native_state(const StateDef& def, const std::string& name, const Type& type,
                                   Span at) {
  const Value init = broadcast_to(model_.graph.constant(def.initial, at), type.shape, at);
  const Value value = model_.graph.variable(name, {DType::real, false, type.shape}, at);
  intervals_.set(value, {.known = false});
  model_.graph.set_name(value, name);
  model_.names.insert_or_assign(name, value);
  return {name, value, init, {}, at};
}

// What the rule makes of the parameter; its states are added to `states`, named behind `prefix`.
Value Elaborator::apply_native_rule(const Rule& rule, Value parameter, Value gradient,
                                    const std::string& prefix, std::vector<State>& states) {
  const OpDef& op = *rule.native;
  const Type type = model_.graph.type(parameter);
  std::vector<Value> inputs{parameter, gradient};
  const std::size_t first = states.size();
  for (const StateDef& def : op.states) {
    states.push_back(add_native_state(def, prefix + def.name, type, rule.at));
    states.back().rule = op.name;
    inputs.push_back(states.back().value);
  }
  const Value next = add_update(op, std::move(inputs), rule.hyperparameters, rule.attrs, rule.at);
  for (std::size_t i = 0; i < op.states.size(); ++i)
    states[first + i].next = {next.node, static_cast<std::uint32_t>(i + 1)};
  return next;
}

// A rate that changes. Its states belong to the run.
Item Elaborator::call_schedule(const OpDef& op, const ast::Call& node) {
  const Span at = node.callee->span;
  if (!rule_context_) fail_schedule(op.name, at);
  NamedAttrs attrs;
  // Arguments come first: schedules that are called in them are numbered before this one.
  const auto settings = settings_of(op, &node, at, attrs);
  const NameScope names = now_->names->open(op.name);
  std::vector<Value> inputs{special("step"), special("epoch"), special("last_validation")};
  const std::size_t first = model_.schedule_states.size();
  for (const StateDef& def : op.states) {
    model_.schedule_states.push_back(
        add_native_state(def, names.qualify(def.name), {DType::real, false, {}}, at));
    inputs.push_back(model_.schedule_states.back().value);
  }
  const Value rate = add_update(op, std::move(inputs), settings, attrs, at);
  for (std::size_t i = 0; i < op.states.size(); ++i)
    model_.schedule_states[first + i].next = {rate.node, static_cast<std::uint32_t>(i + 1)};
  model_.graph.set_name(rate, names.path());
  model_.names.insert_or_assign(names.path(), rate);
  return rate;
}

}  // namespace ebb::script
