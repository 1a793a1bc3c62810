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

// One dimension of a product, cut into pieces of one size and perhaps a smaller last one.
struct Cut {
  Size total, piece;
  Size size(Size at) const { return std::min(piece, total - at); }
  bool is_last(Size at) const { return piece > total - at; }
  // That of the smaller last piece; 0 where there is none.
  Size rest() const { return total % piece; }
};

// How a product is cut, and which operands are copied.
struct Blocks {
  Cut m, n, k;
  bool copy_a, copy_b;
};

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
  const auto cut = [](std::int64_t total, bool is_cut, std::int64_t piece) {
    return Cut{static_cast<Size>(total),
               static_cast<Size>(is_cut ? std::min<std::int64_t>(total, piece) : total)};
  };
  return {cut(call.m, copy_a, 4 * lanes<T>), cut(call.n, copy_a || copy_b, 256),
          cut(call.k, true, 32 * lanes<T>), copy_a, copy_b};
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
class XsmmGemm : public PreparedGemm<T> {
 public:
  explicit XsmmGemm(const GemmCall& call)
      : ta_(call.ta), tb_(call.tb), accumulate_(call.accumulate), blocks_(blocks_of<T>(call)) {}

  // False where LIBXSMM does not make one of the functions.
  bool make_functions();
  void run(const T* a, const T* b, T* c, void* scratch) const override {
    if (whole_)
      whole_(a, b, c);
    else
      run_blocks(a, b, c, scratch);
    give_back_upper_halves();
  }

  std::size_t scratch_elements() const {
    return elements_of_copied_a() +
           (blocks_.copy_b ? static_cast<std::size_t>(leading_of_copy<T>(blocks_.k.piece)) *
                                 static_cast<std::size_t>(blocks_.n.piece)
                           : 0);
  }

 private:
  using Function = void (*)(const T* a, const T* b, T* c);
  // By whether it is the last piece of m, n and k, and the first one of k.
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
  void run_blocks(const T* a, const T* b, T* c, void* scratch) const;
  const T* block_of_a(const T* a, Size i, Size l, T* copy) const;
  const T* block_of_b(const T* b, Size l, Size j, T* copy) const;

  // A whole number of lines of the cache.
  std::size_t elements_of_copied_a() const {
    if (!blocks_.copy_a) return 0;
    const auto size =
        static_cast<std::size_t>(blocks_.m.piece) * static_cast<std::size_t>(blocks_.k.piece);
    return (size + lanes<T> - 1) / lanes<T> * lanes<T>;
  }

  bool ta_, tb_, accumulate_;
  Blocks blocks_;
  std::vector<std::shared_ptr<const XsmmCode>> code_;  // of all functions
  Kernels kernels_{};
  Function whole_{};  // where one kernel is all
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
        for (const bool first_k : {false, true}) {
          const Size rows = last_m ? m.rest() : m.piece, columns = last_n ? n.rest() : n.piece,
                     inner = last_k ? k.rest() : k.piece;
          if (rows == 0 || columns == 0 || inner == 0) continue;
          const Size lda = copy_a ? rows : m.total;
          const Size ldb = copy_b ? leading_of_copy<T>(inner) : tb_ ? n.total : k.total;
          const XsmmProduct wanted{
              precision_of<T>,        rows, columns, inner, lda, ldb, m.total, tb_ && !copy_b,
              !first_k || accumulate_};
          const auto made = make<Function>(wanted);
          if (!made) return false;
          kernels_[last_m][last_n][last_k][first_k] = made;
        }
  const bool is_one =
      m.piece == m.total && n.piece == n.total && k.piece == k.total && !copy_a && !copy_b;
  if (is_one) whole_ = kernels_[false][false][false][true];
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

template <class T>
void XsmmGemm<T>::run_blocks(const T* a, const T* b, T* c, void* scratch) const {
  const auto& [m, n, k, copy_a, copy_b] = blocks_;
  T* const copied_a = static_cast<T*>(scratch);
  T* const copied_b = copied_a + elements_of_copied_a();
  for (Size j = 0; j < n.total; j += n.piece)
    for (Size l = 0; l < k.total; l += k.piece) {
      const T* const block_b = block_of_b(b, l, j, copied_b);
      for (Size i = 0; i < m.total; i += m.piece)
        kernels_[m.is_last(i)][n.is_last(j)][k.is_last(l)][l == 0](
            block_of_a(a, i, l, copied_a), block_b, c + std::ptrdiff_t{j} * m.total + i);
    }
}

bool is_for(const GemmCall& call) {
  constexpr std::int64_t limit = std::numeric_limits<Size>::max();
  const auto fits = [](std::int64_t size) { return size > 0 && size <= limit; };
  return fits(call.m) && fits(call.n) && fits(call.k);
}

template <class T>
std::unique_ptr<PreparedGemm<T>> prepare(const GemmCall& call) {
  if (!is_for(call)) return nullptr;
  auto gemm = std::make_unique<XsmmGemm<T>>(call);
  if (!gemm->make_functions()) return nullptr;
  return gemm;
}

std::size_t scratch_bytes(const GemmCall& call, Precision precision) {
  if (!is_for(call)) return 0;
  return precision == Precision::f32 ? XsmmGemm<float>(call).scratch_elements() * sizeof(float)
                                     : XsmmGemm<double>(call).scratch_elements() * sizeof(double);
}

}  // namespace

const GemmProvider* xsmm_gemm() {
  static const GemmProvider provider{
      "libxsmm",      LIBXSMM_CONFIG_VERSION, std::numeric_limits<Size>::max(),
      &scratch_bytes, &prepare<float>,        &prepare<double>};
  return xsmm_target() == XsmmTarget::none ? nullptr : &provider;
}

}  // namespace ebb
