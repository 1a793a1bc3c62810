// Cases of reductions.
#include "tests/ops/cases.hpp"

namespace ebb::test {

using Ints = std::vector<std::int64_t>;

namespace {

// Reductions: every choice of dimensions that differs in kind.
std::vector<Case> every_choice_of_dims() {
  return {{{{}}, {}},
          {{{4}}, {}},
          {{{2, 3}}, {}},
          {{{2, 3}}, {{"dims", Ints{0}}}},
          {{{2, 3}}, {{"dims", Ints{1}}}},
          {{{2, 1, 3}}, {{"dims", Ints{1}}}},
          {{{2, 2, 3}}, {{"dims", Ints{0, 2}}}},
          {{{2, 2, 1, 2}}, {{"dims", Ints{3, 1}}}}};
}

}  // namespace

Cases reductions_cases() {
  const std::int64_t one = 1;
  const std::vector<Case> positions = {
      {{{4}}, {}}, {{{2, 3}}, {{"dim", one}}}, {{{2, 3}}, {{"last", true}}}};
  const std::vector<Case> with_freedom = {
      {{{4}}, {{"ddof", one}}},
      {{{2, 2, 3}}, {{"dims", Ints{0, 2}}, {"ddof", std::int64_t{2}}}},
      {{{3, 2}}, {{"dims", Ints{0}}, {"ddof", one}}}};
  Cases cases = {
      {"argmax", positions},
      {"argmin", positions},
      {"sample_max", {{{{}}, {}, true}, {{{2, 3}}, {}, true}}},
      {"cumsum",
       {{{{1}}, {}},
        {{{4}}, {}},
        {{{4}}, {{"exclusive", true}}},
        {{{2, 3}}, {{"dim", one}, {"reverse", true}}},
        {{{3, 2}}, {{"exclusive", true}, {"reverse", true}}},
        {{{2, 2, 3, 2}}, {{"dim", std::int64_t{2}}}}}},
  };
  for (const char* op :
       {"sum", "prod", "mean", "var", "std", "logsumexp", "max", "min", "any", "all"})
    cases[op] = every_choice_of_dims();
  for (const char* op : {"var", "std"})
    cases[op].insert(cases[op].end(), with_freedom.begin(), with_freedom.end());
  cases["prod"].push_back({{{5}}, {}});
  cases["prod"].push_back({{{2, 7}}, {{"dims", Ints{1}}}});
  return cases;
}

}  // namespace ebb::test
