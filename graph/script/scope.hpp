// Which name means what where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/script/item.hpp"

namespace ebb::script {

enum class BindingKind : std::uint8_t {
  value,
  argument,
  option,
  input,
  target,
  parameter,
  state,
  function,
  layer,
  optimizer,
  constant,
};

// "an option", for messages.
const char* name(BindingKind kind);

struct Binding {
  static constexpr std::size_t unrecorded = ~std::size_t{0};
  Item item;
  BindingKind kind = BindingKind::value;
  Span span;
  std::size_t record = unrecorded;  // in the list of assignments that may be unused
};

// A statement that names a value of the script's.
struct Assignment {
  std::string name;
  Span span;
  bool used = false;
};

enum class ScopeKind : std::uint8_t { base, prelude, script, def, layer, rule, data, train };

// The names of one block: a script, a call of a function, a data block.
class Scope {
 public:
  Scope(ScopeKind kind, Scope* parent) : kind_(kind), parent_(parent) {}

  ScopeKind kind() const { return kind_; }
  Scope* parent() const { return parent_; }
  // Binds anew or again.
  Binding& set(const std::string& name, Binding binding);
  Binding* find_here(const std::string& name);
  // Here or in the blocks around it, the nearest first; null where there is none.
  Binding* find(const std::string& name);
  void collect_names(std::vector<std::string>& names) const;
  // A function that was defined in the block may outlive its call.
  bool captured = false;

 private:
  ScopeKind kind_;
  Scope* parent_;
  std::unordered_map<std::string, Binding> bindings_;
};

}  // namespace ebb::script
