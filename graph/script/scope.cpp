#include "graph/script/scope.hpp"

#include <algorithm>

namespace ebb::script {

const char* name(BindingKind kind) {
  switch (kind) {
    case BindingKind::value:
      return "a value";
    case BindingKind::argument:
      return "an argument";
    case BindingKind::option:
      return "an option";
    case BindingKind::input:
      return "an input";
    case BindingKind::target:
      return "a target";
    case BindingKind::parameter:
      return "a parameter";
    case BindingKind::state:
      return "a state";
    case BindingKind::function:
      return "a function";
    case BindingKind::layer:
      return "a layer";
    case BindingKind::optimizer:
      return "an optimizer";
    case BindingKind::constant:
      return "a constant";
  }
  throw InternalError("name: no such kind of binding");
}

Binding& Scope::set(const std::string& name, Binding binding) {
  return bindings_.insert_or_assign(name, std::move(binding)).first->second;
}

Binding* Scope::find_here(const std::string& name) {
  const auto found = bindings_.find(name);
  return found == bindings_.end() ? nullptr : &found->second;
}

Binding* Scope::find(const std::string& name) {
  for (Scope* scope = this; scope != nullptr; scope = scope->parent_) {
    if (Binding* found = scope->find_here(name)) return found;
  }
  return nullptr;
}

void Scope::collect_names(std::vector<std::string>& names) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent_) {
    const auto begin = static_cast<std::ptrdiff_t>(names.size());
    for (const auto& [name, binding] : scope->bindings_) names.push_back(name);
    std::sort(names.begin() + begin, names.end());
  }
}

}  // namespace ebb::script
