// The optimizer stage: update rules become nodes of the graph.
#include <utility>

#include "graph/script/elaborator.hpp"

namespace ebb::script {

namespace {

// The rule's own, or that of the rule which it hands its gradient to.
LearningRate rate_of(const Rule& rule) {
  for (const auto& [name, setting] : rule.hyperparameters) {
    if (const auto* inner = std::get_if<RulePtr>(&setting)) return rate_of(**inner);
    if (name != "eta") continue;
    if (const auto* value = std::get_if<Value>(&setting)) return {*value};
    if (const auto* number = std::get_if<double>(&setting)) return {Value{}, *number};
  }
  return {};
}

}  // namespace

std::vector<Update> Elaborator::update(const std::vector<Value>& gradients) {
  strict_ = true;
  ensure(gradients.size() == model_.parameters.size(), "there is a gradient for each parameter");
  gradients_ = &gradients;
  global_norm_ = {};
  const Temporarily context(rule_context_, true);
  Activation activation;
  activation.scope = globals_;
  activation.names = &names_;
  const Temporarily current(now_, &activation);
  std::vector<Update> updates;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Parameter& parameter = model_.parameters[i];
    const auto entry = std::ranges::find_if(
        rules_.entries, [&](const auto& e) { return matches(e.pattern, parameter.name); });
    ensure(entry != rules_.entries.end(), "every parameter has an update rule");
    Update update;
    const Entered entered(
        *this, {entry->rule->name + " for " + parameter.name, nullptr, nullptr, optimizer_at_});
    const auto begin = static_cast<NodeId>(model_.graph.size());
    update.next = apply_rule(*entry->rule, parameter.value, gradients[i], parameter.name + "/",
                             update.states);
    update.rate = rate_of(*entry->rule);
    model_.calls.push_back(
        {frames_.back().text, "", begin, static_cast<NodeId>(model_.graph.size())});
    updates.push_back(std::move(update));
  }
  gradients_ = nullptr;
  return updates;
}

// What the rule makes of the parameter; its states are added to `states`, named behind `prefix`.
Value Elaborator::apply_rule(const Rule& rule, Value parameter, Value gradient,
                             const std::string& prefix, std::vector<State>& states) {
  if (rule.native) return apply_native_rule(rule, parameter, gradient, prefix, states);
  const ast::Optimizer& definition = *rule.definition;
  const OwnScope own(*this, ScopeKind::rule, rule.scope);
  Scope& scope = own.get();
  Activation activation;
  activation.scope = &scope;
  activation.names = &names_;
  activation.states = &states;
  activation.state_prefix = prefix;
  activation.rule = &definition;
  activation.rule_type = model_.graph.type(parameter);
  const Temporarily current(now_, &activation);
  const auto bind = [&](const ast::Parameter& formal, const Item& item) {
    scope.set(formal.name.text, {item, BindingKind::argument, formal.name.span});
  };
  bind(definition.parameters[0], parameter);
  bind(definition.parameters[1], gradient);
  for (std::size_t i = 0; i < rule.hyperparameters.size(); ++i) {
    bind(definition.hyperparameters[i], hyperparameter(rule.hyperparameters[i]));
  }
  run(definition.body);
  const std::string next = definition.parameters[0].name.text + "'";
  const Binding* result = scope.find_here(next);
  if (result == nullptr) {
    fail(Mistake::no_next_value, definition.name.span,
         "`" + rule.name + "` does not say what `" + next + "` is",
         {"an optimizer assigns the next value of its parameter: `" + next + " = ...`"});
  }
  return std::get<Value>(result->item);
}

// The hyper-parameter's value; for equations, an input that stands for a number.
Item Elaborator::hyperparameter(const std::pair<std::string, Item>& given) {
  const double* number = std::get_if<double>(&given.second);
  if (!model_.symbolic || number == nullptr) return given.second;
  for (const Hyperparameter& known : model_.hyperparameters) {
    if (known.name == given.first && known.number == *number) return known.value;
  }
  const Value value = model_.graph.input(given.first, {DType::real, false, {}});
  model_.hyperparameters.push_back({given.first, value, *number});
  return value;
}

// What a run counts and measures, as leaves that the executor feeds.
Value Elaborator::special(const std::string& name) {
  const auto leaf = [&](Value& value, DType dtype, bool per_sample) {
    if (!value) {
      value = model_.graph.input("run." + name, {dtype, per_sample, {}});
      model_.graph.set_name(value, name);
    }
    return value;
  };
  if (name == "step") return leaf(model_.step, DType::i64, false);
  if (name == "epoch") return leaf(model_.epoch, DType::i64, false);
  if (name == "last_validation") return leaf(model_.last_validation, DType::real, false);
  if (name == "sample_index") return leaf(model_.sample_index, DType::i64, true);
  if (global_norm_) return global_norm_;
  ensure(gradients_ != nullptr, "global_norm is asked for inside rules only");
  Value sum;
  for (const Value gradient : *gradients_) {
    const Value square = add_node(registry_.get("power"), {{gradient, nullptr, nullptr}},
                                  {{"n", std::int64_t{2}}}, optimizer_at_);
    const Value total =
        add_node(registry_.get("sum"), {{square, nullptr, nullptr}}, {}, optimizer_at_);
    sum = sum ? add_node(*registry_.core().add,
                         {{sum, nullptr, nullptr}, {total, nullptr, nullptr}}, {}, optimizer_at_)
              : total;
  }
  global_norm_ = add_node(registry_.get("sqrt"), {{sum, nullptr, nullptr}}, {}, optimizer_at_);
  model_.graph.set_name(global_norm_, name);
  return global_norm_;
}

}  // namespace ebb::script
