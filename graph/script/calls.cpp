// Calls of defs, layers and optimizers, and the matching of arguments for everything callable.
#include <algorithm>
#include <boost/range/adaptor/reversed.hpp>
#include <utility>

#include "graph/script/builtins.hpp"
#include "graph/script/elaborator.hpp"
#include "graph/script/foreign.hpp"
#include "graph/script/limits.hpp"

namespace ebb::script {

namespace {

std::vector<Formal> formals_of(const std::vector<ast::Parameter>& parameters) {
  std::vector<Formal> formals;
  for (const ast::Parameter& parameter : parameters) {
    formals.push_back({parameter.name.text, parameter.value == nullptr});
  }
  return formals;
}

// "dense(x, n, act)", with brackets around what may be left out.
std::string signature(const std::string& callee, const std::vector<Formal>& formals) {
  std::string text = callee + "(";
  for (const Formal& formal : formals) {
    if (text.back() != '(') text += ", ";
    text += formal.required ? formal.name : "[" + formal.name + "]";
  }
  return text + ")";
}

std::size_t find_formal(const std::vector<Formal>& formals, const std::string& name) {
  return static_cast<std::size_t>(std::ranges::find(formals, name, &Formal::name) -
                                  formals.begin());
}

// The names of arguments that the call gives, in their places or by name.
std::vector<std::string> given_names(const std::vector<Formal>& formals, const ast::Call& node) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < node.arguments.size(); ++i) {
    const ast::Argument& argument = node.arguments[i];
    if (argument.named()) names.push_back(argument.name.text);
    if (!argument.named() && i < formals.size()) names.push_back(formals[i].name);
  }
  return names;
}

// The name in a function's declaration; none where no script declares it.
Span declared_at(const Function& function) {
  if (const auto* def = std::get_if<const ast::Def*>(&function.body)) return (*def)->name.span;
  if (const auto* layer = std::get_if<const ast::Layer*>(&function.body))
    return (*layer)->name.span;
  const auto* optimizer = std::get_if<const ast::Optimizer*>(&function.body);
  return optimizer == nullptr ? Span() : (*optimizer)->name.span;
}

}  // namespace

Matched Elaborator::match(const std::string& callee, const std::vector<Formal>& formals,
                          const ast::Call& node, Span declared) const {
  Matched matched(formals.size());
  const std::string hint = "it is " + signature(callee, formals);
  std::vector<Label> labels;
  if (declared) labels.push_back({declared, "`" + callee + "` is declared here"});
  for (std::size_t i = 0; i < node.arguments.size(); ++i) {
    const ast::Argument& argument = node.arguments[i];
    if (!argument.named() && i >= formals.size()) {
      fail(Mistake::too_many_arguments, argument.span,
           callee + " takes " +
               (formals.empty()
                    ? "no arguments"
                    : std::to_string(formals.size()) +
                          (formals.size() == 1 ? " argument, but gets " : " arguments, but gets ") +
                          std::to_string(node.arguments.size())),
           {{hint}, labels});
    }
    const std::size_t at = argument.named() ? find_formal(formals, argument.name.text) : i;
    if (at == formals.size()) {
      std::vector<std::string> names;
      for (const Formal& formal : formals) names.push_back(formal.name);
      Advice advice = meant_argument(argument.name.text, names, given_names(formals, node),
                                     argument.name.span, hint);
      advice.labels = labels;
      fail(Mistake::unknown_argument, argument.name.span,
           callee + " has no argument `" + argument.name.text + "`", std::move(advice));
    }
    if (matched[at] != nullptr) {
      fail(Mistake::repeated_argument, argument.name.span,
           "`" + argument.name.text + "` is given twice",
           {{hint}, {{matched[at]->span, "the first"}}});
    }
    matched[at] = &argument;
  }
  for (std::size_t i = 0; i < formals.size(); ++i) {
    if (formals[i].required && matched[i] == nullptr) {
      fail(Mistake::missing_argument, node.callee->span,
           callee + " needs its argument `" + formals[i].name + "`", {{hint}, labels});
    }
  }
  return matched;
}

std::vector<Item> Elaborator::evaluate_arguments(const ast::Call& node) {
  std::vector<Item> items;
  items.reserve(node.arguments.size());
  for (const ast::Argument& argument : node.arguments)
    items.push_back(evaluate_or_poison(*argument.value));
  require_no_poison(items);
  return items;
}

void Elaborator::check_depth(Span at) {
  if (frames_.size() < max_call_depth) return;
  stop(Mistake::too_deep, at,
       "calls are nested more than " + std::to_string(max_call_depth) + " deep",
       "does a function call itself without end?");
}

