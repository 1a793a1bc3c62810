// The plugin whose sources the fuzzer is made of.
#pragma once

#include <memory>

#include "graph/core/registry.hpp"

extern "C" int ebb_plugin_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info);

namespace ebb::test {

inline const Registry& linked_plugin() {
  static const auto registry = [] {
    auto made = std::make_unique<Registry>();
    made->load(&ebb_plugin_main);
    return made;
  }();
  return *registry;
}

}  // namespace ebb::test
