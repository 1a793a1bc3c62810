// Walks the statements of a script and of what it includes, and finds what each name means.
#pragma once

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/cli/lsp/names.hpp"

namespace ebb::lsp {

// A body is walked after all that stands around its function, since it is run so. Within a scope a
// name is looked for among those before it, then in the scopes around, then (in a loop) further
// down.
class Resolver {
 public:
  static constexpr std::size_t library_scope = 0, script_scope = 1;

  Resolver(Names& names, script::Files& files) : names_(names), files_(files) {}

  void read(const script::File& main);

 private:
  // The blocks of for (below 0) and if (above) that a place is in, the outermost first.
  using Path = std::vector<int>;
  struct Declared {
    std::size_t symbol;
    Path path;
  };
  // A reference that a later declaration of its own scope may change.
  struct Outer {
    std::size_t occurrence, scope;
    Path path;
  };

  void read_file(const script::File& file, std::size_t scope);
  void finish_bodies();
  void link_later();
  std::size_t new_scope(std::size_t parent, Span body);
  void in_scope(std::size_t scope, const script::File& file, const std::function<void()>& walk);

  // statements
  void block(const ast::Block& statements);
  void nested(const ast::Block& statements, bool loop);
  void statement(const ast::Statement& statement);
  void include(const ast::Include& node);
  void callable(const ast::Statement& statement, const ast::Identifier& name, SymbolKind kind,
                const std::vector<ast::Parameter>& parameters, const ast::Block& body,
                const std::vector<ast::Parameter>* updated = nullptr);
  void assign(const ast::Statement& statement, const ast::Assign& node);
  void train(const ast::Statement& statement, const ast::Train& node);
  void shaped(const std::vector<ast::ExpressionPtr>& dims, const ast::ExpressionPtr& init);

  // expressions
  void expression(const ast::Expression* node);
  void call(const ast::Call& node);
  void reference(const ast::Expression& expression, const std::string& name);
  void member(const ast::Expression& node, const ast::Member& part);

  std::size_t declare(const ast::Identifier& name, SymbolKind kind,
                      const ast::Statement* statement);
  std::size_t add(const ast::Identifier& name, std::size_t symbol, bool declares);
  std::size_t find_optimizer(const std::string& name);
  bool is_certain(std::size_t symbol) const;
  std::size_t symbol_of(const ast::Expression& expression) const;
  bool is_bound_by_data(const std::string& name) const;

  Names& names_;
  script::Files& files_;
  const script::File* file_ = nullptr;
  std::size_t scope_ = library_scope;
  Path path_;
  bool in_data_ = false, in_pattern_ = false;
  int next_block_ = 0;
  std::set<std::string> included_;
  Span way_;  // the main file's include statement that is at hand
  std::vector<Declared> declared_;
  std::vector<Outer> outer_;
  std::deque<std::function<void()>> bodies_;
  std::vector<std::function<void()>> later_;
  std::unordered_map<const ast::Expression*, std::size_t> meaning_;
};

}  // namespace ebb::lsp
