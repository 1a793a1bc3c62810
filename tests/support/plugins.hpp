// The plugins that Ebb brings, for tests.
#pragma once

#include <filesystem>

#include "graph/core/plugins.hpp"
#include "tests/support/model.hpp"

namespace ebb::test {

// Those of the build folder, for the registry that `model_of` uses.
inline Plugins& own_plugins() {
  with_sources();
  static Plugins plugins(
      everything(), {std::filesystem::path(EBB_BINARY).parent_path() / "plugins/loadable"}, {});
  return plugins;
}

}  // namespace ebb::test
