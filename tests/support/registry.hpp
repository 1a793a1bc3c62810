// The built-in ops, for tests.
#pragma once

#include <memory>

#include "graph/core/op.hpp"
#include "ops/ops.hpp"

namespace ebb::test {

inline const OpRegistry& registry() {
  static const auto all = [] {
    auto made = std::make_unique<OpRegistry>();
    made->load(&ebb_ops_main);
    return made;
  }();
  return *all;
}

}  // namespace ebb::test
