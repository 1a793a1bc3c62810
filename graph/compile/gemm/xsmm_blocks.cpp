#include "graph/compile/gemm/xsmm_blocks.hpp"

#include <limits>

namespace ebb {

namespace {

using Size = XsmmBlocks::Size;
using Cut = XsmmBlocks::Cut;

// Numbers of the inner dimension in a block.
Size max_inner(Size lanes) { return 32 * lanes; }

// Of blocks that lie densely.
Size rows_of_block(Size lanes) { return 4 * lanes; }
constexpr Size columns_of_block = 256;

constexpr Size whole = std::numeric_limits<Size>::max() / 2;

double bytes_of_a(const GemmCall& call, Size lanes) {
  return static_cast<double>(call.m) * static_cast<double>(call.k) * (64 / lanes);
}

Cut uncut(std::int64_t total) {
  const auto size = static_cast<Size>(total);
  return {size, size, size};
}

// Pieces of `piece`, and so many of them in a part that this has at least `least`.
Cut cut_in_pieces(std::int64_t total, Size piece, Size least) {
  const auto size = static_cast<Size>(total);
  piece = std::min(size, piece);
  const Size parts = std::max(1, size / least), pieces = (size - 1) / piece + 1;
  return {size, piece, (pieces + parts - 1) / parts * piece};
}

// About this many parts, each of as few pieces of at most `most` as can be.
Cut cut_in_parts(std::int64_t total, int parts, Size most, Size lanes) {
  const auto size = static_cast<Size>(total);
  const Size part = (size - 1) / parts + 1, pieces = (part - 1) / most + 1;
  const Size even = (part - 1) / pieces + 1;
  const Size piece = std::min(size, (even + lanes - 1) / lanes * lanes);
  return {size, piece, piece * pieces};
}

// The parts of a product that is not cut to be copied. Few of them: each costs a call, and a part
// of the inner dimension makes a C of its own, which must be small beside A and B.
XsmmBlocks blocks_in_place(const GemmCall& call, Size lanes) {
  const Size inner = max_inner(lanes);
  XsmmBlocks blocks{uncut(call.m), uncut(call.n), cut_in_parts(call.k, 1, inner, lanes), false,
                    false};
  const double size = multiplications(call) / min_multiplications_of_part;
  const int parts = size >= 20 ? 4 : size >= 2 ? 2 : 1;
  if (parts == 1) return blocks;
  const auto entries = [](std::int64_t rows, std::int64_t columns) {
    return static_cast<double>(rows) * static_cast<double>(columns);
  };
  // Parts of the largest matrix that lie apart in memory: a thread that updates them and reads them
  // in the next step finds them in its own cache.
  const bool is_dense = call.leading_c() == call.m;  // as are the sums that are added to it
  if (is_dense && entries(call.m, call.k) + entries(call.k, call.n) >= 16 * entries(call.m, call.n))
    blocks.k = cut_in_parts(call.k, parts, inner, lanes);
  else if (call.n >= 16)
    blocks.n = cut_in_parts(call.n, parts, whole, lanes);
  else if (call.m >= std::int64_t{4} * lanes)
    blocks.m = cut_in_parts(call.m, parts, whole, lanes);
  return blocks;
}

// The rule: what won over the other ways to cut the products of tests/bench/gemm.cpp.
XsmmBlocks blocks_in_call(const GemmCall& call, Size lanes) {
  // Copied where it is read often enough and comes from beyond the second-level cache.
  const bool copy_a = call.ta || (call.n >= 16 && bytes_of_a(call, lanes) >= 1 << 20);
  // The elements that are multiplied with one register of A lie in different columns of B. They
  // keep each other out of the cache where these are a multiple of large powers of two apart.
  const bool collides = call.tb || call.k * (64 / lanes) % 1024 == 0;
  const bool copy_b = call.n >= 64 && call.k >= 64 && collides;
  if (!copy_a && !copy_b) return blocks_in_place(call, lanes);
  const bool is_small = multiplications(call) < 2 * min_multiplications_of_part;
  // Each part copies its blocks of B anew.
  const Size least = is_small ? whole : copy_b ? 512 : 128;
  return {copy_a ? cut_in_pieces(call.m, rows_of_block(lanes), least) : uncut(call.m),
          cut_in_pieces(call.n, columns_of_block, is_small ? whole : columns_of_block),
          cut_in_parts(call.k, 1, max_inner(lanes), lanes), copy_a, copy_b};
}

// Whether the sums in blocks of some rows are those in all rows at once: LIBXSMM's code adds up in
// another order where it has rows for one register alone.
bool may_cut_rows(const XsmmBlocks& blocks, Size lanes) {
  const Size rest = blocks.m.total % rows_of_block(lanes);
  return blocks.m.piece == blocks.m.total && (rest == 0 || rest > lanes);
}

}  // namespace

// With a constant A the sums are the same as without.
XsmmBlocks xsmm_blocks(const GemmCall& call, Size lanes) {
  XsmmBlocks blocks = blocks_in_call(call, lanes);
  if (!call.constant_a) return blocks;
  if (blocks.copy_a) {
    blocks.copy_a = false;
    blocks.pack_a = true;
    return blocks;
  }
  // Blocks that begin lines of the cache, and lie in the order in which they are read, are faster
  // than columns.
  blocks.pack_a = call.n >= 8 && bytes_of_a(call, lanes) >= 1 << 18 && may_cut_rows(blocks, lanes);
  if (!blocks.pack_a) return blocks;
  const Size least = blocks.k.parts() > 1 ? whole : blocks.copy_b ? 512 : 128;
  blocks.m = cut_in_pieces(call.m, rows_of_block(lanes), least);
  blocks.n = cut_in_pieces(call.n, columns_of_block, columns_of_block);
  return blocks;
}

}  // namespace ebb
