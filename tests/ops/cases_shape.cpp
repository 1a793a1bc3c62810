// Cases of shapes: borders, assembly, copies.
#include "tests/ops/cases.hpp"

namespace ebb::test {

using Ints = std::vector<std::int64_t>;

Cases shape_cases() {
  const std::int64_t zero = 0, one = 1, two = 2, three = 3;
  const std::string reflect = "reflect", edge = "edge";
  return {
      {"pad",
       {{{{3}}, {{"before", Ints{1}}, {"after", Ints{2}}}},
        {{{2, 3}}, {{"before", Ints{0, 1}}, {"after", Ints{1, 0}}, {"value", 0.5}}},
        {{{}}, {{"before", Ints{}}, {"after", Ints{}}}},
        {{{4}}, {{"before", Ints{3}}, {"after", Ints{2}}, {"mode", reflect}}},
        {{{2, 3, 2}}, {{"before", Ints{1, 2}}, {"after", Ints{0, 1}}, {"mode", reflect}}},
        {{{3}}, {{"before", Ints{2}}, {"after", Ints{4}}, {"mode", edge}}},
        {{{2, 1, 2, 2}}, {{"before", Ints{1, 2, 0}}, {"after", Ints{0, 1, 1}}, {"mode", edge}}}}},
      {"concat",
       {{{{2}, {3}}, {}},
        {{{}, {2}, {}}, {}},
        {{{2, 1}, {2, 3}, {2, 2}}, {{"dim", one}}},
        {{{1, 2, 2}, {2, 2, 2}}, {{"dim", zero}}},
        {{{2, 1, 2, 2}, {2, 1, 1, 2}}, {{"dim", two}}}}},
      {"stack",
       {{{{}, {}}, {}},
        {{{2}, {2}, {2}}, {}},
        {{{2, 3}, {2, 3}}, {{"dim", one}}},
        {{{2, 1, 2}, {2, 1, 2}}, {{"dim", three}}}}},
      {"tile",
       {{{{3}}, {{"repeats", Ints{2}}}},
        {{{2, 3}}, {{"repeats", Ints{1, 2}}}},
        {{{2, 1, 2, 2}}, {{"repeats", Ints{2, 3, 2}}}},
        {{{}}, {{"repeats", Ints{}}}}}},
      {"repeat",
       {{{{3}}, {{"times", two}}},
        {{{2, 3}}, {{"times", two}, {"dim", one}}},
        {{{2, 1, 2, 2}}, {{"times", three}, {"dim", two}}}}},
      {"flip",
       {{{{3}}, {}},
        {{{2, 3}}, {{"dims", Ints{1}}}},
        {{{2, 1, 3, 2}}, {{"dims", Ints{2, 0}}}},
        {{{}}, {}}}},
  };
}

}  // namespace ebb::test
