// How the elaborator says what is wrong.
#include <algorithm>
#include <utility>

#include "graph/script/builtins.hpp"
#include "graph/script/elaborator.hpp"
#include "graph/script/foreign.hpp"
#include "graph/script/mentions.hpp"

namespace ebb::script {

namespace {

// Longer ones are left out of messages.
constexpr std::size_t longest_shown = 40;

std::string shortened(std::string text) {
  return text.size() <= longest_shown ? std::move(text) : "...";
}

std::string text_of_list(const std::vector<std::string>& texts) {
  std::string result = "[";
  for (const std::string& text : texts) result += (result.size() > 1 ? ", " : "") + text;
  return result + "]";
}

bool same_place(const Span& a, const Span& b) { return a.file == b.file && a.begin == b.begin; }

bool is_place_of_any(const std::vector<Label>& labels, const Span& at) {
  return std::ranges::any_of(labels, [&](const Label& label) { return same_place(label.at, at); });
}

bool is_embedded(const Span& at) { return at && at.file->path().empty(); }

// The first row whose length is not that of the row before it, in a list of lists or in a list in
// one.
struct RaggedRow {
  std::size_t index = 0, first = 0, other = 0;  // how long the first row is, and this one
  const ast::Expression *first_at = nullptr, *at = nullptr;  // where they are written out
};

// The row as it is written out; null where it is not, or the source is that of another list.
const ast::Expression* written_row(const List& list, const ast::Expression* source, std::size_t i) {
  const auto* written = source == nullptr ? nullptr : source->as<ast::List>();
  if (written == nullptr || i >= written->elements.size()) return nullptr;
  const auto* row = written->elements[i]->as<ast::List>();
  const auto* item = as<ListPtr>(list.items[i]);
  const bool same =
      row != nullptr && item != nullptr && row->elements.size() == (*item)->items.size();
  return same ? written->elements[i].get() : nullptr;
}

std::optional<RaggedRow> ragged_row(const List& list, const ast::Expression* source) {
  const auto* first = list.items.empty() ? nullptr : as<ListPtr>(list.items[0]);
  for (std::size_t i = 0; i < list.items.size() && first != nullptr; ++i) {
    const auto* row = as<ListPtr>(list.items[i]);
    if (row == nullptr) return std::nullopt;
    const std::size_t length = (*first)->items.size(), own = (*row)->items.size();
    const auto* at = written_row(list, source, i);
    if (own != length) return RaggedRow{i, length, own, written_row(list, source, 0), at};
    if (const auto inner = ragged_row(**row, at)) return inner;
  }
  return std::nullopt;
}

// The name that a statement gives; null where it gives none.
const ast::Identifier* declared_name(const ast::Statement& statement) {
  return std::visit(
      [](const auto& node) -> const ast::Identifier* {
        if constexpr (requires { node.name; }) return &node.name;
        return nullptr;
      },
      statement.node);
}

}  // namespace

void Elaborator::fail(Mistake mistake, Span at, std::string message, Advice advice) const {
  Diagnostic diagnostic = make_diagnostic(mistake, at, std::move(message), std::move(advice));
  add_stack(diagnostic);
  throw UserError(std::move(diagnostic));
}

void Elaborator::fail_with(Mistake mistake, const UserError& error, Span at) const {
  Diagnostic diagnostic = error.diagnostic();
  if (diagnostic.code.empty()) diagnostic.code = code_of(mistake);
  if (!diagnostic.at) diagnostic.at = at;
  if (diagnostic.stack.empty()) add_stack(diagnostic);
  throw UserError(std::move(diagnostic));
}

// Fails where rows of different lengths are what is wrong with a list.
void Elaborator::require_even_rows(Mistake mistake, const std::string& user, const List& list,
                                   const ast::Expression& source) const {
  const auto row = ragged_row(list, &source);
  if (!row) return;
  std::vector<Label> labels;
  if (row->first_at != nullptr) labels.push_back({row->first_at->span, "the first"});
  fail(mistake, row->at != nullptr ? row->at->span : source.span,
       user + ", all rows of one length, but the first has " + std::to_string(row->first) +
           (row->first == 1 ? " element and row " : " elements and row ") +
           std::to_string(row->index + 1) + " has " + std::to_string(row->other),
       {{"give all rows the same length"}, std::move(labels)});
}

void Elaborator::warn(Mistake mistake, Span at, std::string message, Advice advice) {
  Diagnostic diagnostic = make_diagnostic(mistake, at, std::move(message), std::move(advice));
  add_stack(diagnostic);
  report(diagnostic);
}

// The innermost call in the user's scripts, where `at` stands in an embedded one; else null.
const CallFrame* Elaborator::call_of_embedded(Span at) const {
  if (!is_embedded(at)) return nullptr;
  const auto frame = std::find_if(frames_.rbegin(), frames_.rend(), [](const CallFrame& entry) {
    return entry.at && !is_embedded(entry.at);
  });
  return frame == frames_.rend() ? nullptr : &*frame;
}

void Elaborator::fail_schedule(const std::string& schedule, Span at) const {
  fail(Mistake::misplaced_schedule, at,
       schedule + " is a learning-rate schedule; it is known in optimizers' settings only",
       {"for example `optimizer = sgd(" + schedule + "(...))`"});
}

// What `at` asks for only optimizers know; the embedded functions that do are schedules.
void Elaborator::require_no_schedule(Span at) const {
  const CallFrame* const frame = call_of_embedded(at);
  if (frame != nullptr && frame->call != nullptr)
    fail_schedule(to_source(*frame->call->callee), frame->at);
}

// How the place was reached. A mistake in an embedded script is one of the call in the user's own,
// which is the place then; where it shows is a label.
void Elaborator::add_stack(Diagnostic& diagnostic) const {
  const CallFrame* const frame = call_of_embedded(diagnostic.at);
  if (frame == nullptr) {
    diagnostic.stack = stack(frames_.size());
    return;
  }
  std::vector<Label> labels{{frame->at, ""}};
  if (diagnostic.code == code_of(Mistake::shape_mismatch) && frame->call != nullptr)
    add_arguments(*frame, labels);
  labels.push_back({diagnostic.at, "in " + text_of(frames_.back())});
  for (Label& label : diagnostic.labels)
    if (!is_place_of_any(labels, label.at)) labels.push_back(std::move(label));
  diagnostic.labels = std::move(labels);
  diagnostic.at = frame->at;
  diagnostic.stack = stack(static_cast<std::size_t>(frame - frames_.data()));
}

// The shapes of a call's arguments, and where in the user's scripts they are declared or named. The
// first label is the call's.
void Elaborator::add_arguments(const CallFrame& frame, std::vector<Label>& labels) const {
  std::string shapes;
  for (std::size_t i = 0; i < frame.items->size(); ++i) {
    const auto* value = as<Value>((*frame.items)[i]);
    if (value == nullptr) continue;
    const std::string shape = described(model_.graph.type(*value).shape);
    const std::string text = shortened(to_source(*frame.call->arguments[i].value));
    shapes.append(shapes.empty() ? "with " : ", ").append(text).append(" ").append(shape);
    const Node& node = model_.graph.node(*value);
    const auto record = records_.find(*value);
    const bool declared = is_declared(node);
    if (!declared && record == records_.end()) continue;
    const Span at = declared ? node.span : assignments_[record->second].span;
    const std::string& name = declared ? text : assignments_[record->second].name;
    if (!is_embedded(at) && !is_place_of_any(labels, at))
      labels.push_back({at, std::string(name).append(" is ").append(shape).append(
                                declared ? ", declared here" : ", named here")});
  }
  labels.front().text = shapes;
}

// Whether a node is an input, a parameter or the like, at its declaration.
bool Elaborator::is_declared(const Node& node) const {
  return node.op->leaf && node.op != registry_.core().constant && node.span;
}

// Where the operands of something at `at` are declared, of those that are names.
std::vector<Label> Elaborator::declarations(const std::vector<Operand>& operands, Span at) const {
  std::vector<Label> labels;
  for (const Operand& operand : operands) {
    const auto* value = as<Value>(operand.item);
    const auto* name = operand.source == nullptr ? nullptr : operand.source->as<ast::Name>();
    const auto* list = as<ListPtr>(operand.item);
    Array array;
    const bool numbers = list != nullptr && to_array(**list, array);
    if ((value == nullptr && !numbers) || name == nullptr) continue;
    const Node* node = numbers ? nullptr : &model_.graph.node(*value);
    const Binding* binding = now_->scope->find(name->text);
    const bool declared = node != nullptr && is_declared(*node);
    Span place;
    if (declared) {
      place = node->span;
    } else if (binding != nullptr && binding->kind == BindingKind::value) {
      place = binding->span;
    }
    if (!place || same_place(place, at) || is_place_of_any(labels, place)) continue;
    labels.push_back(
        {place, name->text + " is " +
                    described(numbers ? Shape(array.dims) : model_.graph.type(*value).shape) +
                    (declared ? ", declared here" : ", named here")});
  }
  return labels;
}

// The outermost `count` calls, the innermost of them first.
std::vector<Frame> Elaborator::stack(std::size_t count) const {
  std::vector<Frame> result;
  // The innermost and the outermost calls tell what a deep stack is about.
  constexpr std::size_t shown = 3;
  for (std::size_t i = count; i-- > 0;) {
    if (count > 2 * shown && i == count - shown - 1) {
      result.push_back({std::to_string(count - 2 * shown) + " more calls", {}});
      i = shown;
      continue;
    }
    result.push_back({text_of(frames_[i]), frames_[i].at});
  }
  return result;
}

std::string Elaborator::text_of(const CallFrame& frame) const {
  if (frame.call == nullptr) return frame.text;
  std::string text = to_source(*frame.call->callee) + "(";
  for (std::size_t a = 0; a < frame.call->arguments.size(); ++a) {
    const ast::Argument& argument = frame.call->arguments[a];
    if (a > 0) text += ", ";
    if (argument.named()) text += argument.name.text + " = ";
    text += text_of((*frame.items)[a], argument.value.get());
  }
  return text + ")";
}

std::string Elaborator::text_of(const Item& item, const ast::Expression* source) const {
  if (const auto* number = as<double>(item)) return ast::spelling(*number);
  if (const auto* truth = as<bool>(item)) return *truth ? "true" : "false";
  if (const auto* text = as<std::string>(item)) return shortened(ast::quoted(*text));
  if (const auto* range = as<Interval>(item)) {
    return std::to_string(range->first) + ".." + std::to_string(range->last);
  }
  if (const auto* function = as<FunctionPtr>(item)) return (*function)->name;
  if (const auto* rule = as<RulePtr>(item)) return (*rule)->name;
  if (const auto* initializer = as<InitializerPtr>(item)) return (*initializer)->op->name;
  if (const auto* value = as<Value>(item)) {
    if (const std::string* name = model_.graph.name(*value)) return *name;
  }
  if (const auto* list = as<ListPtr>(item); list != nullptr && (*list)->elements <= 8) {
    std::vector<std::string> texts;
    for (const Item& element : (*list)->items) texts.push_back(text_of(element, nullptr));
    return shortened(text_of_list(texts));
  }
  return source == nullptr ? "..." : shortened(to_source(*source));
}

// As the user wrote it, if that is a name; else what the value is called; else where it stands.
std::string Elaborator::operand_name(const Operand& operand, std::size_t index) const {
  if (operand.source != nullptr && is_scoped_name(*operand.source)) {
    return to_source(*operand.source);
  }
  if (const auto* number = as<double>(operand.item)) return ast::spelling(*number);
  if (const auto* value = as<Value>(operand.item)) {
    if (const std::string* name = model_.graph.name(*value)) return *name;
  }
  return operand.place != nullptr ? operand.place : "argument " + std::to_string(index + 1);
}

// The same for sentences that need no name: also an expression, if it is short.
std::string Elaborator::operand_text(const Operand& operand, std::size_t index) const {
  const bool shown =
      operand.source != nullptr && to_source(*operand.source).size() <= longest_shown;
  return shown ? to_source(*operand.source) : operand_name(operand, index);
}

// The names that may stand here: sources only in data blocks, optimizers only in settings.
std::vector<std::string> Elaborator::visible_names() const {
  std::vector<std::string> names;
  now_->scope->collect_names(names);
  for (const Builtin& builtin : builtins()) names.emplace_back(builtin.name);
  for (const auto& op : registry_.all()) {
    const bool trains = op->kind == EBB_KIND_OPTIMIZER || op->kind == EBB_KIND_SCHEDULE;
    // What differentiation makes, such as `tanh'`, is called by nobody.
    if (!op->leaf && !op->name.ends_with('\'') && (!trains || rule_context_))
      names.push_back(op->name);
  }
  for (const MetricDef& metric : all_.metrics.all()) names.push_back(metric.name);
  if (now_->scope->kind() == ScopeKind::data)
    for (const SourceDef& source : all_.sources.all()) names.push_back(source.name);
  if (!rule_context_) return names;
  for (const MinimizerDef& minimizer : all_.minimizers.all()) names.push_back(minimizer.name);
  for (std::string& name : embedded_names("optimizers/")) names.push_back(std::move(name));
  return names;
}

void Elaborator::unknown_name(const std::string& name, Span at) {
  // It may well belong to the plugin that is missing, which has been reported.
  if (plugin_missing_) throw Poisoned();
  for (const ast::Statement& statement : file_->script.statements) {
    const ast::Identifier* declared = declared_name(statement);
    const bool later = declared != nullptr && declared->text == name &&
                       declared->span.file == at.file && declared->span.begin > at.begin;
    if (later) {
      fail(Mistake::used_too_early, at, "`" + name + "` is named further down only",
           {{"a script is read from top to bottom"}, {{declared->span, "named here"}}});
    }
  }
  if (options_.plugins != nullptr && !used_.contains(name)) {
    const auto files = options_.plugins->available();
    if (std::ranges::find(files, name, &PluginFile::name) != files.end())
      fail(Mistake::plugin_not_used, at, "unknown name `" + name + "`",
           use_of(name, "there is a plugin of that name: "));
  }
  for (const auto& [whole, value] : model_.names)
    if (whole.ends_with("." + name))
      fail(Mistake::unknown_name, at, "unknown name `" + name + "`",
           {"a layer's names belong to its calls: `" + whole + "`"});
  const ForeignWord* foreign = foreign_name(name);
  const std::vector<std::string> known = visible_names();
  fail(Mistake::unknown_name, at, "unknown name `" + name + "`",
       foreign != nullptr
           ? advice_for(*foreign, at, known)
           : meant(name, known, at,
                   "a name is given before it is used; `ebb ops` lists the library's"));
}

// The statement that takes a plugin in, at the beginning of the script at hand.
Fix Elaborator::use_of(const std::string& plugin, const std::string& why) const {
  const SourceFile* file = file_->script.file.get();
  const std::uint32_t begin = file->text().starts_with("\uFEFF") ? 3 : 0;
  return replacement(why + "begin the script with `use " + plugin + "`", {file, begin, begin},
                     "use " + plugin + "\n");
}

void Elaborator::record_assignment(Binding& binding, const std::string& name) {
  const bool in_script =
      now_->scope->kind() == ScopeKind::script || now_->scope->kind() == ScopeKind::layer;
  if (!in_script || file_->embedded || as<Value>(binding.item) == nullptr) return;
  binding.record = assignments_.size();
  records_[std::get<Value>(binding.item)] = binding.record;
  assignments_.push_back({name, binding.span});
}

// A loop or a layer assigns in one place many times; one use of any of them is enough.
void Elaborator::warn_of_unused() {
  std::set<std::uint32_t> used;
  for (const Assignment& assignment : assignments_) {
    if (assignment.used) used.insert(assignment.span.begin);
  }
  const Assignment* const cost = unnamed_cost();
  for (const Assignment& assignment : assignments_) {
    if (&assignment == cost) continue;  // is said where it is trained
    if (used.contains(assignment.span.begin) || mentioned_.contains(assignment.name)) continue;
    warn(Mistake::unused_value, assignment.span, "`" + assignment.name + "` is not used",
         {"take it out, or make it an output to see it"});
  }
}

// Tells an editor what the name means that the statement has just given.
void Elaborator::observe(const ast::Statement& statement) const {
  if (options_.editor == nullptr) return;
  const ast::Identifier* name = declared_name(statement);
  if (name == nullptr) return;
  const Binding* bound = now_->scope->find_here(name->text);
  if (bound != nullptr && bound->span.begin == name->span.begin) observe(name->span, bound->item);
}

// Functions and the like tell nothing beyond what their text says.
void Elaborator::observe(Span at, const Item& item) const {
  if (options_.editor == nullptr || !options_.editor->observe || !at) return;
  if (const auto* value = as<Value>(item)) {
    const Type& type = model_.graph.type(*value);
    options_.editor->observe(at, ebb::name(type.dtype) +
                                     (type.shape.is_scalar() ? "" : to_string(type.shape)) +
                                     (type.per_sample ? ", per sample" : ", shared"));
  } else if (as<double>(item) || as<bool>(item) || as<std::string>(item) || as<Interval>(item) ||
             as<ListPtr>(item)) {
    const std::string text = text_of(item, nullptr);
    options_.editor->observe(at, text == "..." ? kind_of(item) : text);
  }
}

// Remembers the names in code that may not run this time: using a value there is a use, too.
// Embedded scripts do not see the values of others.
void Elaborator::mention(const ast::Block& block) {
  if (!file_->embedded && walked_.insert(&block).second) collect_names(block, mentioned_);
}

}  // namespace ebb::script
