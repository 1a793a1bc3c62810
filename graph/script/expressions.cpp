// Names, literals, ranges and members; operators and calls have files of their own.
#include <algorithm>
#include <utility>

#include "graph/script/builtins.hpp"
#include "graph/script/elaborator.hpp"
#include "graph/script/foreign.hpp"
#include "graph/script/limits.hpp"

namespace ebb::script {

namespace {

// Whether a function needs one argument, and no more.
bool takes_one(const Function& function) {
  if (const auto* op = std::get_if<const OpDef*>(&function.body))
    return (*op)->inputs.size() == 1 && !(*op)->is_variadic();
  const auto* builtin = std::get_if<const Builtin*>(&function.body);
  return builtin != nullptr &&
         std::ranges::count((*builtin)->formals, true, &Formal::required) == 1;
}

bool is_rule_value(const std::string& name) {
  return name == "step" || name == "epoch" || name == "last_validation" || name == "global_norm";
}

}  // namespace

Item Elaborator::evaluate(const ast::Expression& expression, const std::string* assigned) {
  const Deeper deeper(*this, expression.span);
  count_steps(expression.span);
  return evaluate_node(expression, assigned);
}

// Of one of several operands: where it is poison the others are still looked at, for they may be
// wrong too; then the statement ends.
Item Elaborator::evaluate_or_poison(const ast::Expression& expression) {
  try {
    return evaluate(expression);
  } catch (const Poisoned&) {
    return Poison{};
  }
}

Item Elaborator::evaluate_node(const ast::Expression& expression, const std::string* assigned) {
  if (const auto* node = expression.as<ast::Name>()) return lookup(node->text, expression.span);
  if (const auto* node = expression.as<ast::Number>()) return node->value;
  if (const auto* node = expression.as<ast::Call>()) return call(*node, assigned);
  if (const auto* node = expression.as<ast::Binary>()) return binary(*node);
  if (const auto* node = expression.as<ast::Unary>()) return unary(*node);
  if (const auto* node = expression.as<ast::Index>()) return index(*node);
  if (expression.as<ast::Member>() != nullptr) return member(expression);
  if (const auto* node = expression.as<ast::List>()) return list(*node, expression.span);
  if (const auto* node = expression.as<ast::Range>()) return range(*node);
  if (const auto* node = expression.as<ast::String>()) return node->value;
  if (const auto* node = expression.as<ast::Boolean>()) return node->value;
  fail(Mistake::misplaced_table, expression.span,
       "a table with keys can only be a setting of `train`",
       {"such as `optimizer = [\"*.b\": sgd(0.1), \"*\": adam()]`"});
}

Item Elaborator::lookup(const std::string& name, Span at) {
  if (Binding* binding = now_->scope->find(name)) {
    if (binding->record != Binding::unrecorded) assignments_[binding->record].used = true;
    if (as<Poison>(binding->item) != nullptr) throw Poisoned();
    const bool fed = binding->kind == BindingKind::input || binding->kind == BindingKind::target;
    if (fed && now_->scope->kind() == ScopeKind::data) {
      fail(Mistake::input_has_no_value, at,
           "`" + name + "` is what data is bound to; it has no value here",
           {"give what is used twice a local name"});
    }
    observe(at, binding->item);
    return binding->item;
  }
  if (auto item = find_global(name, at)) return *item;
  if (name.ends_with('\'')) {
    const std::string unprimed = name.substr(0, name.size() - 1);
    if (now_->scope->find(unprimed) != nullptr) {
      if (!now_->own_states.contains(unprimed) && now_->rule == nullptr) {
        fail(Mistake::no_value_yet, at,
             "`" + name + "` has no value: `" + unprimed + "` is no state",
             replacement("a transpose is `" + unprimed + ".T`", {at.file, at.end - 1, at.end},
                         ".T"));
      }
      fail(Mistake::no_value_yet, at, "`" + name + "` has no value yet",
           {"assign it before it is used: `" + name + " = ...`"});
    }
  }
  if (is_rule_value(name)) {
    require_no_schedule(at);
    fail(Mistake::known_to_optimizers, at,
         "`" + name + "` is known to optimizers, and in their settings, only",
         {"a learning rate that falls is `optimizer = sgd(0.1 * 0.95 ^ epoch)`"});
  }
  unknown_name(name, at);
}

// What no scope binds: functions of the language, ops, sources, minimisers, update rules.
std::optional<Item> Elaborator::find_global(const std::string& name, Span at) {
  const auto function = [&](auto body, Scope* scope = nullptr) {
    return Item(std::make_shared<const Function>(Function{name, body, scope}));
  };
  for (const Builtin& builtin : builtins()) {
    if (name == builtin.name) return function(&builtin);
  }
  if (rule_context_) {
    if (auto value = rule_value(name, at)) return value;
  }
  const OpDef* op = registry_.find(name);
  if (op != nullptr && !op->leaf) {
    check_used(op->plugin, name, at);
    return function(op);
  }
  if (const MetricDef* metric = all_.metrics.find(name)) {
    check_used(metric->plugin, name, at);
    return function(metric);
  }
  if (const SourceDef* source = all_.sources.find(name)) {
    check_used(source->plugin, name, at);
    return function(source);
  }
  if (const MinimizerDef* minimizer = all_.minimizers.find(name)) {
    check_used(minimizer->plugin, name, at);
    return function(minimizer);
  }
  const File* file = files_.embedded("optimizers/" + name + ".ebb");
  if (file == nullptr) return std::nullopt;
  for (const ast::Statement& statement : file->script.statements) {
    const auto* optimizer = statement.as<ast::Optimizer>();
    if (optimizer != nullptr && optimizer->name.text == name) {
      return function(optimizer, base_);
    }
  }
  return std::nullopt;
}

// A script says which plugins it needs, so that it means the same wherever it is run.
void Elaborator::check_used(const std::string& plugin, const std::string& name, Span at) const {
  if (options_.plugins == nullptr || !options_.plugins->is_loaded(plugin)) return;
  if (used_.contains(plugin)) return;
  fail(Mistake::plugin_not_used, at,
       "`" + name + "` belongs to the plugin " + plugin + ", which this script does not use",
       use_of(plugin, ""));
}

// What only update rules, and settings of them, know.
std::optional<Item> Elaborator::rule_value(const std::string& name, Span at) {
  if (!is_rule_value(name)) return std::nullopt;
  if (name == "global_norm" && gradients_ == nullptr) {
    fail(Mistake::known_to_optimizers, at, "global_norm is known inside an optimizer only",
         {"write an optimizer that uses it in the script"});
  }
  return special(name);
}

Item Elaborator::list(const ast::List& node, Span at) {
  auto result = std::make_shared<List>();
  for (const auto& element : node.elements) add_to(*result, evaluate_or_poison(*element), at);
  require_no_poison(result->items);
  return ListPtr(std::move(result));
}

void Elaborator::add_to(List& list, Item item, Span at) const {
  const auto* inner = as<ListPtr>(item);
  list.elements += inner == nullptr ? 1 : (*inner)->elements;
  if (inner != nullptr) list.depth = std::max(list.depth, (*inner)->depth + 1);
  if (list.elements > max_list_elements) {
    fail(Mistake::too_long_list, at,
         "a list holds at most " + std::to_string(max_list_elements) + " elements");
  }
  if (list.depth > max_list_depth) {
    fail(Mistake::too_long_list, at,
         "lists are nested at most " + std::to_string(max_list_depth) + " deep");
  }
  list.items.push_back(std::move(item));
}

Item Elaborator::range(const ast::Range& node) {
  const std::int64_t first = whole(*node.first, "the first end of a range");
  return Interval{first, whole(*node.last, "the second end of a range")};
}

bool Elaborator::is_scoped_name(const ast::Expression& expression) {
  if (expression.as<ast::Name>() != nullptr) return true;
  if (const auto* member = expression.as<ast::Member>()) {
    return member->name.text != "T" && is_scoped_name(*member->object);
  }
  const auto* index = expression.as<ast::Index>();
  return index != nullptr && index->subscripts.size() == 1 && !index->subscripts[0].whole() &&
         is_scoped_name(*index->object);
}

// "a[0].w", with the indices' values.
std::string Elaborator::scoped_text(const ast::Expression& expression) {
  if (const auto* name = expression.as<ast::Name>()) return name->text;
  if (const auto* member = expression.as<ast::Member>()) {
    return scoped_text(*member->object) + "." + member->name.text;
  }
  const auto& index = std::get<ast::Index>(expression.node);
  const std::int64_t i = whole(*index.subscripts[0].value, "the number of a layer");
  return scoped_text(*index.object) + "[" + std::to_string(i) + "]";
}

// The value of a scoped name, looked for in the layer at hand and in those around it.
std::optional<Value> Elaborator::find_scoped(const std::string& text) {
  for (const NameScope* names = now_->names; names != nullptr; names = names->parent()) {
    const auto found = model_.names.find(names->qualify(text));
    if (found == model_.names.end()) continue;
    const auto record = records_.find(found->second);
    if (record != records_.end()) assignments_[record->second].used = true;
    mentioned_.insert(text.substr(0, text.find_first_of(".[")));
    return found->second;
  }
  return std::nullopt;
}

// Of `x.shape` and `x.sum()`, methods in other languages: `shape(x)`, `sum(x)`.
Advice Elaborator::as_function(const ast::Member& node) {
  const std::string& name = node.name.text;
  const Binding* bound = now_->scope->find(name);
  const auto item =
      bound != nullptr ? std::optional(bound->item) : find_global(name, node.name.span);
  const auto* function = item ? as<FunctionPtr>(*item) : nullptr;
  if (function == nullptr || !takes_one(**function)) return {};
  const Span object = node.object->span;
  const std::string_view behind = std::string_view(object.file->text()).substr(node.name.span.end);
  const std::string call = name + "(" + to_source(*node.object);
  if (behind.starts_with('(') && !behind.starts_with("()"))
    return {"a function takes all its arguments in parentheses: `" + call + ", ...)`"};
  const std::uint32_t end = node.name.span.end + (behind.starts_with("()") ? 2 : 0);
  return replacement({object.file, object.begin, end}, call + ")");
}

void Elaborator::unknown_part(const ast::Expression& expression) {
  const ast::Expression* root = &expression;
  while (const auto* member = root->as<ast::Member>()) root = member->object.get();
  if (const auto* name = root->as<ast::Name>())
    if (foreign_name(name->text) != nullptr) unknown_name(name->text, root->span);
  const auto& node = std::get<ast::Member>(expression.node);
  Advice advice = as_function(node);
  if (!advice.fix && advice.hints.empty()) {
    // What a faulty layer would have named is missing for that reason.
    if (errors_ > 0) throw Poisoned();
    advice = meant_part(node);
  }
  fail(Mistake::unknown_part, node.name.span, "there is no value `" + scoped_text(expression) + "`",
       std::move(advice));
}

// Of the part of a layer call that is none: the nearest one, or those that there are.
Advice Elaborator::meant_part(const ast::Member& node) {
  const std::string whole = scoped_text(*node.object);
  std::vector<std::string> parts;
  for (const NameScope* names = now_->names; names != nullptr; names = names->parent()) {
    const std::string prefix = names->qualify(whole) + ".";
    for (auto it = model_.names.lower_bound(prefix);
         it != model_.names.end() && it->first.starts_with(prefix); ++it) {
      parts.push_back(it->first.substr(prefix.size()));
    }
  }
  std::string hint;
  if (parts.empty()) {
    hint = "parts belong to layer calls: after `a = dense(x, 30)`, `a.w` is that call's w";
  } else {
    for (std::size_t i = 0; i < parts.size() && i < 8; ++i) {
      hint += (i == 0 ? "`" + whole + "` has " : ", ") + parts[i];
    }
  }
  return meant(node.name.text, parts, node.name.span, hint);
}

// x.T, the field of a data source, or a part of a layer call.
Item Elaborator::member(const ast::Expression& expression) {
  const auto& node = std::get<ast::Member>(expression.node);
  if (node.name.text == "T") {
    return apply(*registry_.core().transpose,
                 {{evaluate(*node.object), node.object.get(), nullptr}}, {}, node.name.span);
  }
  const bool scoped = is_scoped_name(expression);
  if (scoped) {
    if (const auto value = find_scoped(scoped_text(expression))) {
      observe(node.name.span, *value);
      return *value;
    }
  }
  if (scoped && node.object->as<ast::Name>() == nullptr) unknown_part(expression);
  const Item object = evaluate(*node.object);
  if (const auto* source = as<SourcePtr>(object)) return field(**source, node.name);
  if (scoped) unknown_part(expression);
  fail(Mistake::unknown_part, node.name.span,
       kind_of(object) + " has no part `" + node.name.text + "`", as_function(node));
}

Item Elaborator::field(const Source& source, const ast::Identifier& name) {
  std::vector<std::string> names;
  for (const Source::Column& column : source.columns) {
    if (column.name == name.text) {
      auto result = std::make_shared<Source>(Source{{column}, source.samples, source.span});
      result->columns[0].name.clear();
      return SourcePtr(std::move(result));
    }
    if (!column.name.empty()) names.push_back(column.name);
  }
  std::string fields;
  for (const std::string& known : names) fields += (fields.empty() ? "" : ", ") + known;

  fail(Mistake::source_field, name.span, "this data source has no field `" + name.text + "`",
       meant(name.text, names, name.span,
             fields.empty() ? "it has no fields: use it as it is" : "it has " + fields));
}

double Elaborator::number(const ast::Expression& expression, const std::string& what) {
  const Item item = evaluate(expression);
  if (const auto* value = as<double>(item)) return *value;
  std::vector<std::string> hints;
  if (as<Value>(item) != nullptr) hints.emplace_back("it must be known when the script is loaded");
  fail(Mistake::not_a_number, expression.span, what + " is a number, not " + kind_of(item),
       std::move(hints));
}

std::int64_t Elaborator::whole(const ast::Expression& expression, const std::string& what) {
  const double value = number(expression, what);
  if (!is_whole(value)) {
    fail(Mistake::not_a_number, expression.span,
         what + " is a whole number, not " + ast::spelling(value), whole_number_hint(expression));
  }
  return static_cast<std::int64_t>(value);
}

bool Elaborator::condition(const ast::Expression& expression, const char* what) {
  const Item item = evaluate(expression);
  if (const auto* truth = as<bool>(item)) return *truth;
  std::vector<std::string> hints;
  if (as<Value>(item) != nullptr) {
    hints.emplace_back(
        "it must be known when the script is loaded; `where(condition, a, b)` chooses "
        "while the graph runs");
  } else if (as<double>(item) != nullptr) {
    hints.push_back("a comparison such as `" + to_source(expression) + " != 0` is");
  }
  fail(Mistake::condition_kind, expression.span,
       std::string(what) + " is true or false, not " + kind_of(item), std::move(hints));
}

}  // namespace ebb::script
