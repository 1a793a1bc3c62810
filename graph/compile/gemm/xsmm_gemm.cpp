// Products by LIBXSMM: machine code made for the sizes of one product. A large product is cut into
// blocks whose operands stay in the second-level cache; these are copied to where they lie densely,
// and transposed on the way where that is asked for.
#include <immintrin.h>
#include <libxsmm_version.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "graph/compile/gemm/gemm.hpp"
#include "graph/compile/gemm/xsmm_code.hpp"

namespace ebb {

namespace {

using Size = int;
using Transpose = void (*)(const void* from, const unsigned* leading, void* to,
                           const unsigned* leading_of_result);

template <class T>
constexpr Precision precision_of = sizeof(T) == 4 ? Precision::f32 : Precision::f64;

template <class T>
constexpr Size lanes = 64 / sizeof(T);

// One dimension of a product, cut into pieces of one size and perhaps a smaller last one, and these
// into parts of whole pieces.
struct Cut {
  Size total, piece, part;
  Size size(Size at) const { return std::min(piece, total - at); }
  bool is_last(Size at) const { return piece > total - at; }
  // That of the smaller last piece; 0 where there is none.
  Size rest() const { return total % piece; }
  int parts() const { return (total - 1) / part + 1; }
  Size end_of_part(Size begin) const { return begin + std::min(part, total - begin); }
};

// How a product is cut, and which operands are copied.
struct Blocks {
  Cut m, n, k;
  bool copy_a, copy_b;
  int parts() const { return m.parts() * n.parts() * k.parts(); }
};

// Numbers of the inner dimension in a block.
template <class T>
constexpr Size max_inner = 32 * lanes<T>;

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
template <class T>
Cut cut_in_parts(std::int64_t total, int parts, Size most) {
  const auto size = static_cast<Size>(total);
  const Size part = (size - 1) / parts + 1, pieces = (part - 1) / most + 1;
  const Size even = (part - 1) / pieces + 1;
  const Size piece = std::min(size, (even + lanes<T> - 1) / lanes<T> * lanes<T>);
  return {size, piece, piece * pieces};
}

// The parts of a product that is not cut to be copied. Few of them: each costs a call, and a part
// of the inner dimension makes a C of its own, which must be small beside A and B.
template <class T>
Blocks blocks_in_place(const GemmCall& call) {
  constexpr Size whole = std::numeric_limits<Size>::max() / 2;
  Blocks blocks{uncut(call.m), uncut(call.n), cut_in_parts<T>(call.k, 1, max_inner<T>), false,
                false};
  const double size = multiplications(call) / min_multiplications_of_part;
  const int parts = size >= 20 ? 4 : size >= 2 ? 2 : 1;
  if (parts == 1) return blocks;
  const auto entries = [](std::int64_t rows, std::int64_t columns) {
    return static_cast<double>(rows) * static_cast<double>(columns);
  };
  // Parts of the largest matrix that lie apart in memory: a thread that updates them and reads them
  // in the next step finds them in its own cache.
  if (entries(call.m, call.k) + entries(call.k, call.n) >= 16 * entries(call.m, call.n))
    blocks.k = cut_in_parts<T>(call.k, parts, max_inner<T>);
  else if (call.n >= 16)
    blocks.n = cut_in_parts<T>(call.n, parts, whole);
  else if (call.m >= 4 * lanes<T>)
    blocks.m = cut_in_parts<T>(call.m, parts, whole);
  return blocks;
}

// The rule: what won over the other ways to cut the products of tests/bench/gemm.cpp.
template <class T>
Blocks blocks_of(const GemmCall& call) {
  const double bytes_of_a =
      static_cast<double>(call.m) * static_cast<double>(call.k) * static_cast<double>(sizeof(T));
  // Copied where it is read often enough and comes from beyond the second-level cache.
  const bool copy_a = call.ta || (call.n >= 16 && bytes_of_a >= 1 << 20);
  // The elements that are multiplied with one register of A lie in different columns of B. They
  // keep each other out of the cache where these are a multiple of large powers of two apart.
  const bool collides = call.tb || call.k * static_cast<std::int64_t>(sizeof(T)) % 1024 == 0;
  const bool copy_b = call.n >= 64 && call.k >= 64 && collides;
  if (!copy_a && !copy_b) return blocks_in_place<T>(call);
  constexpr Size columns = 256;
  const bool is_small = multiplications(call) < 2 * min_multiplications_of_part;
  // Each part copies its blocks of B anew.
  const Size least = is_small ? std::numeric_limits<Size>::max() : copy_b ? 512 : 128;
  return {copy_a ? cut_in_pieces(call.m, 4 * lanes<T>, least) : uncut(call.m),
          cut_in_pieces(call.n, columns, is_small ? least : columns),
          cut_in_parts<T>(call.k, 1, max_inner<T>), copy_a, copy_b};
}

// A column of the copy of B is one line of the cache longer than it must be: columns that are a
// power of two apart would fall upon each other there.
template <class T>
Size leading_of_copy(Size rows) {
  return rows + lanes<T>;
}

void call(Transpose transpose, const void* from, Size leading, void* to, Size leading_of_result) {
  const auto in = static_cast<unsigned>(leading), out = static_cast<unsigned>(leading_of_result);
  transpose(from, &in, to, &out);
}

// LIBXSMM's code leaves the upper halves of vector registers in use, and code for SSE that runs
// after it would wait for them with each instruction.
__attribute__((target("avx"))) void give_back_upper_halves() { _mm256_zeroupper(); }

template <class T>
__attribute__((target("avx2"))) void add_to(T* c, const T* part, std::size_t size) {
  std::size_t e = 0;
  for (; e + lanes<T> <= size; e += lanes<T>)
    for (std::size_t i = 0; i < lanes<T>; ++i) c[e + i] += part[e + i];
  for (; e < size; ++e) c[e] += part[e];
}

template <class T>
class XsmmGemm : public PreparedGemm<T> {
 public:
  XsmmGemm(const GemmCall& call, const Blocks& blocks)
      : PreparedGemm<T>(blocks.parts(), blocks.k.parts() > 1),
        ta_(call.ta),
        tb_(call.tb),
        accumulate_(call.accumulate),
        blocks_(blocks) {}

