// Cases of initializers.
#include "tests/ops/cases.hpp"

namespace ebb::test {

using Ints = std::vector<std::int64_t>;

Cases initializers_cases() {
  return {
      {"zeros", {{{}, {{"shape", Ints{2, 3}}}}}},
      {"constant", {{{}, {{"shape", Ints{2}}, {"value", 0.5}}}}},
      {"uniform", {{{}, {{"shape", Ints{2, 3}}}}}},
      {"normal", {{{}, {{"shape", Ints{2, 3}}}}}},
      {"glorot", {{{}, {{"shape", Ints{2, 3}}}}}},
      {"orthogonal", {{{}, {{"shape", Ints{2, 3}}}}, {{}, {{"shape", Ints{3, 2}}}}}},
      {"he", {{{}, {{"shape", Ints{2, 3}}}}}},
  };
}

}  // namespace ebb::test
