// A graph as a drawing: a text in Graphviz' language.
#pragma once

#include <limits>
#include <span>
#include <string>

#include "graph/cli/listing.hpp"
#include "graph/script/model.hpp"

namespace ebb {

struct DrawingOptions {
  static constexpr std::int64_t all = std::numeric_limits<std::int64_t>::max();
  std::int64_t depth = 0;  // how many levels of calls are unfolded
  std::string title = {};  // what stands below it
};

// What the roots depend on. The calls of layers and defs are boxes, or, where they are unfolded,
// frames around what is in them; parameters, data and ops have shapes of their own; an edge bears
// the shape of what flows along it, none a scalar. What differentiation has made stands beside what
// it was made of. `draw` (graphviz.hpp) makes a picture of it.
std::string drawing_of(const Model& model, std::span<const Root> roots,
                       const DrawingOptions& options = {});

}  // namespace ebb
