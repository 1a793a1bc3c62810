// The structural primitives, registered like any plugin's ops, and the leaves.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/core/op.hpp"

namespace ebb {

namespace sdk {
class Plugin;
}

int core_primitives_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info);

// const, input, variable, data: values from outside, without a kernel.
std::vector<OpDef> core_leaves();

using Dims = std::span<const std::int64_t>;

// The elements of a value with these dimensions.
inline std::int64_t elements_of(Dims dims) {
  std::int64_t elements = 1;
  for (auto n : dims) elements *= n;
  return elements;
}

// op(A) as a matrix: a vector is a column, transposed a row. Of a matmul operand.
struct MatrixShape {
  std::int64_t rows = 1, columns = 1;
};
MatrixShape matrix_shape(std::span<const std::int64_t> dims, bool transposed);
inline MatrixShape matrix_shape(const Shape& shape, bool transposed) {
  return matrix_shape(shape.dims(), transposed);
}

// The parts of core_primitives_main, a file each.
void register_algebra(sdk::Plugin& plugin);
void register_structure(sdk::Plugin& plugin);
void register_checkpoints(sdk::Plugin& plugin);
void register_slice(sdk::Plugin& plugin);
void register_concatenations(sdk::Plugin& plugin);
void register_pad(sdk::Plugin& plugin);

}  // namespace ebb
