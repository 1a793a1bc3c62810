// Cases of indexing.
#include "tests/ops/cases.hpp"

namespace ebb::test {

using Ints = std::vector<std::int64_t>;

Cases indexing_cases() {
  return {
      {"slice",
       {{{{5}}, {{"begin", Ints{1}}, {"end", Ints{4}}}},
        {{{5}}, {{"begin", Ints{2}}, {"end", Ints{3}}, {"drop", Ints{0}}}},
        {{{2, 3}}, {{"begin", Ints{0, 1}}, {"end", Ints{2, 2}}, {"drop", Ints{1}}}},
        {{{2, 3, 2, 2}}, {{"begin", Ints{1, 1}}, {"end", Ints{2, 3}}, {"drop", Ints{0}}}},
        {{{}}, {{"begin", Ints{}}, {"end", Ints{}}}}}},
      {"pad",
       {{{{3}}, {{"before", Ints{1}}, {"after", Ints{2}}}},
        {{{2, 3}}, {{"before", Ints{0, 1}}, {"after", Ints{1, 0}}}},
        {{{}}, {{"before", Ints{}}, {"after", Ints{}}}}}},
      {"concat",
       {{{{2}, {3}}, {}},
        {{{}, {2}, {}}, {}},
        {{{2, 1}, {2, 3}, {2, 2}}, {{"dim", std::int64_t{1}}}},
        {{{1, 2, 2}, {2, 2, 2}}, {{"dim", std::int64_t{0}}}}}},
      {"one_hot",
       {{{{}}, {{"classes", std::int64_t{3}}}}, {{{2}}, {{"classes", std::int64_t{1}}}}}},
  };
}

}  // namespace ebb::test
