// Attributes with which elementwise ops are tried, where not only their defaults.
#include <cmath>

#include "tests/ops/cases.hpp"

namespace ebb::test {

namespace {

std::vector<Case> exponents(const std::vector<std::int64_t>& numbers) {
  std::vector<Case> cases;
  for (const auto n : numbers) cases.push_back({{}, {{"n", n}}});
  return cases;
}

// Keeps a / b away from whole numbers, where a remainder jumps: |b| in [1, 1.05], a in whole
// numbers plus [0.3, 0.7].
void between_jumps(std::size_t input, Tensor& value) {
  for (std::int64_t i = 0; i < value.elements_per_sample() * value.samples(); ++i) {
    const double x = value.at(i), fraction = x - std::floor(x);
    value.set(i, input == 0 ? std::floor(x) + 0.3 + 0.4 * fraction
                            : std::copysign(1 + std::abs(x) / 40, x));
  }
}

}  // namespace

Cases elementwise_cases() {
  return {
      {"scale", {{{}, {{"factor", -1.5}}}}},
      {"gradient_scale", {{{}, {{"factor", -0.5}}}}},
      {"power", exponents({-1, 0, 1, 2, 3, 4})},
      {"mod", {{.shapes = {}, .attrs = {}, .adjust = between_jumps}}},
      {"fmod", {{.shapes = {}, .attrs = {}, .adjust = between_jumps}}},
      {"clamp",
       {{.shapes = {}, .attrs = {{"lower", -1.0}, {"upper", 0.5}}, .kinks = {-1, 0.5}},
        {.shapes = {}, .attrs = {{"upper", 1.5}}, .kinks = {1.5}}}},
      {"polygamma", exponents({1, 2})},
      {"softplus", {{{}, {}}, {{}, {{"sharpness", 2.5}}}}},
      {"leaky_relu", {{{}, {}}, {{}, {{"slope", 0.3}}}}},
      {"threshold",
       {{{}, {}}, {.shapes = {}, .attrs = {{"at", -0.5}, {"value", 2.0}}, .kinks = {-0.5}}}},
      {"elu", {{{}, {}}, {{}, {{"alpha", 0.7}}}}},
      {"celu", {{{}, {}}, {{}, {{"alpha", 0.7}}}}},
      {"hard_tanh",
       {{{}, {}}, {.shapes = {}, .attrs = {{"lower", 0.0}, {"upper", 1.5}}, .kinks = {0, 1.5}}}},
      {"hard_sigmoid",
       {{{}, {}},
        {.shapes = {}, .attrs = {{"slope", 0.5}, {"offset", 0.2}}, .kinks = {-0.4, 1.6}}}},
  };
}

}  // namespace ebb::test
