// What the report's page is made of.
#pragma once

#include <span>

#include "graph/core/embedded.hpp"

namespace ebb {

// The files of assets/, "assets/page.html" and so on; generated at build time by
// scripts/embed.cmake.
std::span<const EmbeddedFile> report_assets();

}  // namespace ebb
