// Cases of the core's structural primitives.
#include "tests/ops/cases.hpp"

namespace ebb::test {

using Ints = std::vector<std::int64_t>;

Cases structure_cases() {
  return {
      {"matmul",
       {{{{2, 3}, {3}}, {}},
        {{{2, 3}, {3, 2}}, {}},
        {{{3, 2}, {3, 4}}, {{"ta", true}}},
        {{{2, 3}, {4, 3}}, {{"tb", true}}},
        {{{3, 2}, {4, 3}}, {{"ta", true}, {"tb", true}}},
        {{{3}, {3}}, {{"ta", true}}},
        {{{3}, {2}}, {{"tb", true}}},
        {{{2, 3}, {3}}, {{"over_samples", true}}, true},
        {{{3}, {2}}, {{"tb", true}, {"over_samples", true}}, true}}},
      {"transpose", {{{{2, 3}}, {}}, {{{3}}, {}}, {{{}}, {}}}},
      {"reshape",
       {{{{2, 3}}, {{"shape", Ints{3, 2}}}},
        {{{2, 1, 3, 1}}, {{"shape", Ints{6}}}},
        {{{1}}, {{"shape", Ints{}}}}}},
      {"broadcast",
       {{{{2}}, {{"shape", Ints{2, 3}}}},
        {{{}}, {{"shape", Ints{2}}, {"per_sample", true}}},
        {{{1, 2}}, {{"shape", Ints{3, 2, 2}}}}}},
      {"sum_to",
       {{{{2, 3}}, {{"shape", Ints{2}}}},
        {{{2, 3}}, {{"shape", Ints{1, 3}}}},
        {{{2, 2, 1, 2}}, {{"shape", Ints{}}}}}},
      {"sample_sum", {{{{}}, {}, true}, {{{2, 3}}, {}, true}}},
      {"checkpoint_begin", {{{{2, 3}}, {}}, {{{}}, {}}}},
      {"checkpoint_end", {{{{2, 3}, {2}}, {}}, {{{}, {2}}, {}}}},
      {"after", {{{{2, 3}, {2}}, {}}, {{{}, {2}}, {}}}},
      {"sample_weight", {{{}, {}}}},
      {"convert", {{{{2, 3}}, {{"dtype", std::int64_t{EBB_REAL}}}}}},
  };
}

}  // namespace ebb::test
