// Forms of products that a GEMM computes as it is: transposes as flags, sums over samples inside.
#include <algorithm>

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

// Also where equations are shown: nobody writes the transpose of a transpose.
Value operand_transposed_twice(Builder& b, const Candidate& c) {
  if (c.op != b.core().matmul) return {};
  const Flags flags = flags_of(*c.op, *c.attrs);
  const bool twice = (flags.ta && b.is(c.inputs[0], b.core().transpose)) ||
                     (flags.tb && b.is(c.inputs[1], b.core().transpose));
  return twice ? transposed_operand(b, c) : Value{};
}

Value transposed_product(Builder& b, const Candidate& c) {
  if (c.op != b.core().transpose || !b.is(c.inputs[0], b.core().matmul)) return {};
  const Flags inner = flags_of(b, c.inputs[0]);
  return product(b, b.argument(c.inputs[0], 1), b.argument(c.inputs[0], 0),
                 {!inner.tb, !inner.ta, inner.over_samples}, c);
}

// The sum over samples of W x is W times the sum.
Value sum_of_products(Builder& b, const Candidate& c) {
  if (c.op != b.core().sample_sum || !b.is(c.inputs[0], b.core().matmul)) return {};
  Value left = b.argument(c.inputs[0], 0), right = b.argument(c.inputs[0], 1);
  if (b.type(left).per_sample && b.type(right).per_sample) return {};
  Value& per_sample = b.type(left).per_sample ? left : right;
  per_sample = b.make(*c.op, {per_sample}, {}, c.span);
  return product(b, left, right, flags_of(b, c.inputs[0]), c);
}

// An op that can sums over the samples itself: of d x.T that is one product, and the result never
// exists once per sample.
Value sum_inside(Builder& b, const Candidate& c) {
  if (c.op != b.core().sample_sum) return {};
  const Node& node = b.graph().node(c.inputs[0]);
  const int over = node.op->find_attr(node.op->over_samples);
  if (over < 0) return {};
  NamedAttrs attrs;
  for (std::size_t i = 0; i < node.op->attrs.size(); ++i)
    attrs.emplace_back(node.op->attrs[i].name, (*node.attrs)[i]);
  attrs[static_cast<std::size_t>(over)].second = true;
  return b.make(*node.op, b.graph().inputs(c.inputs[0].node), attrs, c.span);
}

// The operand of `c` that is a product, where c multiplies one with a shared number.
Value scaled_operand(const Builder& b, const Candidate& c) {
  if (c.op == b.core().scale) return c.inputs[0];
  if (c.op != b.core().mul) return {};
  for (std::size_t i : {0u, 1u})
    if (b.type(c.inputs[i]).shape.is_scalar() && !b.type(c.inputs[i]).per_sample)
      return c.inputs[1 - i];
  return {};
}

// The product `scaled`, which `c` multiplies with a number, with the number in its smaller operand,
// where that is at least `smaller` times smaller than the product.
Value scale_inside(Builder& b, const Candidate& c, Value scaled, std::int64_t smaller) {
  const Value left = b.argument(scaled, 0), right = b.argument(scaled, 1);
  const auto size = [&](Value value) { return b.type(value).shape.elements(); };
  const bool take_left = size(left) <= size(right);
  const Value small = take_left ? left : right;
  if (size(small) * smaller > size(scaled)) return {};
  Graph::Inputs inputs = c.inputs;
  std::ranges::replace(inputs, scaled, small);
  const Value factor = b.make_like(c, inputs);
  if (b.type(factor) != b.type(small)) return {};
  return product(b, take_left ? factor : left, take_left ? right : factor, flags_of(b, scaled), c);
}

// A product that is computed for one reader.
bool is_own_product(const Builder& b, Value value) {
  return b.is(value, b.core().matmul) && !b.shared(value);
}

// eta (d x.T) is (eta d) x.T, which touches fewer numbers: those of the mini-batch's vectors
// instead of those of a whole matrix.
Value scaled_product(Builder& b, const Candidate& c) {
  constexpr std::int64_t much_smaller = 16;
  const Value scaled = scaled_operand(b, c);
  if (!scaled || !is_own_product(b, scaled)) return {};
  return scale_inside(b, c, scaled, much_smaller);
}

