// How a product by LIBXSMM is cut into blocks and parts: rules of its sizes alone.
#pragma once

#include <algorithm>

#include "graph/compile/gemm/gemm.hpp"

namespace ebb {

// How a product is cut, and which operands' blocks lie densely in memory of their own.
struct XsmmBlocks {
  using Size = int;

  // One dimension, cut into pieces of one size and perhaps a smaller last one, and these into parts
  // of whole pieces.
  struct Cut {
    Size total, piece, part;
    Size size(Size at) const { return std::min(piece, total - at); }
    bool is_last(Size at) const { return piece > total - at; }
    // That of the smaller last piece; 0 where there is none.
    Size rest() const { return total % piece; }
    int parts() const { return (total - 1) / part + 1; }
    Size end_of_part(Size begin) const { return begin + std::min(part, total - begin); }
  };

  Cut m, n, k;
  bool copy_a, copy_b;  // in each call
  bool pack_a = false;  // once for many calls; it is not copied then
  int parts() const { return m.parts() * n.parts() * k.parts(); }
};

// For numbers of which `lanes` fill 64 bytes; all sizes are positive and fit a Size.
XsmmBlocks xsmm_blocks(const GemmCall& call, XsmmBlocks::Size lanes);

}  // namespace ebb
