// Which name of a script means what, by its text alone: for going to definitions, renaming and
// completion. It follows the scopes of the elaborator, and needs no script that is right.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "graph/script/ast.hpp"
#include "graph/script/files.hpp"
#include "graph/script/scope.hpp"

namespace ebb::lsp {

constexpr std::size_t nothing = std::numeric_limits<std::size_t>::max();

using SymbolKind = script::BindingKind;
bool is_callable(SymbolKind kind);

// What one name means in one scope, however often it is assigned there.
struct Symbol {
  std::string name;
  SymbolKind kind;
  std::size_t scope;                    // that it belongs to
  const script::File* file;             // of its first declaration
  std::vector<Span> declarations;       // of the name, at least one
  const ast::Statement* statement;      // that declares it first; null for arguments
  std::vector<std::size_t> calls;       // callables whose results it names
  std::size_t body = nothing;           // of a callable: the scope of its body
  std::vector<std::string> parameters;  // of a callable: what a call gives it
};

// A place where a name stands. Names that no scope holds, of ops for example, have no symbol.
struct Occurrence {
  Span span;  // without a prime
  std::string name;
  std::size_t symbol = nothing;
  bool declares = false;
  // Whether it is this symbol or that of a scope around it, shows only when the script runs.
  bool uncertain = false;
};

class Names {
 public:
  // Of a script, what it includes, and of the library what it uses. The files must outlive it.
  Names(script::Files& files, const script::File& main);

  const std::vector<Symbol>& symbols() const { return symbols_; }
  // In the order of the text, file by file.
  const std::vector<Occurrence>& occurrences() const { return occurrences_; }
  // The one that holds or ends at the place; null where there is none.
  const Occurrence* at(const SourceFile& file, std::uint32_t offset) const;
  // The key of a train block there; null where there is none.
  const ast::Identifier* key_at(const SourceFile& file, std::uint32_t offset) const;
  // Whether the library, that the binary carries, declares it.
  bool in_library(const Symbol& symbol) const { return symbol.file->embedded; }
  // What a name written at the place could mean, of the script's own; inner ones first, each once.
  std::vector<std::size_t> visible(const SourceFile& file, std::uint32_t offset) const;
  // The symbol of that name in a scope or in those around it.
  std::size_t find(std::size_t scope, const std::string& name) const;
  std::size_t find_here(std::size_t scope, const std::string& name) const;
  // After `a = dense(x, 30)`: the values that the layer names, which are written `a.w`.
  std::vector<std::size_t> parts(std::size_t symbol) const;
  std::size_t part(std::size_t symbol, const std::string& name) const;
  // The scope whose text the place belongs to.
  std::size_t scope_at(const SourceFile& file, std::uint32_t offset) const;
  // The file that an include statement's path at the place names; null where there is none.
  const script::File* included_at(const SourceFile& file, std::uint32_t offset) const;
  // The include statement of the main file that leads to a file; no span where none does.
  Span way_to(const SourceFile& file) const;
  // All files that were read, with the main one; embedded ones only where they are used.
  const std::vector<const script::File*>& files() const { return read_; }

 private:
  friend class Resolver;

  struct Scope {
    std::size_t parent;
    std::map<std::string, std::size_t> symbols;
    // The text of its body: of a function, from its parameters on.
    Span body;
  };

  std::vector<Scope> scopes_;
  std::vector<Symbol> symbols_;
  std::vector<Occurrence> occurrences_;
  std::vector<const ast::Identifier*> keys_;
  std::vector<const script::File*> read_;
  std::vector<std::pair<Span, const script::File*>> includes_;
  std::map<const SourceFile*, Span> ways_;
};

}  // namespace ebb::lsp
