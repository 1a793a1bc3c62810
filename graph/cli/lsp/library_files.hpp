// The library's scripts, which the binary carries, as files that an editor can show.
#pragma once

#include <filesystem>
#include <optional>

#include "graph/script/files.hpp"

namespace ebb::lsp {

// Where an embedded file lies once it has been written there: in the user's folder for caches.
// Nothing where it can not be written.
std::optional<std::filesystem::path> library_file(const script::File& file);

}  // namespace ebb::lsp
