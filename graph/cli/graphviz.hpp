// Drawings by Graphviz.
#pragma once

#include <string>
#include <string_view>

namespace ebb {

// What Graphviz' program `dot`, found on the PATH, makes of a graph in its language: `format` is
// "svg", "png" or another one of its -T. Throws UserError where there is no such program or it
// fails, with what it said.
std::string draw(std::string_view dot, std::string_view format);

}  // namespace ebb
