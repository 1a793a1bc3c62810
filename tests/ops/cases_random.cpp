// Cases of random ops.
#include "tests/ops/cases.hpp"

namespace ebb::test {

using Ints = std::vector<std::int64_t>;

Cases random_cases() {
  return {
      {"dropout", {{{{}}, {{"p", 0.3}}}, {{{2, 3}}, {{"p", 0.3}}}, {{{2, 3, 1, 2}}, {}}}},
  };
}

}  // namespace ebb::test
