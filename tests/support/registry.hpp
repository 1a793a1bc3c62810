// The built-in ops, for tests.
#pragma once

#include <memory>

#include "graph/core/registry.hpp"
#include "ops/ops.hpp"

namespace ebb::test {

inline Registry& everything() {
  static const auto all = [] {
    auto made = std::make_unique<Registry>();
    made->load(&ebb_ops_main);
    return made;
  }();
  return *all;
}

inline const OpRegistry& registry() { return everything().ops; }

}  // namespace ebb::test
