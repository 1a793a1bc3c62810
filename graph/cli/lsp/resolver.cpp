#include "graph/cli/lsp/resolver.hpp"

#include <algorithm>

namespace ebb::lsp {

namespace {

Span before_prime(const ast::Identifier& name) {
  Span span = name.span;
  if (name.primed()) --span.end;
  return span;
}

bool share_a_loop(const std::vector<int>& a, const std::vector<int>& b) {
  return !a.empty() && !b.empty() && std::ranges::any_of(a, [&](int block) {
    return block < 0 && std::ranges::find(b, block) != b.end();
  });
}

// Words for the whole batch, where a number may stand.
bool is_word_of(const ast::Setting& setting) {
  const auto* name = setting.value->as<ast::Name>();
  const bool takes_word = setting.key.text == "minibatch" || setting.key.text == "batch";
  return takes_word && name != nullptr && (name->text == "all" || name->text == "batch");
}

}  // namespace

void Resolver::read(const script::File& main) {
  new_scope(nothing, {});
  new_scope(library_scope, {});
  for (const std::string& name : script::prelude())
    if (const script::File* file = files_.embedded(name)) read_file(*file, library_scope);
  read_file(main, script_scope);
  finish_bodies();
  link_later();
}

void Resolver::read_file(const script::File& file, std::size_t scope) {
  if (!included_.insert(file.id).second) return;
  names_.read_.push_back(&file);
  if (way_) names_.ways_[file.script.file.get()] = way_;
  in_scope(scope, file, [&] { block(file.script.statements); });
}

void Resolver::finish_bodies() {
  for (; !bodies_.empty(); bodies_.pop_front()) bodies_.front()();
  for (const auto& link : later_) link();
}

void Resolver::link_later() {
  for (const Outer& outer : outer_) {
    Occurrence& occurrence = names_.occurrences_[outer.occurrence];
    const std::size_t own = names_.find_here(outer.scope, occurrence.name);
    if (own == nothing) continue;
    if (occurrence.symbol == nothing) occurrence.symbol = own;
    occurrence.uncertain |= std::ranges::any_of(declared_, [&](const Declared& declared) {
      return declared.symbol == own && share_a_loop(declared.path, outer.path) &&
             occurrence.symbol != own;
    });
  }
}

std::size_t Resolver::new_scope(std::size_t parent, Span body) {
  names_.scopes_.push_back({parent, {}, body});
  return names_.scopes_.size() - 1;
}

void Resolver::in_scope(std::size_t scope, const script::File& file,
                        const std::function<void()>& walk) {
  const Path path = scope == scope_ ? path_ : std::exchange(path_, {});
  const std::size_t around = std::exchange(scope_, scope);
  const script::File* from = std::exchange(file_, &file);
  walk();
  scope_ = around;
  file_ = from;
  path_ = path;
}

void Resolver::block(const ast::Block& statements) {
  for (const ast::Statement& one : statements) statement(one);
}

void Resolver::nested(const ast::Block& statements, bool loop) {
  ++next_block_;
  path_.push_back(loop ? -next_block_ : next_block_);
  block(statements);
  path_.pop_back();
}

void Resolver::statement(const ast::Statement& statement) {
  const auto declares = [&](const ast::Identifier& name, SymbolKind kind) {
    declare(name, kind, &statement);
  };
  if (const auto* node = statement.as<ast::Option>()) {
    expression(node->value.get());
    declares(node->name, SymbolKind::option);
  } else if (const auto* node = statement.as<ast::Include>()) {
    include(*node);
  } else if (const auto* node = statement.as<ast::Def>()) {
    callable(statement, node->name, SymbolKind::function, node->parameters, node->body);
  } else if (const auto* node = statement.as<ast::Layer>()) {
    callable(statement, node->name, SymbolKind::layer, node->parameters, node->body);
  } else if (const auto* node = statement.as<ast::Optimizer>()) {
    callable(statement, node->name, SymbolKind::optimizer, node->hyperparameters, node->body,
             &node->parameters);
  } else if (const auto* node = statement.as<ast::Input>()) {
    shaped(node->shape, nullptr);
    declares(node->name, node->target ? SymbolKind::target : SymbolKind::input);
  } else if (const auto* node = statement.as<ast::Param>()) {
    shaped(node->shape, node->init);
    declares(node->name, SymbolKind::parameter);
  } else if (const auto* node = statement.as<ast::State>()) {
    shaped(node->shape, node->init);
    declares(node->name, SymbolKind::state);
  } else if (const auto* node = statement.as<ast::Assign>()) {
    assign(statement, *node);
  } else if (const auto* node = statement.as<ast::For>()) {
    expression(node->range.get());
    // The variable belongs to the loop: without an iteration it has no value.
    path_.push_back(-++next_block_);
    declares(node->variable, SymbolKind::value);
    block(node->body);
    path_.pop_back();
  } else if (const auto* node = statement.as<ast::If>()) {
    expression(node->condition.get());
    nested(node->then, false);
    nested(node->otherwise, false);
  } else if (const auto* node = statement.as<ast::Data>()) {
    const std::size_t scope = new_scope(scope_, statement.span);
    bodies_.emplace_back([this, node, scope, file = file_] {
      const bool outside = std::exchange(in_data_, true);
      in_scope(scope, *file, [&] { block(node->body); });
      in_data_ = outside;
    });
  } else if (const auto* node = statement.as<ast::Train>()) {
    train(statement, *node);
  } else if (const auto* node = statement.as<ast::Rewrite>()) {
    in_pattern_ = true;
    in_scope(new_scope(scope_, statement.span), *file_, [&] {
      expression(node->pattern.get());
      expression(node->replacement.get());
    });
    in_pattern_ = false;
  } else {
    std::visit(
        [&](const auto& node) {
          if constexpr (requires { node.condition->span; }) expression(node.condition.get());
          if constexpr (requires { node.value->span; }) expression(node.value.get());
        },
        statement.node);
  }
}

void Resolver::include(const ast::Include& node) {
  const bool from_main = scope_ == script_scope && !way_;
  try {
    const script::File& file = files_.include(node.path, *file_, node.path_span);
    names_.includes_.emplace_back(node.path_span, &file);
    if (from_main) way_ = node.path_span;
    read_file(file, scope_);
  } catch (const UserError&) {
    // The check of the script reports it.
  }
  if (from_main) way_ = {};
}

void Resolver::callable(const ast::Statement& statement, const ast::Identifier& name,
                        SymbolKind kind, const std::vector<ast::Parameter>& parameters,
                        const ast::Block& body, const std::vector<ast::Parameter>* updated) {
  const std::size_t id = declare(name, kind, &statement);
  const std::size_t scope = new_scope(scope_, {name.span.file, name.span.end, statement.span.end});
  Symbol& symbol = names_.symbols_[id];
  symbol.body = scope;
  symbol.parameters.clear();
  for (const ast::Parameter& parameter : parameters)
    symbol.parameters.push_back(parameter.name.text);
  bodies_.emplace_back([this, scope, updated, &parameters, &body, file = file_, way = way_] {
    const Span around = std::exchange(way_, way);
    in_scope(scope, *file, [&] {
      if (updated != nullptr)
        for (const ast::Parameter& parameter : *updated)
          declare(parameter.name, SymbolKind::argument, nullptr);
      for (const ast::Parameter& parameter : parameters) {
        expression(parameter.value.get());
        declare(parameter.name, SymbolKind::argument, nullptr);
      }
      block(body);
    });
    way_ = around;
  });
}

bool Resolver::is_bound_by_data(const std::string& name) const {
  if (!in_data_) return false;
  const std::size_t symbol = names_.find(names_.scopes_[scope_].parent, name);
  if (symbol == nothing) return false;
  const SymbolKind kind = names_.symbols_[symbol].kind;
  return kind == SymbolKind::input || kind == SymbolKind::target;
}

void Resolver::assign(const ast::Statement& statement, const ast::Assign& node) {
  expression(node.value.get());
  if (node.name.primed()) {
    add(node.name, names_.find_here(scope_, node.name.unprimed()), false);
    return;
  }
  if (is_bound_by_data(node.name.text)) {
    add(node.name, names_.find(names_.scopes_[scope_].parent, node.name.text), false);
    return;
  }
  const std::size_t id = declare(node.name, SymbolKind::value, &statement);
  if (const auto* call = node.value->as<ast::Call>()) {
    const std::size_t callee = symbol_of(*call->callee);
    if (callee != nothing) names_.symbols_[id].calls.push_back(callee);
  }
}

void Resolver::train(const ast::Statement& statement, const ast::Train& node) {
  const std::size_t scope = new_scope(scope_, statement.span);
  for (const ast::Setting& setting : node.settings) names_.keys_.push_back(&setting.key);
  bodies_.emplace_back([this, &node, scope, file = file_] {
    in_scope(scope, *file, [&] {
      for (const ast::Setting& setting : node.settings)
        if (!is_word_of(setting)) expression(setting.value.get());
    });
  });
}

void Resolver::shaped(const std::vector<ast::ExpressionPtr>& dims, const ast::ExpressionPtr& init) {
  for (const auto& dim : dims) expression(dim.get());
  expression(init.get());
}

void Resolver::expression(const ast::Expression* node) {
  if (node == nullptr) return;
  if (const auto* name = node->as<ast::Name>()) {
    reference(*node, name->text);
  } else if (const auto* list = node->as<ast::List>()) {
    for (const auto& element : list->elements) expression(element.get());
  } else if (const auto* map = node->as<ast::Map>()) {
    for (const auto& entry : map->entries) expression(entry.value.get());
  } else if (const auto* range = node->as<ast::Range>()) {
    expression(range->first.get());
    expression(range->last.get());
  } else if (const auto* call_node = node->as<ast::Call>()) {
    call(*call_node);
  } else if (const auto* index = node->as<ast::Index>()) {
    expression(index->object.get());
    for (const auto& subscript : index->subscripts) expression(subscript.value.get());
  } else if (const auto* part = node->as<ast::Member>()) {
    member(*node, *part);
  } else if (const auto* unary = node->as<ast::Unary>()) {
    expression(unary->operand.get());
  } else if (const auto* binary = node->as<ast::Binary>()) {
    expression(binary->left.get());
    expression(binary->right.get());
  }
}

void Resolver::call(const ast::Call& node) {
  const bool pattern = in_pattern_;
  if (const auto* name = node.callee->as<ast::Name>(); pattern && name != nullptr) {
    add({name->text, node.callee->span}, nothing, false);
  } else {
    expression(node.callee.get());
  }
  for (const ast::Argument& argument : node.arguments) {
    expression(argument.value.get());
    if (!argument.named() || pattern) continue;
    later_.emplace_back([this, &node, &argument] {
      const std::size_t callee = symbol_of(*node.callee);
      const std::size_t body = callee == nothing ? nothing : names_.symbols_[callee].body;
      if (body == nothing) return;
      add(argument.name, names_.find_here(body, argument.name.text), false);
    });
  }
}

void Resolver::reference(const ast::Expression& expression, const std::string& name) {
  const ast::Identifier identifier{name, expression.span};
  const std::string text = identifier.unprimed();
  std::size_t symbol = names_.find_here(scope_, text);
  if (symbol == nothing && in_pattern_) {
    meaning_[&expression] = declare(identifier, SymbolKind::value, nullptr);
    return;
  }
  const std::size_t outer = names_.find(names_.scopes_[scope_].parent, text);
  const bool own = symbol != nothing;
  if (!own) symbol = outer != nothing ? outer : find_optimizer(text);
  const std::size_t occurrence = add(identifier, symbol, false);
  names_.occurrences_[occurrence].uncertain = own && outer != nothing && !is_certain(symbol);
  if (!own) outer_.push_back({occurrence, scope_, path_});
  meaning_[&expression] = symbol;
}

// After `a = dense(x, 30)`, the w of `a.w` is that of the layer.
void Resolver::member(const ast::Expression& node, const ast::Member& part) {
  expression(part.object.get());
  if (part.name.text == "T") return;
  later_.emplace_back([this, &node, &part] {
    const std::size_t object = symbol_of(*part.object);
    const std::size_t symbol = object == nothing ? nothing : names_.part(object, part.name.text);
    if (symbol == nothing) return;
    add(part.name, symbol, false);
    meaning_[&node] = symbol;
  });
}

std::size_t Resolver::declare(const ast::Identifier& name, SymbolKind kind,
                              const ast::Statement* statement) {
  auto [entry, fresh] =
      names_.scopes_[scope_].symbols.try_emplace(name.text, names_.symbols_.size());
  const std::size_t id = entry->second;
  if (fresh)
    names_.symbols_.push_back({name.text, kind, scope_, file_, {}, statement, {}, nothing, {}});
  names_.symbols_[id].declarations.push_back(name.span);
  declared_.push_back({id, path_});
  add(name, id, true);
  return id;
}

std::size_t Resolver::add(const ast::Identifier& name, std::size_t symbol, bool declares) {
  names_.occurrences_.push_back({before_prime(name), name.unprimed(), symbol, declares, false});
  return names_.occurrences_.size() - 1;
}

// Update rules are in a file each, and are read where they are named.
std::size_t Resolver::find_optimizer(const std::string& name) {
  const script::File* file = files_.embedded("optimizers/" + name + ".ebb");
  if (file == nullptr) return nothing;
  read_file(*file, library_scope);
  return names_.find_here(library_scope, name);
}

// Whether one of its declarations is in all blocks that hold the place at hand.
bool Resolver::is_certain(std::size_t symbol) const {
  return std::ranges::any_of(declared_, [&](const Declared& declared) {
    return declared.symbol == symbol && declared.path.size() <= path_.size() &&
           std::ranges::equal(declared.path, std::span(path_).first(declared.path.size()));
  });
}

std::size_t Resolver::symbol_of(const ast::Expression& expression) const {
  if (const auto* index = expression.as<ast::Index>()) return symbol_of(*index->object);
  const auto found = meaning_.find(&expression);
  return found == meaning_.end() ? nothing : found->second;
}

}  // namespace ebb::lsp
