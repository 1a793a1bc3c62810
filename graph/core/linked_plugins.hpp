// The plugins that are linked into the program or the library, the built-in ops first.
#pragma once

#include <span>

#include "graph/sdk/ebb_plugin.h"

namespace ebb {

// Their entries; the list is made by ops/CMakeLists.txt, so that no source of the framework names
// an op's.
std::span<const ebb_plugin_main_fn> linked_plugins();

}  // namespace ebb
