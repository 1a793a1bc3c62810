// Broadcasts, reshapes, transposes, conversions and sums down to a shape.
#include <algorithm>

#include "graph/compile/rules/rules.hpp"

namespace ebb {

namespace {

// How far a reshape is pushed towards a data leaf.
constexpr int max_chain = 16;

Value same_type(Builder& b, const Candidate& c) {
  const auto& core = b.core();
  const bool keeps_elements =
      c.op == core.reshape || c.op == core.broadcast || c.op == core.sum_to || c.op == core.convert;
  return keeps_elements && b.type(c.inputs[0]) == c.type ? c.inputs[0] : Value{};
}

Value broadcast_of_broadcast(Builder& b, const Candidate& c) {
  if (c.op != b.core().broadcast || !b.is(c.inputs[0], c.op)) return {};
  return broadcast_to(b, b.argument(c.inputs[0]), c.type, c.span);
}

// f(broadcast(x), y) is f(x, y), stretched afterwards where no other operand does it.
Value broadcast_operands(Builder& b, const Candidate& c) {
  if (!c.op->is_elementwise()) return {};
  Graph::Inputs inputs = c.inputs;
  for (Value& input : inputs)
    if (b.is(input, b.core().broadcast)) input = b.argument(input);
  if (inputs == c.inputs) return {};
  const Value result = b.make_like(c, inputs);
  return b.type(result) == c.type ? result : broadcast_to(b, result, c.type, c.span);
}

Value transpose_of_transpose(Builder& b, const Candidate& c) {
  if (c.op != b.core().transpose || !b.is(c.inputs[0], c.op)) return {};
  const Value inner = b.argument(c.inputs[0]);
  // A vector becomes a matrix of one column.
  return b.type(inner) == c.type ? inner : Value{};
}

Value reshape_of_reshape(Builder& b, const Candidate& c) {
  if (c.op != b.core().reshape || !b.is(c.inputs[0], c.op)) return {};
  return b.make_like(c, {b.argument(c.inputs[0])});
}

// Data comes in C order and so has any shape of as many elements.
Value reshaped(Builder& b, Value value, const Candidate& reshape) {
  if (!b.is(value, b.core().data)) return b.make_like(reshape, {value});
  const Type& type = b.type(value);
  const Node& data = b.graph().node(value);
  return b.data(std::string(data.key), {type.dtype, type.per_sample, reshape.type.shape},
                data.span);
}

Value reshape_of_data(Builder& b, const Candidate& c) {
  if (c.op != b.core().reshape || !b.is(c.inputs[0], b.core().data)) return {};
  return reshaped(b, c.inputs[0], c);
}

// The one operand of `value` that is no scalar, where `value` is elementwise or a conversion; its
// index in `position`.
Value only_operand(const Builder& b, Value value, std::size_t& position) {
  const OpDef* op = b.graph().node(value).op;
  if (!op->is_elementwise() && op != b.core().convert) return {};
  Value found;
  const auto inputs = b.graph().inputs(value.node);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (b.type(inputs[i]).shape.is_scalar()) continue;
    if (found || b.type(inputs[i]).shape != b.type(value).shape) return {};
    found = inputs[i];
    position = i;
  }
  return found;
}

// reshape(f(x)) is f(reshape(x)): done where it ends at data, which then comes in that shape.
Value reshape_towards_data(Builder& b, const Candidate& c) {
  if (c.op != b.core().reshape) return {};
  std::size_t position = 0, below = 0;
  const Value f = c.inputs[0];
  const Value operand = only_operand(b, f, position);
  Value end = operand;
  for (int i = 0; end && !b.is(end, b.core().data); ++i)
    end = i < max_chain ? only_operand(b, end, below) : Value{};
  if (!end) return {};
  const Node& node = b.graph().node(f);
  const Candidate like{f.node, node.op, node.attrs, b.graph().inputs(f.node), c.type, node.span};
  Graph::Inputs inputs = like.inputs;
  inputs[position] = reshaped(b, operand, c);
  return b.make_like(like, inputs);
}

// Whether every value of type `from` is a value of type `to`.
bool keeps_all(DType from, DType to) {
  switch (from) {
    case DType::boolean:
      return true;
    case DType::u8:
      return to != DType::boolean && to != DType::i8;
    case DType::i8:
      return to != DType::boolean && to != DType::u8;
    case DType::i16:
      return to == DType::i32 || to == DType::i64 || to == DType::f32 || to == DType::f64 ||
             to == DType::real;
    case DType::i32:
      return to == DType::i64 || to == DType::f64;
    case DType::f32:
      return to == DType::f64 || to == DType::real;
    default:
      return false;
  }
}

Value convert_of_convert(Builder& b, const Candidate& c) {
  if (c.op != b.core().convert || !b.is(c.inputs[0], c.op)) return {};
  const Value inner = b.argument(c.inputs[0]);
  if (!keeps_all(b.type(inner).dtype, b.type(c.inputs[0]).dtype)) return {};
  return b.make_like(c, {inner});
}

Value sum_of_sum(Builder& b, const Candidate& c) {
  if (c.op != b.core().sum_to || !b.is(c.inputs[0], c.op)) return {};
  return b.make_like(c, {b.argument(c.inputs[0])});
}

// A sum over elements and one over samples are one, where the first leaves leading dimensions.
Value sum_in_sample_sum(Builder& b, const Candidate& c) {
  if (c.op != b.core().sample_sum || !b.is(c.inputs[0], b.core().sum_to)) return {};
  const Value summed = b.argument(c.inputs[0]);
  const auto from = b.type(summed).shape.dims(), to = b.type(c.inputs[0]).shape.dims();
  if (b.shared(c.inputs[0]) || c.type.shape.dims().size() != to.size() ||
      !std::ranges::equal(to, from.first(to.size())))
    return {};
  return b.make(*c.op, {summed}, {{"kept", static_cast<std::int64_t>(to.size())}}, c.span);
}

}  // namespace

std::span<const Rule> shape_rules() {
  static constexpr Rule rules[] = {{"same type", false, same_type},
                                   {"broadcast of broadcast", false, broadcast_of_broadcast},
                                   {"broadcast operands", false, broadcast_operands},
                                   {"transpose of transpose", false, transpose_of_transpose},
                                   {"reshape of reshape", false, reshape_of_reshape},
                                   {"reshape of data", false, reshape_of_data},
                                   {"reshape towards data", false, reshape_towards_data},
                                   {"convert of convert", false, convert_of_convert},
                                   {"sum of sum", false, sum_of_sum},
                                   {"sum in sample sum", true, sum_in_sample_sum}};
  return rules;
}

}  // namespace ebb
