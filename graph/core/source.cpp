#include "graph/core/source.hpp"

#include <algorithm>

namespace ebb {

void SourceRegistry::add(SourceDef source) { sources_.push_back(std::move(source)); }

const SourceDef* SourceRegistry::find(std::string_view name) const {
  const auto it = std::ranges::find(sources_, name, &SourceDef::name);
  return it == sources_.end() ? nullptr : &*it;
}

}  // namespace ebb
