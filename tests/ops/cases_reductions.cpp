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
  Cases cases = {
      {"argmax", {{{{4}}, {}}, {{{2, 3}}, {{"dim", std::int64_t{1}}}}}},
      {"argmin", {{{{4}}, {}}, {{{2, 3}}, {{"dim", std::int64_t{1}}}}}},
  };
  for (const char* op : {"sum", "mean", "max", "min"}) cases[op] = every_choice_of_dims();
  return cases;
}

}  // namespace ebb::test
