// Cases of random ops.
#include "tests/ops/cases.hpp"

namespace ebb::test {

using Ints = std::vector<std::int64_t>;

Cases random_cases() {
  return {
      {"random_uniform", {{{}, {{"shape", Ints{2, 3}}, {"lower", -1.0}}}}},
      {"random_normal", {{{}, {{"shape", Ints{2, 3}}}}}},
      {"random_bernoulli", {{{{}}, {}}, {{{2, 3}}, {}}}},
      {"gaussian_noise", {{{{}}, {}}, {{{2, 3}}, {{"sd", 0.3}}}, {{{2, 3, 1, 2}}, {}}}},
      {"sample_permutation",
       {{{{}}, {}, true}, {{{2, 3}}, {}, true}, {{{2}}, {{"inverse", true}}, true}}},
      {"dropout", {{{{}}, {{"p", 0.3}}}, {{{2, 3}}, {{"p", 0.3}}}, {{{2, 3, 1, 2}}, {}}}},
  };
}

}  // namespace ebb::test
