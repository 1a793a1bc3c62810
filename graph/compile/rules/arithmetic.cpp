// Constants, scaling and neutral elements.
#include <cmath>

#include "graph/compile/rules/rules.hpp"

namespace ebb {

namespace {

constexpr std::int64_t max_folded_elements = 65536;

double factor_of(const Builder& b, Value scale) {
  const Node& node = b.graph().node(scale);
  return std::get<double>((*node.attrs)[static_cast<std::size_t>(node.op->find_attr("factor"))]);
}

// A stretched constant stays one: whoever reads it takes the number itself.
Value fold_constants(Builder& b, const Candidate& c) {
  if (c.inputs.empty() || c.type.per_sample || c.op == b.core().broadcast) return {};
  if (c.op->claims_(EBB_RANDOM) || c.type.shape.elements() > max_folded_elements) return {};
  if (c.type.dtype != DType::real && c.type.dtype != DType::i64 && c.type.dtype != DType::boolean)
    return {};
  for (const Value input : c.inputs)
    if (!b.graph().node(input).constant) return {};
  return b.constant(b.evaluate(c), c.span);
}

Value scale_by_one(Builder& b, const Candidate& c) {
  return c.op == b.core().scale && factor_of(b, {c.id, 0}) == 1 ? c.inputs[0] : Value{};
}

Value scale_of_scale(Builder& b, const Candidate& c) {
  if (c.op != b.core().scale || !b.is(c.inputs[0], c.op)) return {};
  const double factor = factor_of(b, {c.id, 0}) * factor_of(b, c.inputs[0]);
  return b.make(*c.op, {b.argument(c.inputs[0])}, {{"factor", factor}}, c.span);
}

// f (s x) is (f s) x, where s is one number and x many.
Value scale_of_multiple(Builder& b, const Candidate& c) {
  if (c.op != b.core().scale || !b.is(c.inputs[0], b.core().mul)) return {};
  for (std::size_t i : {0u, 1u}) {
    const Value number = b.argument(c.inputs[0], i), other = b.argument(c.inputs[0], 1 - i);
    if (b.type(number).per_sample || !b.type(number).shape.is_scalar() || b.type(other) != c.type ||
        b.type(number) == c.type)
      continue;
    return b.make(*b.core().mul, {b.make_like(c, {number}), other}, {}, c.span);
  }
  return {};
}

Value multiply_by_number(Builder& b, const Candidate& c) {
  if (c.op != b.core().mul) return {};
  for (std::size_t i : {0u, 1u}) {
    double number = 0;
    const Value other = c.inputs[1 - i];
    if (b.type(other) != c.type || !uniform_constant(b.graph(), c.inputs[i], number)) continue;
    if (number == 1) return other;
    if (c.type.dtype != DType::real) return {};
    return b.make(*b.core().scale, {other}, {{"factor", number}}, c.span);
  }
  return {};
}

// x / c is (1/c) x, a multiple like others.
Value divide_by_number(Builder& b, const Candidate& c) {
  double number = 0;
  if (!b.quotient() || c.op != b.quotient() || c.type.dtype != DType::real ||
      b.type(c.inputs[0]) != c.type || !uniform_constant(b.graph(), c.inputs[1], number) ||
      !std::isnormal(1 / number))
    return {};
  return b.make(*b.core().scale, {c.inputs[0]}, {{"factor", 1 / number}}, c.span);
}

Value add_zero(Builder& b, const Candidate& c) {
  if (c.op != b.core().add) return {};
  for (std::size_t i : {0u, 1u}) {
    double number = 1;
    const Value other = c.inputs[1 - i];
    if (b.type(other) == c.type && uniform_constant(b.graph(), c.inputs[i], number) && number == 0)
      return other;
  }
  return {};
}

// x + x, as the two paths into x .* x give it, is 2 x, to the bit.
Value add_to_itself(Builder& b, const Candidate& c) {
  if (c.op != b.core().add || c.inputs[0] != c.inputs[1] || c.type.dtype != DType::real) return {};
  return b.make(*b.core().scale, {c.inputs[0]}, {{"factor", 2.0}}, c.span);
}

// A sum of multiples is a multiple of the sum, which is smaller.
Value sum_of_multiples(Builder& b, const Candidate& c) {
  if (!c.op->claims_(EBB_SUMS) || b.shared(c.inputs[0])) return {};
  const auto size = [&](Value value) {
    return b.type(value).shape.elements() * (b.type(value).per_sample ? 2 : 1);
  };
  const bool is_scale = b.is(c.inputs[0], b.core().scale);
  if (!is_scale && !b.is(c.inputs[0], b.core().mul)) return {};
  const Node& node = b.graph().node(c.inputs[0]);
  Candidate multiple{c.inputs[0].node, node.op,  node.attrs, b.graph().inputs(c.inputs[0].node),
                     c.type,           node.span};
  for (std::size_t i = 0; i < multiple.inputs.size(); ++i) {
    const Value many = multiple.inputs[i];
    if (b.type(many) != b.type(c.inputs[0]) || c.type.shape.elements() >= size(many)) continue;
    const Value number = multiple.inputs[is_scale ? 0 : 1 - i];
    if (!is_scale && (b.type(number).per_sample || !b.type(number).shape.is_scalar())) continue;
    multiple.inputs[i] = b.make_like(c, {many});
    const Value result = b.make_like(multiple, multiple.inputs);
    return b.type(result) == c.type ? result : Value{};
  }
  return {};
}

}  // namespace

std::span<const Rule> arithmetic_rules() {
  static constexpr Rule rules[] = {{"fold constants", false, fold_constants},
                                   {"scale by one", false, scale_by_one},
                                   {"scale of scale", false, scale_of_scale},
                                   {"scale of multiple", true, scale_of_multiple},
                                   {"multiply by number", false, multiply_by_number},
                                   {"divide by number", true, divide_by_number},
                                   {"add zero", false, add_zero},
                                   {"add to itself", false, add_to_itself},
                                   {"sum of multiples", true, sum_of_multiples}};
  return rules;
}

}  // namespace ebb
