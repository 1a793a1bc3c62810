// Names for parts of formulas, so that these stay readable.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/core/graph.hpp"

namespace ebb {

struct Abbreviation {
  std::string name;  // "u₁"
  Value value;
};

// What the formulas of `roots`, printed down to `names`, are to abbreviate: what is long and stands
// in several places, and parts of what would not fit on a line. In the order in which they build on
// one another. `letter` is what their names begin with. Linear in the nodes, however large the
// formulas.
std::vector<Abbreviation> abbreviations(const Graph& graph, const std::vector<Value>& roots,
                                        const std::map<Value, std::string>& names,
                                        const std::string& letter);

// The value below nodes that formulas do not show.
Value shown_value(const Graph& graph, Value value);

// "h" and 12: "h₁₂"
std::string with_subscript(const std::string& name, std::size_t number);

}  // namespace ebb
