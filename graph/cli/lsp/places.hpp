// Places as the protocol writes them: lines and UTF-16 units from 0; files as URIs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "graph/cli/json.hpp"
#include "graph/core/diagnostic.hpp"

namespace ebb::lsp {

// The byte of {"line": 2, "character": 5}. A place beyond the end of its line or of the text is
// that end. Throws Json::exception where it is no position.
std::uint32_t offset_of(const SourceFile& file, const Json& position);
Json position_of(const SourceFile& file, std::uint32_t offset);
// {"start": ..., "end": ...}; of no span, the beginning of a file.
Json range_of(const Span& span);

// The path of a file: URI; "" of another.
std::filesystem::path path_of(const std::string& uri);
std::string uri_of(const std::filesystem::path& path);

}  // namespace ebb::lsp