// Of a string, at the place where it is written out, which may be an argument of a call around.
void Elaborator::fail_not_callable(const Item& item, const ast::Expression& callee) const {
  const std::string what =
      (is_scoped_name(callee) ? "`" + to_source(callee) + "`" : std::string("this")) + " is " +
      kind_of(item) + " and cannot be called";
  const auto* text = as<std::string>(item);
  if (text == nullptr) {
    Advice advice;
    if (as<Value>(item) != nullptr)
      advice = {"a product is written with `*`, an index in brackets"};
    else if (as<double>(item) != nullptr)
      advice = {"a product is written with `*`"};
    advice.labels = declarations({{item, &callee, nullptr}}, callee.span);
    fail(Mistake::not_callable, callee.span, what, std::move(advice));
  }
  const std::string hint = "a function is given by its name, without quotes";
  const ast::Expression* written = written_string(callee, *text);
  const std::vector<std::string> known = visible_names();
  Advice advice = written != nullptr && std::ranges::count(known, *text) > 0
                      ? replacement(hint + ": `" + *text + "`", written->span, *text)
                      : Advice{hint};
  const Span at = written != nullptr ? written->span : callee.span;
  if (written != nullptr && written != &callee) advice.labels = {{callee.span, "called here"}};
  fail(Mistake::not_callable, at, what, std::move(advice));
}

// The string literal that an expression is, or that a call around it has for an argument; else
// null.
const ast::Expression* Elaborator::written_string(const ast::Expression& expression,
                                                  const std::string& text) const {
  const auto is_it = [&](const ast::Expression& candidate) {
    const auto* literal = candidate.as<ast::String>();
    return literal != nullptr && literal->value == text;
  };
  if (is_it(expression)) return &expression;
  for (const CallFrame& frame : boost::adaptors::reverse(frames_)) {
    if (frame.call == nullptr) continue;
    for (const ast::Argument& argument : frame.call->arguments)
      if (is_it(*argument.value)) return argument.value.get();
  }
  return nullptr;
}

Item Elaborator::call(const ast::Call& node, const std::string* assigned) {
  const Item callee = evaluate(*node.callee);
  if (const auto* rule = as<RulePtr>(callee)) return call_rule(**rule, node);
  const auto* pointer = as<FunctionPtr>(callee);
  if (pointer == nullptr) {
    fail_not_callable(callee, *node.callee);
  }
  const Function& function = **pointer;
  if (const auto* pointer = std::get_if<const OpDef*>(&function.body)) {
    const OpDef& op = **pointer;
    if (op.kind == EBB_KIND_OPTIMIZER) return make_native_rule(op, &node, node.callee->span);
    if (op.kind == EBB_KIND_SCHEDULE) return call_schedule(op, node);
    return call_op(op, node);
  }
  if (std::holds_alternative<const MetricDef*>(function.body)) {
    fail(Mistake::metric_is_no_value, node.callee->span,
         function.name + " looks at all samples of a data block, and is no value of one",
         {"it stands alone in a metric: `metric " + function.name + "(...)`"});
  }
  if (const auto* builtin = std::get_if<const Builtin*>(&function.body)) {
    return (this->*(*builtin)->call)(node, match(function.name, (*builtin)->formals, node));
  }
  if (const auto* source = std::get_if<const SourceDef*>(&function.body)) {
    return open_source(**source, node);
  }
  if (const auto* minimizer = std::get_if<const MinimizerDef*>(&function.body)) {
    return make_minimizer(**minimizer, &node, node.callee->span);
  }
  if (const auto* optimizer = std::get_if<const ast::Optimizer*>(&function.body)) {
    return make_rule(function, **optimizer, &node, node.callee->span);
  }
  if (const auto* layer = std::get_if<const ast::Layer*>(&function.body)) {
    return call_layer(function, **layer, node, assigned);
  }
  const ast::Def& def = *std::get<const ast::Def*>(function.body);
  Activation activation;
  activation.names = now_->names;
  return call_function(function, def.parameters, def.body,
                       arguments_of(function, def.parameters, node), node, activation,
                       ScopeKind::def);
}

Item Elaborator::call_layer(const Function& function, const ast::Layer& layer,
                            const ast::Call& node, const std::string* assigned) {
  // Arguments come first: layers that are called in them are numbered before this one.
  const Arguments arguments = arguments_of(function, layer.parameters, node);
  NameScope names = now_->names->open(assigned != nullptr ? *assigned : function.name);
  count_name(names.path(), node.callee->span);
  Activation activation;
  activation.names = &names;
  activation.names_values = true;
  activation.states = rule_context_ ? &model_.schedule_states : &model_.states;
  Item result = call_function(function, layer.parameters, layer.body, arguments, node, activation,
                              ScopeKind::layer);
  if (const auto* value = as<Value>(result)) {
    model_.graph.set_name(*value, names.path());
    model_.names.insert_or_assign(names.path(), *value);
  }
  return result;
}

