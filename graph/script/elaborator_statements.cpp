// Statements that name values and steer the elaboration.
#include <algorithm>
#include <utility>

#include "graph/core/rewrite.hpp"
#include "graph/script/elaborator.hpp"
#include "graph/script/patterns.hpp"

namespace ebb::script {

void Elaborator::execute(const ast::Statement&, const ast::Include& node) {
  const File* file = nullptr;
  try {
    file = &files_.include(node.path, *file_, node.path_span);
  } catch (const UserError& error) {
    fail_with(Mistake::unreadable_include, error, node.path_span);
  }
  if (std::ranges::find(including_, file) != including_.end()) {
    fail(Mistake::include_cycle, node.path_span, "\"" + node.path + "\" includes itself",
         {"files that need each other are one file"});
  }
  if (!included_.contains(file->id)) run_file(*file, *now_->scope);
}

void Elaborator::execute(const ast::Statement&, const ast::Use& node) {
  const bool missing_before = std::exchange(plugin_missing_, true);
  if (options_.plugins == nullptr)
    fail(Mistake::missing_plugin, node.name.span, "there is no plugin `" + node.name.text + "`");
  try {
    options_.plugins->use(node.name.text);
  } catch (const UserError& error) {
    fail_with(Mistake::missing_plugin, error, node.name.span);
  }
  plugin_missing_ = missing_before;
  used_.insert(node.name.text);
}

void Elaborator::check_free(const ast::Identifier& name, const char* what) {
  const Binding* before = now_->scope->find_here(name.text);
  if (before == nullptr) return;
  if (as<Poison>(before->item) != nullptr && before->span.begin == name.span.begin) return;
  Advice advice;
  const bool same = before->span.file == name.span.file && before->span.begin == name.span.begin;
  if (now_->names->in_loop() && same) {
    advice = {"a loop that makes parameters calls a layer: each call makes its own"};
  } else if (before->span) {
    const bool is_option = before->kind == BindingKind::option;
    advice = {{is_option ? "`--" + name.text + " VALUE` sets it; choose another name"
                         : "choose another name"},
              {{before->span, "named here first"}}};
  }
  fail(Mistake::name_taken, name.span,
       "`" + name.text + "` is already " + ebb::script::name(before->kind) + "; " + what +
           " needs a name of its own",
       std::move(advice));
}

void Elaborator::define(const ast::Identifier& name, BindingKind kind, Function function) {
  check_free(name, ebb::script::name(kind));
  function.name = name.text;
  function.scope = now_->scope;
  now_->scope->captured = true;
  now_->scope->set(name.text,
                   {std::make_shared<const Function>(std::move(function)), kind, name.span});
}

void Elaborator::execute(const ast::Statement&, const ast::Def& node) {
  define(node.name, BindingKind::function, {{}, &node, nullptr});
  mention(node.body);
}

void Elaborator::execute(const ast::Statement&, const ast::Layer& node) {
  define(node.name, BindingKind::layer, {{}, &node, nullptr});
  mention(node.body);
}

void Elaborator::execute(const ast::Statement&, const ast::Optimizer& node) {
  define(node.name, BindingKind::optimizer, {{}, &node, nullptr});
  mention(node.body);
}

void Elaborator::execute(const ast::Statement&, const ast::Assign& node) {
  if (node.name.primed()) return assign_next(node);
  const Binding* before = now_->scope->find_here(node.name.text);
  const bool reusable = before == nullptr || before->kind == BindingKind::value ||
                        before->kind == BindingKind::argument;
  if (!reusable) check_free(node.name, "a value");
  if (node.name.text == "training") {
    fail(Mistake::name_taken, node.name.span, "`training` is a constant", {"choose another name"});
  }
  Item item = evaluate(*node.value, &node.name.text);
  if (const auto* value = as<Value>(item)) name_value(node.name.text, *value);
  Binding& binding =
      now_->scope->set(node.name.text, {std::move(item), BindingKind::value, node.name.span});
  record_assignment(binding, node.name.text);
}

void Elaborator::name_value(const std::string& name, Value value) {
  if (!now_->names_values) return;
  const std::string qualified = now_->names->qualify(name);
  model_.graph.set_name(value, qualified);
  model_.names.insert_or_assign(qualified, value);
}

// w' of the rule's parameter, or the next value of a state.
void Elaborator::assign_next(const ast::Assign& node) {
  const std::string name = node.name.unprimed();
  const bool of_rule = now_->rule != nullptr && name == now_->rule->parameters[0].name.text;
  const auto state = now_->own_states.find(name);
  if (!of_rule && state == now_->own_states.end()) {
    std::vector<std::string> known;
    for (const auto& [own, index] : now_->own_states) known.push_back(own);
    if (now_->rule != nullptr) known.push_back(now_->rule->parameters[0].name.text);

    // A poisoned state is no state, and no error of this statement's.
    const Binding* bound = now_->scope->find_here(name);
    if (bound != nullptr && as<Poison>(bound->item) != nullptr) throw Poisoned();
    fail(Mistake::not_a_state, node.name.span,
         "`" + name + "` has no next value: it is no state of this block",
         meant(name, known, {node.name.span.file, node.name.span.begin, node.name.span.end - 1},
               "declare it: `state " + name + " = zeros`"));
  }
  if (const Binding* first = now_->scope->find_here(node.name.text)) {
    fail(Mistake::assigned_twice, node.name.span, "`" + node.name.text + "` is assigned twice",
         {{}, {{first->span, "the first"}}});
  }
  const Operand operand{evaluate(*node.value), node.value.get(), nullptr};
  const Type wanted =
      of_rule ? now_->rule_type : model_.graph.type((*now_->states)[state->second].value);
  const Value next = next_value(operand, node.name, wanted);
  if (state != now_->own_states.end() && (now_->rule != nullptr || options_.training)) {
    (*now_->states)[state->second].next = next;
  }
  now_->scope->set(node.name.text, {next, BindingKind::value, node.name.span});
}

// The operand with the type of what it is the next value of.
Value Elaborator::next_value(const Operand& operand, const ast::Identifier& name,
                             const Type& wanted) {
  const Span at = name.span;
  Value value = to_value(operand, 0, false, name.text, at);
  if (model_.graph.type(value).dtype != DType::real) value = convert(value, DType::real, at);
  const Type& type = model_.graph.type(value);
  if (type.per_sample) {
    fail(Mistake::per_sample_value, at,
         "`" + name.text + "` would differ from sample to sample, but `" + name.unprimed() +
             "` is shared by all",
         {"`sample_mean(...)` takes the mean over the mini-batch"});
  }
  if (type.shape == wanted.shape) return value;
  if (!type.shape.is_scalar()) {
    fail(Mistake::shape_mismatch, at,
         "`" + name.unprimed() + "` is " + to_string(wanted.shape) + ", but `" + name.text +
             "` is " + to_string(type.shape));
  }
  return broadcast_to(value, wanted.shape, at);
}

std::int64_t Elaborator::loop_count(const Item& range, Span at) {
  std::int64_t count = 0;
  if (const auto* interval = as<Interval>(range)) {
    count = interval->size();
  } else if (const auto* list = as<ListPtr>(range)) {
    count = static_cast<std::int64_t>((*list)->items.size());
  } else {
    fail(Mistake::not_iterable, at,
         "a loop runs over a range or a list, not over " + kind_of(range),
         as<double>(range) != nullptr ? replacement("a loop of n iterations is `for i in 0..n`",
                                                    {at.file, at.begin, at.begin}, "0..")
                                      : Advice());
  }
  if (count > options_.limits.loop_iterations - iterations_) {
    stop(Mistake::too_many_steps, at,
         "all loops together run at most " + std::to_string(options_.limits.loop_iterations) +
             " times, and this one asks for " + std::to_string(count),
         "one large operation instead of many small ones helps");
  }
  return count;
}

void Elaborator::execute(const ast::Statement&, const ast::For& node) {
  const Item range = evaluate(*node.range);
  const std::int64_t count = loop_count(range, node.range->span);
  NameScope& names = *now_->names;
  names.enter_loop();
  for (std::int64_t i = 0; i < count && !now_->result; ++i) {
    ++iterations_;
    names.iterate(i);
    const auto* interval = as<Interval>(range);
    Item item = interval != nullptr ? Item(static_cast<double>(interval->first + i))
                                    : std::get<ListPtr>(range)->items[static_cast<std::size_t>(i)];
    Binding* before = now_->scope->find_here(node.variable.text);
    if (before != nullptr && before->kind != BindingKind::value &&
        before->kind != BindingKind::argument) {
      names.leave_loop();
      check_free(node.variable, "a loop's variable");
    }
    observe(node.variable.span, item);
    now_->scope->set(node.variable.text, {std::move(item), BindingKind::value, node.variable.span});
    run(node.body);
  }
  names.leave_loop();
}

void Elaborator::execute(const ast::Statement&, const ast::If& node) {
  const bool taken = condition(*node.condition, "the condition of an if");
  mention(taken ? node.otherwise : node.then);
  run(taken ? node.then : node.otherwise);
}

void Elaborator::execute(const ast::Statement&, const ast::Return& node) {
  now_->result = evaluate(*node.value);
}

void Elaborator::execute(const ast::Statement&, const ast::Assert& node) {
  if (condition(*node.condition, "what is asserted")) return;
  fail(Mistake::assertion_failed, node.condition->span,
       node.message.empty() ? "an assertion does not hold" : node.message,
       {"the script asserts that " + to_source(*node.condition)});
}

void Elaborator::execute(const ast::Statement& statement, const ast::Rewrite& node) {
  try {
    Rewrite rewrite = make_rewrite(node, statement.span, registry_);
    if (!file_->embedded) prove(rewrite, registry_);
    model_.rewrites.push_back(std::move(rewrite));
  } catch (const UserError& error) {
    fail_with(Mistake::not_an_identity, error, statement.keyword);
  }
}

void Elaborator::execute(const ast::Statement& statement, const ast::Data& node) {
  const auto same = [&](const auto& entry) { return entry.first->name.text == node.name.text; };
  const auto before = std::ranges::find_if(data_, same);
  if (before != data_.end()) {
    fail(Mistake::second_data_block, node.name.span,
         "there are two data blocks `" + node.name.text + "`",
         {{"give one of them another name"}, {{before->first->name.span, "the first"}}});
  }
  data_.emplace_back(&node, &statement);
}

void Elaborator::execute(const ast::Statement& statement, const ast::Train& node) {
  train_.emplace_back(&node, &statement);
}

}  // namespace ebb::script