  // False where LIBXSMM does not make one of the functions.
  bool make_functions();
  using PreparedGemm<T>::run;
  void run(int part, const T* a, const T* b, T* c, GemmScratchMemory scratch) const override {
    if (whole_)
      whole_(a, b, c);
    else if (only_)
      run_only_block(a, b, c, scratch);
    else
      run_part(part, a, b, c, scratch);
    give_back_upper_halves();
  }
  void join(T* c, void* scratch) const override;

  GemmScratch scratch() const {
    const std::size_t elements =
        elements_of_copied_a() +
        (blocks_.copy_b ? static_cast<std::size_t>(leading_of_copy<T>(blocks_.k.piece)) *
                              static_cast<std::size_t>(blocks_.n.piece)
                        : 0);
    return {elements_of_c() * static_cast<std::size_t>(blocks_.k.parts() - 1) * sizeof(T),
            elements * sizeof(T)};
  }

 private:
  using Function = void (*)(const T* a, const T* b, T* c);
  // By whether it is the last piece of m, n and k, and whether it adds to C.
  using Kernels = std::array<std::array<std::array<std::array<Function, 2>, 2>, 2>, 2>;

  // Null where there is no such code.
  template <class Made, class Wanted>
  Made make(const Wanted& wanted) {
    const auto code = code_for(wanted);
    if (!code) return nullptr;
    code_.push_back(code);
    return code->template function<Made>();
  }
  bool make_kernels();
  bool make_transposes();
  void run_only_block(const T* a, const T* b, T* c, GemmScratchMemory scratch) const {
    T* const copied_a = static_cast<T*>(scratch.thread);
    const T* const block_b = block_of_b(b, 0, 0, copied_a + elements_of_copied_a());
    only_(block_of_a(a, 0, 0, copied_a), block_b, c);
  }
  void run_part(int part, const T* a, const T* b, T* c, GemmScratchMemory scratch) const;
  const T* block_of_a(const T* a, Size i, Size l, T* copy) const;
  const T* block_of_b(const T* b, Size l, Size j, T* copy) const;

