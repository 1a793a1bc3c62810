// The structural rewrites: what is true of the core's primitives whatever the ops.
#pragma once

#include <span>

#include "graph/compile/builder.hpp"

namespace ebb {

// One rewrite. It returns a value equal to the candidate and of its type, or none where it does not
// apply. `lowering` rules serve execution only: equations are shown without them.
struct Rule {
  const char* name;
  bool lowering;
  Value (*apply)(Builder& builder, const Candidate& candidate);
};

// In the order in which they are tried.
std::span<const Rule> structural_rules();
std::span<const Rule> arithmetic_rules();
std::span<const Rule> shape_rules();
std::span<const Rule> part_rules();
std::span<const Rule> product_rules();

// Dimensions as the attribute `shape` takes them.
std::vector<std::int64_t> dims_of(const Shape& shape);
// `value` stretched to `type`, which has its element type. Throws OpError where it does not fit.
Value broadcast_to(Builder& builder, Value value, const Type& type, Span at);

}  // namespace ebb
