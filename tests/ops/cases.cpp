#include "tests/ops/cases.hpp"

namespace ebb::test {

namespace {

// Of all tensor ops.
const Cases& tensor_cases() {
  static const Cases all = [] {
    Cases joined;
    for (const auto family :
         {structure_cases, softmax_cases, reductions_cases, linear_algebra_cases, indexing_cases,
          shape_cases, convolution_cases, pooling_cases, random_cases, initializers_cases})
      joined.merge(family());
    return joined;
  }();
  return all;
}

}  // namespace

std::vector<Case> cases_of(const OpDef& op) {
  static const Cases elementwise = elementwise_cases();
  const Cases& known = op.is_elementwise() ? elementwise : tensor_cases();
  const auto it = known.find(op.name);
  const auto found = it == known.end() ? std::vector<Case>{} : it->second;
  if (!op.is_elementwise()) return found;
  std::vector<Case> cases;
  for (const auto& shapes : elementwise_shapes(op.inputs.size()))
    for (Case one : found.empty() ? std::vector<Case>(1) : found) {
      one.shapes = shapes;
      cases.push_back(std::move(one));
    }
  return cases;
}

}  // namespace ebb::test
