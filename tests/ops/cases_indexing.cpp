// Cases of indexing.
#include "tests/ops/cases.hpp"

namespace ebb::test {

using Ints = std::vector<std::int64_t>;

namespace {

// Indices that repeat, leave some out, and at last lie out of range 0..2 on either side.
void spread_indices(std::size_t input, Tensor& value) {
  if (input != 1) return;
  constexpr double indices[] = {1, 0, 1, -1, 2, 0};
  for (std::int64_t i = 0; i < value.elements_per_sample() * value.samples(); ++i)
    value.set(i, indices[i % 6]);
}

std::vector<Case> with_indices(std::vector<Case> cases) {
  for (Case& one : cases) one.adjust = spread_indices;
  return cases;
}

}  // namespace

Cases indexing_cases() {
  const std::int64_t one = 1, two = 2;
  return {
      {"slice",
       {{{{5}}, {{"begin", Ints{1}}, {"end", Ints{4}}}},
        {{{5}}, {{"begin", Ints{2}}, {"end", Ints{3}}, {"drop", Ints{0}}}},
        {{{2, 3}}, {{"begin", Ints{0, 1}}, {"end", Ints{2, 2}}, {"drop", Ints{1}}}},
        {{{2, 3, 2, 2}}, {{"begin", Ints{1, 1}}, {"end", Ints{2, 3}}, {"drop", Ints{0}}}},
        {{{}}, {{"begin", Ints{}}, {"end", Ints{}}}},
        {{{6}}, {{"begin", Ints{1}}, {"end", Ints{6}}, {"step", Ints{2}}}},
        {{{2, 5}}, {{"begin", Ints{1, 4}}, {"end", Ints{-1, 0}}, {"step", Ints{-1, -3}}}},
        {{{2, 3, 2, 2}}, {{"begin", Ints{0, 2}}, {"end", Ints{1, -1}}, {"step", Ints{3, -2}}}}}},
      {"one_hot",
       {{{{}}, {{"classes", std::int64_t{3}}}},
        {{{2}}, {{"classes", one}}},
        {{{2, 2}}, {{"classes", two}, {"on", 0.5}, {"off", -0.5}}}}},
      {"gather", with_indices({{{{3}, {}}, {}},
                               {{{2}, {4}}, {}},
                               {{{3, 2}, {2}}, {}},
                               {{{2, 3}, {2, 2}}, {{"dim", one}}},
                               {{{2, 1, 2, 2}, {3}}, {{"dim", two}}}})},
      {"scatter_add",
       with_indices(
           {{{{}, {}}, {{"size", two}}},
            {{{4}, {4}}, {{"size", two}}},
            {{{2, 2}, {2}}, {{"size", two}}},
            {{{2, 2, 2}, {2, 2}}, {{"size", two}, {"dim", one}}},
            {{{2, 1, 3, 2}, {3}}, {{"size", two}, {"dim", two}}},
            {{{2, 2}, {2}}, {{"size", two}, {"over_samples", true}}, true},
            {{{2, 3}, {3}}, {{"size", two}, {"dim", one}, {"over_samples", true}}, true}})},
      {"gather_elements", with_indices({{{{3}, {4}}, {}},
                                        {{{2, 2}, {3, 2}}, {}},
                                        {{{2, 2, 2}, {1, 3, 2}}, {{"dim", one}}},
                                        {{{2, 1, 3, 2}, {2, 1, 4, 1}}, {{"dim", two}}}})},
      {"scatter_elements_add",
       with_indices({{{{3}, {4}, {4}}, {}},
                     {{{2, 2}, {3, 2}, {3, 2}}, {}},
                     {{{2, 2, 2}, {1, 3, 2}, {1, 3, 2}}, {{"dim", one}}},
                     {{{2, 1, 3, 2}, {2, 1, 4, 1}, {2, 1, 4, 1}}, {{"dim", two}}}})},
  };
}

}  // namespace ebb::test