// The arguments, evaluated where the call stands.
Arguments Elaborator::arguments_of(const Function& function,
                                   const std::vector<ast::Parameter>& parameters,
                                   const ast::Call& node) {
  Matched matched = match(function.name, formals_of(parameters), node, declared_at(function));
  return {std::move(matched), evaluate_arguments(node)};
}

// Runs a body in a scope of its own. Defaults are evaluated where the function stands.
Item Elaborator::call_function(const Function& function,
                               const std::vector<ast::Parameter>& parameters,
                               const ast::Block& body, const Arguments& arguments,
                               const ast::Call& node, Activation& activation, ScopeKind kind) {
  const auto& [matched, items] = arguments;
  check_depth(node.callee->span);
  const auto begin = static_cast<NodeId>(model_.graph.size());
  {
    const Entered entered(*this, {{}, &node, &items, node.callee->span});
    const OwnScope scope(*this, kind, function.scope);
    activation.scope = &scope.get();
    const Temporarily current(now_, &activation);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const ast::Parameter& parameter = parameters[i];
      Item item = matched[i] != nullptr
                      ? items[static_cast<std::size_t>(matched[i] - node.arguments.data())]
                      : evaluate(*parameter.value);
      observe(parameter.name.span, item);
      activation.scope->set(parameter.name.text,
                            {std::move(item), BindingKind::argument, parameter.name.span});
    }
    run(body);
    const auto end = static_cast<NodeId>(model_.graph.size());
    if (begin < end)
      model_.calls.push_back({text_of(frames_.back()),
                              kind == ScopeKind::layer ? activation.names->path() : "", begin,
                              end});
  }
  if (!activation.result) {
    fail(Mistake::returns_nothing, node.callee->span, function.name + " returned nothing",
         {{"end its body with `return ...`"}, {{declared_at(function), "declared here"}}});
  }
  if (as<Poison>(*activation.result) != nullptr) throw Poisoned();
  return std::move(*activation.result);
}

// sgd(0.1), or sgd alone where `node` is null: the rule with its hyper-parameters.
Item Elaborator::make_rule(const Function& function, const ast::Optimizer& optimizer,
                           const ast::Call* node, Span at) {
  const std::vector<ast::Parameter>& parameters = optimizer.hyperparameters;
  const std::vector<Formal> formals = formals_of(parameters);
  Matched matched(formals.size());
  if (node != nullptr) matched = match(function.name, formals, *node, declared_at(function));
  for (std::size_t i = 0; i < formals.size() && node == nullptr; ++i) {
    if (formals[i].required)
      fail(Mistake::missing_argument, at,
           function.name + " needs its setting `" + formals[i].name + "`",
           {"write `" + function.name + "(" + formals[i].name + " = ...)`"});
  }
  auto rule = std::make_shared<Rule>();
  rule->name = function.name;
  rule->definition = &optimizer;
  rule->scope = function.scope;
  // Defaults may speak of the settings before them.
  Scope& scope = new_scope(ScopeKind::rule, function.scope);
  scope.captured = true;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Item item = matched[i] != nullptr ? evaluate(*matched[i]->value) : [&] {
      const Temporarily inside(now_->scope, &scope);
      return evaluate(*parameters[i].value);
    }();
    if (is_optimizer(item)) item = rule_of(item, at);
    scope.set(parameters[i].name.text, {item, BindingKind::argument, parameters[i].name.span});
    rule->hyperparameters.emplace_back(parameters[i].name.text, std::move(item));
  }
  return RulePtr(std::move(rule));
}

// inner(w, g) in another rule: what that rule makes of w, with states of its own.
Item Elaborator::call_rule(const Rule& rule, const ast::Call& node) {
  const Span at = node.callee->span;
  if (now_->rule == nullptr) {
    fail(Mistake::optimizer_called, at,
         rule.name + " is an optimizer; only another optimizer can call it",
         {"a script is trained by it with `train { optimizer = " + rule.name + "(...) }`"});
  }
  const Matched matched = match(rule.name, {{"w"}, {"g"}}, node);
  const std::vector<Item> items = evaluate_arguments(node);
  check_depth(at);
  const Value w = to_value({items[0], matched[0]->value.get(), nullptr}, 0, false, rule.name, at);
  const Value g = to_value({items[1], matched[1]->value.get(), nullptr}, 1, false, rule.name, at);
  const auto* name = node.callee->as<ast::Name>();
  const Entered entered(*this, {{}, &node, &items, at});
  return apply_rule(rule, w, g, now_->state_prefix + (name ? name->text : rule.name) + "/",
                    *now_->states);
}

}  // namespace ebb::script
