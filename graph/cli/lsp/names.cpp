#include "graph/cli/lsp/names.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "graph/cli/lsp/resolver.hpp"

namespace ebb::lsp {

bool is_callable(SymbolKind kind) {
  return kind == SymbolKind::function || kind == SymbolKind::layer || kind == SymbolKind::optimizer;
}

Names::Names(script::Files& files, const script::File& main) {
  Resolver(*this, files).read(main);
  std::ranges::stable_sort(occurrences_, [](const Occurrence& a, const Occurrence& b) {
    return std::tie(a.span.file->name(), a.span.begin) <
           std::tie(b.span.file->name(), b.span.begin);
  });
}

const Occurrence* Names::at(const SourceFile& file, std::uint32_t offset) const {
  for (const Occurrence& occurrence : occurrences_) {
    const Span& span = occurrence.span;
    if (span.file == &file && span.begin <= offset && offset <= span.end) return &occurrence;
  }
  return nullptr;
}

const ast::Identifier* Names::key_at(const SourceFile& file, std::uint32_t offset) const {
  for (const ast::Identifier* key : keys_)
    if (key->span.file == &file && key->span.begin <= offset && offset <= key->span.end) return key;
  return nullptr;
}

std::size_t Names::find_here(std::size_t scope, const std::string& name) const {
  const auto found = scopes_[scope].symbols.find(name);
  return found == scopes_[scope].symbols.end() ? nothing : found->second;
}

std::size_t Names::find(std::size_t scope, const std::string& name) const {
  for (; scope != nothing; scope = scopes_[scope].parent)
    if (const std::size_t symbol = find_here(scope, name); symbol != nothing) return symbol;
  return nothing;
}

std::vector<std::size_t> Names::parts(std::size_t symbol) const {
  std::vector<std::size_t> callees = symbols_[symbol].calls, result;
  // A call that is assigned to no name takes the layer's.
  callees.push_back(symbol);
  for (const std::size_t callee : callees) {
    if (symbols_[callee].kind != SymbolKind::layer) continue;
    for (const auto& [name, part] : scopes_[symbols_[callee].body].symbols)
      if (symbols_[part].kind != SymbolKind::argument) result.push_back(part);
  }
  return result;
}

std::size_t Names::part(std::size_t symbol, const std::string& name) const {
  for (const std::size_t part : parts(symbol))
    if (symbols_[part].name == name) return part;
  return nothing;
}

// Inner scopes are made after those around them.
std::size_t Names::scope_at(const SourceFile& file, std::uint32_t offset) const {
  for (std::size_t i = scopes_.size(); i-- > 0;) {
    const Span& body = scopes_[i].body;
    if (body.file == &file && body.begin <= offset && offset <= body.end) return i;
  }
  return Resolver::script_scope;
}

std::vector<std::size_t> Names::visible(const SourceFile& file, std::uint32_t offset) const {
  std::vector<std::size_t> result;
  std::set<std::string> seen;
  const std::size_t innermost = scope_at(file, offset);
  for (std::size_t s = innermost; s != nothing; s = scopes_[s].parent) {
    for (const auto& [name, id] : scopes_[s].symbols) {
      const Symbol& symbol = symbols_[id];
      // A body is run after all that stands around its function; it itself, from top to bottom.
      const bool before =
          s != innermost || std::ranges::any_of(symbol.declarations, [&](const Span& span) {
            return span.file != &file || span.end < offset;
          });
      if (before && !in_library(symbol) && seen.insert(name).second) result.push_back(id);
    }
  }
  return result;
}

const script::File* Names::included_at(const SourceFile& file, std::uint32_t offset) const {
  for (const auto& [span, included] : includes_)
    if (span.file == &file && span.begin <= offset && offset <= span.end) return included;
  return nullptr;
}

Span Names::way_to(const SourceFile& file) const {
  const auto found = ways_.find(&file);
  return found == ways_.end() ? Span{} : found->second;
}

}  // namespace ebb::lsp
