// A graph as a script.
#pragma once

#include <iosfwd>
#include <span>

#include "graph/cli/listing.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// Prints a script that makes the part of the model's graph that the roots depend on: its inputs and
// parameters, a line for each value that has a name or is used more than once, and the roots. What
// the language has no form for is printed by other means: states (the model's and `states`) and
// what a run counts are parameters, data and training are left out, and names get letters for what
// no name may have (`a[0].z` is `a0_z`, `w/v` is `w_v`). Ops on numbers alone are calculated when
// it is read. Its layout is that of `ebb fmt`.
void print_script(std::ostream& out, const Model& model, std::span<const Root> roots,
                  std::span<const State> states = {});

}  // namespace ebb