// How many numbers: a mini-batch has several samples.
std::int64_t size_in_step(const Type& type) {
  constexpr std::int64_t some_samples = 16;
  return type.shape.elements() * (type.per_sample ? some_samples : 1);
}

// W (x / 255) is (W x) / 255, and d (x / 255).T is (d / 255) x.T: a number that an operand is
// multiplied with goes to where it touches much fewer numbers. It stays inside a sum over samples,
// which may be added to something.
Value scaled_operand_of_product(Builder& b, const Candidate& c) {
  constexpr std::int64_t much_fewer = 4;
  if (c.op != b.core().matmul) return {};
  const Flags flags = flags_of(*c.op, *c.attrs);
  for (const std::size_t i : {0u, 1u}) {
    const Value operand = c.inputs[i], other = c.inputs[1 - i];
    const Node& node = b.graph().node(operand);
    const Candidate scaling{operand.node,    node.op,  node.attrs, b.graph().inputs(operand.node),
                            b.type(operand), node.span};
    const Value scaled = scaled_operand(b, scaling);
    if (!scaled || b.type(scaled) != b.type(operand)) continue;
    const std::int64_t of_other = size_in_step(b.type(other));
    const std::int64_t of_result = flags.over_samples ? of_other + 1 : size_in_step(c.type);
    if (size_in_step(b.type(operand)) < much_fewer * std::min(of_result, of_other)) continue;
    const auto scaled_instead = [&](Value value) {
      Graph::Inputs inputs = scaling.inputs;
      std::ranges::replace(inputs, scaled, value);
      return b.make_like(scaling, inputs);
    };
    const bool on_result = of_result <= of_other;
    Graph::Inputs operands = c.inputs;
    operands[i] = scaled;
    if (!on_result) operands[1 - i] = scaled_instead(other);
    const Value bare = product(b, operands[0], operands[1], flags, c);
    if (!bare || b.type(operands[1 - i]) != b.type(other)) continue;
    return on_result ? scaled_instead(bare) : bare;
  }
  return {};
}

// The product that `value` is, or is a multiple of, with that number inside; none where somebody
// else reads it.
Value own_product(Builder& b, Value value) {
  if (is_own_product(b, value)) return value;
  if (b.shared(value)) return {};
  const Node& node = b.graph().node(value);
  const Candidate scaling{value.node,    node.op,  node.attrs, b.graph().inputs(value.node),
                          b.type(value), node.span};
  const Value scaled = scaled_operand(b, scaling);
  return scaled && is_own_product(b, scaled) ? scale_inside(b, scaling, scaled, 1) : Value{};
}

// w - d x.T is w + (-d) x.T, which a GEMM adds into the memory of w, where w is a variable or is
// read by nothing else.
Value subtracted_product(Builder& b, const Candidate& c) {
  if (!b.difference() || c.op != b.difference()) return {};
  const Value from = c.inputs[0], subtracted = c.inputs[1];
  if (b.type(from) != c.type || b.type(subtracted) != c.type) return {};
  if (b.graph().node(from).op->leaf ? !b.is(from, b.core().variable) : b.shared(from)) return {};
  const Value positive = own_product(b, subtracted);
  if (!positive) return {};
  const OpDef& scale = *b.core().scale;
  const Candidate minus{Value::none, &scale, resolve_attributes(scale, {{"factor", -1.0}}),
                        {positive},  c.type, c.span};
  const Value negative = scale_inside(b, minus, positive, 1);
  return negative ? b.make(*b.core().add, {from, negative}, {}, c.span) : Value{};
}

}  // namespace

std::span<const Rule> product_rules() {
  static constexpr Rule rules[] = {{"operand transposed twice", false, operand_transposed_twice},
                                   {"transposed operand", true, transposed_operand},
                                   {"transposed product", true, transposed_product},
                                   {"sum of products", true, sum_of_products},
                                   {"sum inside", true, sum_inside},
                                   {"scaled operand", true, scaled_operand_of_product},
                                   {"scaled product", true, scaled_product},
                                   {"subtracted product", true, subtracted_product}};
  return rules;
}

}  // namespace ebb
