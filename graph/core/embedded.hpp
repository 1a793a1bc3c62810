// Files that the binary carries: scripts, and the template of a plugin.
#pragma once

#include <span>
#include <string_view>

namespace ebb {

struct EmbeddedFile {
  std::string_view name;  // "std/costs.ebb", "optimizers/sgd.ebb", "template/README.md"
  std::string_view text;
};

// All of them; generated at build time by scripts/embed.cmake.
std::span<const EmbeddedFile> embedded_files();

}  // namespace ebb