  // Whole numbers of lines of the cache.
  static std::size_t elements(Size rows, Size columns) {
    const auto size = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    return (size + lanes<T> - 1) / lanes<T> * lanes<T>;
  }
  std::size_t elements_of_copied_a() const {
    return blocks_.copy_a ? elements(blocks_.m.piece, blocks_.k.piece) : 0;
  }
  std::size_t elements_of_c() const { return elements(blocks_.m.total, blocks_.n.total); }

  bool ta_, tb_, accumulate_;
  Blocks blocks_;
  std::vector<std::shared_ptr<const XsmmCode>> code_;  // of all functions
  Kernels kernels_{};
  Function only_{};   // where there is one block
  Function whole_{};  // the same, where nothing is copied either
  std::array<std::array<Transpose, 2>, 2> transposes_a_{}, transposes_b_{};
};

template <class T>
bool XsmmGemm<T>::make_functions() {
  return make_kernels() && make_transposes();
}

template <class T>
bool XsmmGemm<T>::make_kernels() {
  const auto& [m, n, k, copy_a, copy_b] = blocks_;
  for (const bool last_m : {false, true})
    for (const bool last_n : {false, true})
      for (const bool last_k : {false, true})
        for (const bool adds : {false, true}) {
          const Size rows = last_m ? m.rest() : m.piece, columns = last_n ? n.rest() : n.piece,
                     inner = last_k ? k.rest() : k.piece;
          const bool is_wanted =
              adds ? accumulate_ || k.part > k.piece : !accumulate_ || k.parts() > 1;
          if (rows == 0 || columns == 0 || inner == 0 || !is_wanted) continue;
          const Size lda = copy_a ? rows : m.total;
          const Size ldb = copy_b ? leading_of_copy<T>(inner) : tb_ ? n.total : k.total;
          const XsmmProduct wanted{precision_of<T>, rows,           columns, inner, lda, ldb,
                                   m.total,         tb_ && !copy_b, adds};
          const auto made = make<Function>(wanted);
          if (!made) return false;
          kernels_[last_m][last_n][last_k][adds] = made;
        }
  if (m.piece == m.total && n.piece == n.total && k.piece == k.total)
    only_ = kernels_[false][false][false][accumulate_];
  if (!copy_a && !copy_b) whole_ = only_;
  return true;
}

template <class T>
bool XsmmGemm<T>::make_transposes() {
  const auto& [m, n, k, copy_a, copy_b] = blocks_;
  for (const bool last : {false, true})
    for (const bool last_k : {false, true}) {
      const Size inner = last_k ? k.rest() : k.piece;
      const Size rows = last ? m.rest() : m.piece, columns = last ? n.rest() : n.piece;
      if (ta_ && rows > 0 && inner > 0 &&
          !(transposes_a_[last][last_k] =
                make<Transpose>(XsmmTranspose{precision_of<T>, inner, rows, rows})))
        return false;
      if (tb_ && copy_b && columns > 0 && inner > 0 &&
          !(transposes_b_[last][last_k] = make<Transpose>(
                XsmmTranspose{precision_of<T>, columns, inner, leading_of_copy<T>(inner)})))
        return false;
    }
  return true;
}

// Rows i.. and columns l.. of op(A).
template <class T>
const T* XsmmGemm<T>::block_of_a(const T* a, Size i, Size l, T* copy) const {
  const auto& [m, n, k, copy_a, copy_b] = blocks_;
  const Size rows = m.size(i), inner = k.size(l);
  if (ta_) {
    call(transposes_a_[m.is_last(i)][k.is_last(l)], a + std::ptrdiff_t{i} * k.total + l, k.total,
         copy, rows);
    return copy;
  }
  const T* block = a + std::ptrdiff_t{l} * m.total + i;
  if (!copy_a) return block;
  const Size total = m.total;
  const auto column_at = [&](Size at) { return block + std::ptrdiff_t{at} * total; };
  for (Size column = 0; column < inner; ++column) {
    // Short columns far apart are not what the processor fetches ahead by itself.
    const T* const ahead = column_at(std::min(column + 8, inner - 1));
    for (Size row = 0; row < rows; row += lanes<T>) __builtin_prefetch(ahead + row);
    std::copy_n(column_at(column), rows, copy + std::ptrdiff_t{column} * rows);
  }
  return copy;
}

// Rows l.. and columns j.. of op(B).
template <class T>
const T* XsmmGemm<T>::block_of_b(const T* b, Size l, Size j, T* copy) const {
  const auto& [m, n, k, copy_a, copy_b] = blocks_;
  const Size columns = n.size(j), inner = k.size(l), leading = leading_of_copy<T>(inner);
  const T* block = tb_ ? b + std::ptrdiff_t{l} * n.total + j : b + std::ptrdiff_t{j} * k.total + l;
  if (!copy_b) return block;
  if (tb_) {
    call(transposes_b_[n.is_last(j)][k.is_last(l)], block, n.total, copy, leading);
    return copy;
  }
  for (Size column = 0; column < columns; ++column)
    std::copy_n(block + std::ptrdiff_t{column} * k.total, inner,
                copy + std::ptrdiff_t{column} * leading);
  return copy;
}

// Parts of the inner dimension but for the first make a C in the shared scratch memory.
template <class T>
void XsmmGemm<T>::run_part(int part, const T* a, const T* b, T* c,
                           GemmScratchMemory scratch) const {
  const auto& [m, n, k, copy_a, copy_b] = blocks_;
  const int part_m = part % m.parts(), part_n = part / m.parts() % n.parts(),
            part_k = part / m.parts() / n.parts();
  const Size first_i = part_m * m.part, first_j = part_n * n.part, first_l = part_k * k.part;
  if (part_k > 0)
    c = static_cast<T*>(scratch.shared) + static_cast<std::size_t>(part_k - 1) * elements_of_c();
  const bool adds = accumulate_ && part_k == 0;
  T* const copied_a = static_cast<T*>(scratch.thread);
  T* const copied_b = copied_a + elements_of_copied_a();
  for (Size j = first_j; j < n.end_of_part(first_j); j += n.piece)
    for (Size l = first_l; l < k.end_of_part(first_l); l += k.piece) {
      const T* const block_b = block_of_b(b, l, j, copied_b);
      for (Size i = first_i; i < m.end_of_part(first_i); i += m.piece)
        kernels_[m.is_last(i)][n.is_last(j)][k.is_last(l)][adds || l > first_l](
            block_of_a(a, i, l, copied_a), block_b, c + std::ptrdiff_t{j} * m.total + i);
    }
}

template <class T>
void XsmmGemm<T>::join(T* c, void* scratch) const {
  const auto size =
      static_cast<std::size_t>(blocks_.m.total) * static_cast<std::size_t>(blocks_.n.total);
  const T* part = static_cast<const T*>(scratch);
  for (int i = 1; i < blocks_.k.parts(); ++i, part += elements_of_c()) add_to(c, part, size);
}

bool is_for(const GemmCall& call) {
  constexpr std::int64_t limit = std::numeric_limits<Size>::max();
  const auto fits = [](std::int64_t size) { return size > 0 && size <= limit; };
  return fits(call.m) && fits(call.n) && fits(call.k);
}

template <class T>
std::unique_ptr<PreparedGemm<T>> prepare_xsmm(const GemmCall& call) {
  if (!is_for(call)) return nullptr;
  auto gemm = std::make_unique<XsmmGemm<T>>(call, blocks_of<T>(call));
  if (!gemm->make_functions()) return nullptr;
  return gemm;
}

template <class T>
GemmScratch scratch_of(const GemmCall& call) {
  return XsmmGemm<T>(call, blocks_of<T>(call)).scratch();
}

GemmScratch scratch(const GemmCall& call, Precision precision) {
  if (!is_for(call)) return {};
  return precision == Precision::f32 ? scratch_of<float>(call) : scratch_of<double>(call);
}

}  // namespace

const GemmProvider* xsmm_gemm() {
  static const GemmProvider provider{
      "libxsmm", LIBXSMM_CONFIG_VERSION, std::numeric_limits<Size>::max(),
      &scratch,  &prepare_xsmm<float>,   &prepare_xsmm<double>};
  return xsmm_target() == XsmmTarget::none ? nullptr : &provider;
}

}  // namespace ebb
