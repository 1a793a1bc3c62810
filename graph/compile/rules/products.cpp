// Forms of products that a GEMM computes as it is: transposes as flags, sums over samples inside.
#include "graph/compile/rules/rules.hpp"

namespace ebb {

namespace {

struct Flags {
  bool ta = false, tb = false, over_samples = false;
  NamedAttrs attrs() const { return {{"ta", ta}, {"tb", tb}, {"over_samples", over_samples}}; }
};

Flags flags_of(const OpDef& op, const Attributes& attrs) {
  const auto flag = [&](const char* name) {
    return std::get<bool>(attrs[static_cast<std::size_t>(op.find_attr(name))]);
  };
  return {flag("ta"), flag("tb"), flag("over_samples")};
}

Flags flags_of(const Builder& b, Value product) {
  const Node& node = b.graph().node(product);
  return flags_of(*node.op, *node.attrs);
}

// Makes the product if it has the wanted type: a vector for a matrix of one column may change it.
Value product(Builder& b, Value left, Value right, const Flags& flags, const Candidate& wanted) {
  try {
    const Value result = b.make(*b.core().matmul, {left, right}, flags.attrs(), wanted.span);
    return b.type(result) == wanted.type ? result : Value{};
  } catch (const OpError&) {
    return {};
  }
}

Value transposed_operand(Builder& b, const Candidate& c) {
  if (c.op != b.core().matmul) return {};
  const bool left = b.is(c.inputs[0], b.core().transpose);
  const bool right = b.is(c.inputs[1], b.core().transpose);
  if (!left && !right) return {};
  Flags flags = flags_of(*c.op, *c.attrs);
  if (left) {
    flags.ta = !flags.ta;
    return product(b, b.argument(c.inputs[0]), c.inputs[1], flags, c);
  }
  flags.tb = !flags.tb;
  return product(b, c.inputs[0], b.argument(c.inputs[1]), flags, c);
}

Value transposed_product(Builder& b, const Candidate& c) {
  if (c.op != b.core().transpose || !b.is(c.inputs[0], b.core().matmul)) return {};
  const Flags inner = flags_of(b, c.inputs[0]);
  return product(b, b.argument(c.inputs[0], 1), b.argument(c.inputs[0], 0),
                 {!inner.tb, !inner.ta, inner.over_samples}, c);
}

// The sum over samples of d x.T is one product; that of W x is W times the sum.
Value sum_of_products(Builder& b, const Candidate& c) {
  if (c.op != b.core().sample_sum || !b.is(c.inputs[0], b.core().matmul)) return {};
  Flags flags = flags_of(b, c.inputs[0]);
  Value left = b.argument(c.inputs[0], 0), right = b.argument(c.inputs[0], 1);
  flags.over_samples = b.type(left).per_sample && b.type(right).per_sample;
  if (!flags.over_samples) {
    Value& per_sample = b.type(left).per_sample ? left : right;
    per_sample = b.make(*c.op, {per_sample}, {}, c.span);
  }
  return product(b, left, right, flags, c);
}

}  // namespace

std::span<const Rule> product_rules() {
  static constexpr Rule rules[] = {{"transposed operand", true, transposed_operand},
                                   {"transposed product", true, transposed_product},
                                   {"sum of products", true, sum_of_products}};
  return rules;
}

}  // namespace ebb
