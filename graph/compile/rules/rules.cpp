#include "graph/compile/rules/rules.hpp"

namespace ebb {

std::span<const Rule> structural_rules() {
  static const std::vector<Rule> all = [] {
    std::vector<Rule> rules;
    for (const auto family : {shape_rules(), part_rules(), arithmetic_rules(), product_rules()})
      rules.insert(rules.end(), family.begin(), family.end());
    return rules;
  }();
  return all;
}

std::vector<std::int64_t> dims_of(const Shape& shape) {
  return {shape.dims().begin(), shape.dims().end()};
}

Value broadcast_to(Builder& builder, Value value, const Type& type, Span at) {
  return builder.make(*builder.core().broadcast, {value},
                      {{"shape", dims_of(type.shape)}, {"per_sample", type.per_sample}}, at);
}

}  // namespace ebb
