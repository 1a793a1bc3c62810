// Products by LIBXSMM: machine code made for the sizes of one product. A large product is cut into
// blocks whose operands stay in the second-level cache; these are copied to where they lie densely,
// and transposed on the way where that is asked for: in each call, or of a constant A before.
#include <immintrin.h>
#include <libxsmm_version.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "graph/compile/gemm/xsmm_blocks.hpp"
#include "graph/compile/gemm/xsmm_code.hpp"

namespace ebb {

namespace {

using Size = XsmmBlocks::Size;
using Cut = XsmmBlocks::Cut;
using Transpose = void (*)(const void* from, const unsigned* leading, void* to,
                           const unsigned* leading_of_result);

template <class T>
constexpr Precision precision_of = sizeof(T) == 4 ? Precision::f32 : Precision::f64;

template <class T>
constexpr Size lanes = 64 / sizeof(T);

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
  XsmmGemm(const GemmCall& call, const XsmmBlocks& blocks)
      : PreparedGemm<T>(blocks.parts(), blocks.k.parts() > 1),
        ta_(call.ta),
        tb_(call.tb),
        accumulate_(call.accumulate),
        lda_(static_cast<Size>(call.leading_a())),
        ldb_(static_cast<Size>(call.leading_b())),
        ldc_(static_cast<Size>(call.leading_c())),
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
  void pack(const T* a, T* packed) const override;

  GemmScratch scratch() const {
    const std::size_t sums = elements_of_c() * static_cast<std::size_t>(blocks_.k.parts() - 1);
    return {sums * sizeof(T), (elements_of_copied_a() + elements_of_copied_b()) * sizeof(T),
            elements_of_packed() * sizeof(T)};
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
  void copy_block_of_a(const T* a, Size i, Size l, T* copy) const;
  const T* block_of_b(const T* b, Size l, Size j, T* copy) const;

  // Whole numbers of lines of the cache.
  static std::size_t elements(Size rows, Size columns) {
    const auto size = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    return (size + lanes<T> - 1) / lanes<T> * lanes<T>;
  }
  std::size_t elements_of_copied_a() const {
    return blocks_.copy_a ? elements(blocks_.m.piece, blocks_.k.piece) : 0;
  }
  std::size_t elements_of_copied_b() const {
    return blocks_.copy_b ? elements(leading_of_copy<T>(blocks_.k.piece), blocks_.n.piece) : 0;
  }
  std::size_t elements_of_packed() const {
    return blocks_.pack_a ? elements(rows_of_packed(), blocks_.k.total) : 0;
  }
  // Blocks of A in the order in which they are multiplied: those of the first columns come first.
  // Each begins a line of the cache.
  Size rows_of_packed() const { return (blocks_.m.total + lanes<T> - 1) / lanes<T> * lanes<T>; }
  std::ptrdiff_t place_of_packed(Size i, Size l) const {
    return std::ptrdiff_t{l} * rows_of_packed() + std::ptrdiff_t{i} * blocks_.k.size(l);
  }
  std::size_t elements_of_c() const { return elements(blocks_.m.total, blocks_.n.total); }

  bool ta_, tb_, accumulate_;
  Size lda_, ldb_, ldc_;
  XsmmBlocks blocks_;
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
  const auto& [m, n, k, copy_a, copy_b, pack_a] = blocks_;
  for (const bool last_m : {false, true})
    for (const bool last_n : {false, true})
      for (const bool last_k : {false, true})
        for (const bool adds : {false, true}) {
          const Size rows = last_m ? m.rest() : m.piece, columns = last_n ? n.rest() : n.piece,
                     inner = last_k ? k.rest() : k.piece;
          const bool is_wanted =
              adds ? accumulate_ || k.part > k.piece : !accumulate_ || k.parts() > 1;
          if (rows == 0 || columns == 0 || inner == 0 || !is_wanted) continue;
          const Size lda = copy_a || pack_a ? rows : lda_;
          const Size ldb = copy_b ? leading_of_copy<T>(inner) : ldb_;
          const XsmmProduct wanted{precision_of<T>, rows, columns, inner, lda, ldb, ldc_,
                                   tb_ && !copy_b,  adds};
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
  const auto& [m, n, k, copy_a, copy_b, pack_a] = blocks_;
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
  if (blocks_.pack_a) return a + place_of_packed(i, l);
  if (!blocks_.copy_a) return a + std::ptrdiff_t{l} * lda_ + i;
  copy_block_of_a(a, i, l, copy);
  return copy;
}

template <class T>
void XsmmGemm<T>::copy_block_of_a(const T* a, Size i, Size l, T* copy) const {
  const Cut &m = blocks_.m, &k = blocks_.k;
  const Size rows = m.size(i), inner = k.size(l);
  if (ta_)
    return call(transposes_a_[m.is_last(i)][k.is_last(l)], a + std::ptrdiff_t{i} * lda_ + l, lda_,
                copy, rows);
  const T* const block = a + std::ptrdiff_t{l} * lda_ + i;
  const auto column_at = [&](Size at) { return block + std::ptrdiff_t{at} * lda_; };
  for (Size column = 0; column < inner; ++column) {
    // Short columns far apart are not what the processor fetches ahead by itself.
    const T* const ahead = column_at(std::min(column + 8, inner - 1));
    for (Size row = 0; row < rows; row += lanes<T>) __builtin_prefetch(ahead + row);
    std::copy_n(column_at(column), rows, copy + std::ptrdiff_t{column} * rows);
  }
}

template <class T>
void XsmmGemm<T>::pack(const T* a, T* packed) const {
  const Cut &m = blocks_.m, &k = blocks_.k;
  for (Size l = 0; l < k.total; l += k.piece)
    for (Size i = 0; i < m.total; i += m.piece)
      copy_block_of_a(a, i, l, packed + place_of_packed(i, l));
  give_back_upper_halves();
}

// Rows l.. and columns j.. of op(B).
template <class T>
const T* XsmmGemm<T>::block_of_b(const T* b, Size l, Size j, T* copy) const {
  const auto& [m, n, k, copy_a, copy_b, pack_a] = blocks_;
  const Size columns = n.size(j), inner = k.size(l), leading = leading_of_copy<T>(inner);
  const T* block = tb_ ? b + std::ptrdiff_t{l} * ldb_ + j : b + std::ptrdiff_t{j} * ldb_ + l;
  if (!copy_b) return block;
  if (tb_) {
    call(transposes_b_[n.is_last(j)][k.is_last(l)], block, ldb_, copy, leading);
    return copy;
  }
  for (Size column = 0; column < columns; ++column)
    std::copy_n(block + std::ptrdiff_t{column} * ldb_, inner,
                copy + std::ptrdiff_t{column} * leading);
  return copy;
}

// Parts of the inner dimension but for the first make a C in the shared scratch memory.
template <class T>
void XsmmGemm<T>::run_part(int part, const T* a, const T* b, T* c,
                           GemmScratchMemory scratch) const {
  const auto& [m, n, k, copy_a, copy_b, pack_a] = blocks_;
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
            block_of_a(a, i, l, copied_a), block_b, c + std::ptrdiff_t{j} * ldc_ + i);
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
  auto gemm = std::make_unique<XsmmGemm<T>>(call, xsmm_blocks(call, lanes<T>));
  if (!gemm->make_functions()) return nullptr;
  return gemm;
}

template <class T>
GemmScratch scratch_of(const GemmCall& call) {
  return XsmmGemm<T>(call, xsmm_blocks(call, lanes<T>)).scratch();
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
