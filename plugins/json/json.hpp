// A graph as JSON, both ways.
#pragma once

#include <ebb/plugin.hpp>

namespace ebb::json {

// What stands in the file under "format" and "version".
inline constexpr const char* format_name = "ebb graph";
inline constexpr int format_version = 1;

void write(const sdk::Export& graph);
// Throws sdk::Failure for a file that is no such graph.
void read(const sdk::Import& file);

}  // namespace ebb::json
