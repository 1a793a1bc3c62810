// Where the numbers of a value lie, as far as a script tells.
#pragma once

#include <cstdint>
#include <string>

#include "graph/core/graph.hpp"
#include "graph/script/item.hpp"

namespace ebb::script {

// All numbers of a value lie between these bounds.
struct Numbers {
  double lower = 0, upper = 0;
  bool lower_excluded = false, upper_excluded = false;
  bool known = false;     // else they may be anything
  bool attained = false;  // the bounds themselves are among them

  bool single() const { return attained && lower == upper; }
};

// Of constants their numbers; of nodes the range that the op's record states, if it is bounded.
Numbers numbers_of(const Item& item, const Graph& graph);

enum class Containment : std::uint8_t { inside, partly, outside };
// What is unknown counts as inside.
Containment containment(const Numbers& numbers, const Domain& domain);

bool is_everything(const Domain& domain);
std::string to_string(const Domain& domain);
std::string to_string(const Numbers& numbers);

}  // namespace ebb::script
