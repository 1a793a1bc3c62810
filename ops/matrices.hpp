// What ops on matrices have in common: checks of shapes, the algebra of their VJP rules, and copies
// in another order of dimensions.
#pragma once

#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

inline void check_matrix(const Inference& c) {
  if (c.in[0].rank() != 2) c.fail("{0} is " + to_string(c.in[0].dims) + ", but must be a matrix");
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

// y[i + j * y_step] = x[i * x_step + j * x_column], in tiles that stay in the first-level cache.
template <class T>
void copy_plane(std::int64_t rows, std::int64_t columns, const T* x, std::int64_t x_step,
                std::int64_t x_column, T* y, std::int64_t y_step) {
  constexpr std::int64_t tile = 16;
  for (std::int64_t first_column = 0; first_column < columns; first_column += tile)
    for (std::int64_t first = 0; first < rows; first += tile)
      for (std::int64_t j = first_column; j < std::min(first_column + tile, columns); ++j)
        for (std::int64_t i = first; i < std::min(first + tile, rows); ++i)
          y[i + j * y_step] = x[i * x_step + j * x_column];
}

// Fills y, dense of the given sizes, with elements that lie `steps` apart in x.
template <class T>
void copy_permuted(std::span<const std::int64_t> sizes, std::span<const std::int64_t> steps,
                   const T* x, T* y) {
  const std::size_t rank = sizes.size();
  if (rank == 0) return void(*y = *x);
  std::array<std::int64_t, EBB_MAX_RANK> y_steps{}, position{};
  std::int64_t planes = 1;
  for (std::size_t d = 0; d < rank; planes *= sizes[d++]) y_steps[d] = planes;
  if (planes == 0) return;
  // The plane of the dimensions that are fastest in y and in x.
  std::size_t column = 0;
  for (std::size_t d = 1; d < rank; ++d)
    if (sizes[d] > 1 && steps[d] < steps[column]) column = d;
  const std::int64_t columns = column == 0 ? 1 : sizes[column];
  planes /= sizes[0] * columns;
  for (; planes > 0; --planes) {
    std::int64_t from = 0, to = 0;
    for (std::size_t d = 1; d < rank; ++d) {
      from += position[d] * steps[d];
      to += position[d] * y_steps[d];
    }
    copy_plane(sizes[0], columns, x + from, steps[0], steps[column], y + to, y_steps[column]);
    for (std::size_t d = 1; d < rank; ++d) {
      if (d == column) continue;
      if (++position[d] < sizes[d]) break;
      position[d] = 0;
    }
  }
}

}  // namespace ebb::ops
