// A graph for programs: `ebb show --as json`.
#pragma once

#include <span>

#include "graph/cli/json.hpp"
#include "graph/cli/listing.hpp"

namespace ebb {

// {"nodes": [{"id": 3, "op": "matmul", "name": "z", "attributes": {"ta": true}, "outputs":
// [{"type": "real", "shape": [30], "per_sample": true}], "inputs": [[0, 0], [1, 0]], "at": {...}}],
// "roots": [{"name": "cost", "statement": "cost", "value": [3, 0]}]}.
// Inputs come before what reads them; an id is the place in the list. An input or the value of a
// root is a node and which of its outputs. Null: no name, no place in the script. All attributes
// are there; a constant has its "value" too.
Json json_of(const Graph& graph, std::span<const Root> roots);

}  // namespace ebb
