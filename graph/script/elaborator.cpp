#include "graph/script/elaborator.hpp"

#include <algorithm>
#include <utility>

#include "graph/core/out_of_memory.hpp"
#include "graph/script/limits.hpp"

namespace ebb::script {

namespace {

// Further errors of one script are not worth the time.
constexpr std::size_t enough_errors = 100;

}  // namespace

Elaborator::Elaborator(Model& model, const Registry& registry, const ElaborateOptions& options,
                       Files& files, Repeats& repeats)
    : model_(model),
      registry_(registry.ops),
      all_(registry),
      options_(options),
      files_(files),
      repeats_(repeats),
      names_(repeats),
      intervals_(model.graph) {}

void Elaborator::run(const File& script) {
  base_ = &new_scope(ScopeKind::base, nullptr);
  base_->set("training", {options_.training, BindingKind::constant, {}});
  Activation activation;
  activation.states = &model_.states;
  activation.names = &names_;
  const Temporarily current(now_, &activation);
  try {
    activation.scope = &new_scope(ScopeKind::prelude, base_);
    run_prelude();
    steps_ = 0;
    globals_ = &new_scope(ScopeKind::script, activation.scope);
    activation.names_values = true;
    run_file(script, *globals_);
    file_ = &script;
    check_options();
    for (const auto& entry : data_) attempt([&] { elaborate_data(*entry.first); });
    elaborate_train();
    if (errors_ == 0) check_cost();
    if (errors_ == 0) warn_of_unused();
  } catch (const Stop&) {
  }
}

void Elaborator::run_prelude() {
  for (const std::string& name : prelude()) {
    const File* file = files_.embedded(name);
    ensure(file != nullptr, "the prelude is embedded");
    run_file(*file, *now_->scope);
  }
}

void Elaborator::run_file(const File& file, Scope& scope) {
  if (file.faulty) throw Stop();
  included_.insert(file.id);
  including_.push_back(&file);
  const Temporarily<const File*> current(file_, &file);
  const Temporarily inside(now_->scope, &scope);
  run(file.script.statements);
  including_.pop_back();
}

void Elaborator::run(const ast::Block& block) {
  if (block.empty()) return;
  const Deeper deeper(*this, block.front().keyword);
  for (const ast::Statement& statement : block) {
    execute(statement);
    if (now_->result) return;
  }
}

namespace {

UserError without_memory(const std::bad_alloc& failure, Span at) {
  const auto* known = dynamic_cast<const OutOfMemory*>(&failure);
  const std::string wanted =
      known ? std::to_string(known->bytes()) + " bytes more" : std::string("what this makes");
  return UserError(
      {Severity::error, "there is no memory for " + wanted + memory_that_ended(), at, {}, {}});
}

}  // namespace

void Elaborator::execute(const ast::Statement& statement) {
  try {
    count_steps(statement.keyword);
    std::visit([&](const auto& node) { execute(statement, node); }, statement.node);
    observe(statement);
  } catch (const UserError& error) {
    if (strict_) throw;
    report(error.diagnostic());
    poison(statement);
  } catch (const Poisoned&) {
    poison(statement);
  } catch (const std::bad_alloc& failure) {
    // Going on would ask for memory again.
    const UserError error = without_memory(failure, statement.keyword);
    if (strict_) throw error;
    report(error.diagnostic());
    throw Stop();
  }
}

void Elaborator::count_steps(Span at, std::int64_t steps) {
  steps_ += steps;
  if (steps_ <= options_.limits.steps) return;
  stop(
      Mistake::too_many_steps, at,
      "the script takes more than " + std::to_string(options_.limits.steps) + " steps to elaborate",
      "loops are unrolled and calls inlined; fewer of them will do");
}

void Elaborator::check_graph_size(Span at) {
  if (model_.graph.size() < options_.limits.nodes) return;
  stop(Mistake::too_many_nodes, at,
       "the graph has more than " + std::to_string(options_.limits.nodes) + " nodes",
       "layers and loops are unrolled; one large operation instead of many small ones helps");
}

// Each value in a layer call bears its path: of calls within calls, names would take most of the
// time and memory.
void Elaborator::count_name(const std::string& path, Span at) {
  name_characters_ += path.size();
  if (name_characters_ <= max_name_characters) return;
  stop(Mistake::too_many_steps, at,
       "the names of layer calls have more than " + std::to_string(max_name_characters) +
           " characters together",
       "layers that are called within layers are inlined; fewer of them will do");
}

// Not caught by the loop over statements: going on with the next one would not end either.
void Elaborator::stop(Mistake mistake, Span at, std::string message, std::string hint) {
  Diagnostic diagnostic = make_diagnostic(mistake, at, std::move(message), {std::move(hint)});
  diagnostic.stack = stack(frames_.size());
  if (strict_) throw UserError(diagnostic);
  is_stopped_ = true;
  report(diagnostic);
  throw Stop();
}

Elaborator::Deeper::Deeper(Elaborator& elaborator, Span at) : depth_(elaborator.depth_) {
  if (depth_ >= max_depth) {
    elaborator.stop(Mistake::too_deep, at, "calls, blocks and expressions are nested too deeply",
                    "does a function call itself without end?");
  }
  ++depth_;
}

void Elaborator::report(const Diagnostic& diagnostic) {
  // A faulty layer that is called ten times is one error.
  const auto key =
      std::pair(diagnostic.at.file, std::pair(diagnostic.at.begin, diagnostic.message));
  if (!reported_.insert(key).second) return;
  diagnostics_.push_back(diagnostic);
  if (diagnostic.severity == Severity::error && ++errors_ >= enough_errors) throw Stop();
}

void Elaborator::poison(const ast::Block& block) {
  for (const ast::Statement& statement : block) poison(statement);
}

// Gives all names that the statement would have given.
void Elaborator::poison(const ast::Statement& statement) {
  const auto bind = [&](const ast::Identifier& name, BindingKind kind) {
    const Binding* before = now_->scope->find_here(name.text);
    const bool taken = before != nullptr && before->kind != BindingKind::value &&
                       before->kind != BindingKind::argument;
    if (taken) return;  // that is the error
    now_->scope->set(name.text, {Poison{}, kind, name.span});
  };
  if (const auto* node = statement.as<ast::Assign>()) bind(node->name, BindingKind::value);
  if (const auto* node = statement.as<ast::Option>()) bind(node->name, BindingKind::option);
  if (const auto* node = statement.as<ast::Param>()) bind(node->name, BindingKind::parameter);
  if (const auto* node = statement.as<ast::State>()) bind(node->name, BindingKind::state);
  if (const auto* node = statement.as<ast::Input>()) {
    bind(node->name, node->target ? BindingKind::target : BindingKind::input);
  }
  if (const auto* node = statement.as<ast::For>()) {
    bind(node->variable, BindingKind::value);
    poison(node->body);
  }
  if (const auto* node = statement.as<ast::If>()) {
    poison(node->then);
    poison(node->otherwise);
  }
  if (statement.as<ast::Return>() != nullptr) now_->result = Poison{};
  if (statement.as<ast::Cost>() != nullptr) cost_failed_ = true;
}

Scope& Elaborator::new_scope(ScopeKind kind, Scope* parent) {
  auto scope = std::make_unique<Scope>(kind, parent);
  Scope& result = *scope;
  scopes_.emplace(&result, std::move(scope));
  return result;
}

}  // namespace ebb::script
