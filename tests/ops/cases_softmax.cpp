// Cases of softmax.
#include "tests/ops/cases.hpp"

namespace ebb::test {

Cases softmax_cases() {
  const std::vector<Case> every_choice_of_dim = {
      {{{1}}, {}},          {{{4}}, {}},
      {{{3, 2}}, {}},       {{{2, 3}}, {{"dim", std::int64_t{1}}}},
      {{{2, 2, 1, 2}}, {}}, {{{2, 3, 2}}, {{"dim", std::int64_t{1}}}}};
  return {{"softmax", every_choice_of_dim}, {"log_softmax", every_choice_of_dim}};
}

}  // namespace ebb::test
