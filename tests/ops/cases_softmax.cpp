// Cases of softmax.
#include "tests/ops/cases.hpp"

namespace ebb::test {

using Ints = std::vector<std::int64_t>;

Cases softmax_cases() {
  return {
      {"softmax", {{{{1}}, {}}, {{{4}}, {}}, {{{3, 2}}, {}}, {{{2, 2, 1, 2}}, {}}}},
      {"log_softmax", {{{{1}}, {}}, {{{4}}, {}}, {{{3, 2}}, {}}, {{{2, 2, 1, 2}}, {}}}},
  };
}

}  // namespace ebb::test
