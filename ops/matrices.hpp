// What ops on matrices have in common: checks of shapes, and the algebra of their VJP rules.
#pragma once

#include "ops/dims.hpp"
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

inline void check_matrix(const Inference& c, std::size_t input = 0) {
  if (c.in[input].rank() != 2)
    c.fail("{" + std::to_string(input) + "} is " + to_string(c.in[input].dims) +
           ", but must be a matrix");
}

inline void check_square(const Inference& c) {
  const Ints& dims = c.in[0].dims;
  if (dims.size() != 2 || dims[0] != dims[1])
    c.fail("{0} is " + to_string(dims) + ", but must be a square matrix");
}

// op(a) op(b) of matrices or vectors, where op is the identity or the transpose.
inline Value product(const Value& a, const Value& b, bool ta = false, bool tb = false) {
  return call("matmul", {a, b}, {{"ta", ta}, {"tb", tb}});
}

inline Value transposed(const Value& x) { return call("transpose", x); }

// (x + xᵀ) / 2
inline Value symmetrised(const Value& x) { return 0.5 * (x + transposed(x)); }

inline Value reshaped(const Value& x, const Ints& shape) {
  return call("reshape", {x}, {{"shape", shape}});
}

// A vector as the row that broadcasts over the rows of a matrix.
inline Value as_row(const Value& x) { return reshaped(x, {1, x.type().dims[0]}); }

// 1 ./ x, and 0 where x is 0.
inline Value reciprocal_or_zero(const Value& x) {
  const Value is_zero = call("equal", {x, x.constant(0)});
  return (1 - is_zero) / (x + is_zero);
}

}  // namespace ebb::ops
