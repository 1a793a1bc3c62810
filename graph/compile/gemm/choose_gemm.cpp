// Which library computes which product. tests/bench/gemm.cpp holds the rule against measurement.
#include <algorithm>
#include <vector>

#include "graph/compile/gemm/gemm.hpp"
#ifdef EBB_LIBXSMM
#include "graph/compile/gemm/xsmm_code.hpp"
#endif

namespace ebb {

namespace {

// Three sizes may be more than an integer holds.
double product(std::int64_t a, std::int64_t b, std::int64_t c) {
  return static_cast<double>(a) * static_cast<double>(b) * static_cast<double>(c);
}

#ifdef EBB_LIBXSMM
constexpr double mebi = 1 << 20;

// Numbers in a register.
std::int64_t lanes(std::int64_t size) {
  return (xsmm_target() == XsmmTarget::avx512 ? 64 : 32) / size;
}

bool is_vector(const GemmCall& call) { return call.m == 1 || call.n == 1; }

// Whole columns of A are added up at the speed of memory; other products of a matrix and a vector
// BLAS does better, but for the call itself.
bool suits_vector(const GemmCall& call) {
  return (call.n == 1 && !call.ta) || multiplications(call) <= 256;
}

// Its code for AVX2 takes rows that are left over one or two at a time, and does not gain by
// blocks.
bool suits_avx2(const GemmCall& call, std::int64_t size) {
  const bool is_large = product(std::max(call.k, call.n), call.m, size) >= mebi;
  const bool fills_registers = call.m % lanes(size) == 0 || call.m >= 3 * lanes(size);
  return !is_large && (fills_registers || multiplications(call) <= 4096);
}

// OpenBLAS has kernels for products of at most this many multiplications, which fill registers from
// A and B at once and copy nothing.
constexpr double small_product = 1e6;

// A is transposed: small kernels sum along the inner dimension, which lies densely in both, while a
// transpose costs the more the longer it is, and the least where it fills registers.
bool small_kernel_suits_ta(const GemmCall& call, std::int64_t size) {
  constexpr std::int64_t most_sums = 1200;
  if (call.m * call.n > most_sums || call.k < 32) return false;
  return call.m % lanes(size) != 0 || call.k * size > 256;
}

// B is transposed: its columns lie densely, and fill registers that a few rows of A do not.
bool small_kernel_suits_tb(const GemmCall& call) {
  return (call.k >= 64 && call.n >= 2 * call.m) ||
         (call.m <= 4 && call.k >= 16 && call.n >= 16 * call.m);
}

// None is: where rows fill few lanes, or where columns of B, which keep each other out of the
// cache, are too few to be copied.
bool small_kernel_suits(const GemmCall& call, std::int64_t size) {
  const bool collides = call.leading_b() * size % 4096 == 0 && call.n >= 16 && call.n < 64;
  return (call.m < 4 && call.k >= 100) || (collides && call.m <= lanes(size));
}

bool suits_avx512(const GemmCall& call, std::int64_t size) {
  const bool is_small = multiplications(call) <= small_product;
  if (is_small && (call.tb   ? small_kernel_suits_tb(call)
                   : call.ta ? small_kernel_suits_ta(call, size)
                             : small_kernel_suits(call, size)))
    return false;
  // A large C is read and written too often by blocks of the inner dimension.
  if (call.tb) return product(call.m, call.n, size) < 2 * mebi;
  // BLAS is as good at large products of doubles, but for those of which A need not be copied.
  return call.ta || call.constant_a || size == 4 || call.n < 16 ||
         product(call.m, call.k, size) < 4 * mebi;
}

bool suits_xsmm(const GemmCall& call, Precision precision) {
  if (call.m == 0 || call.n == 0 || call.k == 0) return false;
  if (is_vector(call)) return suits_vector(call);
  const std::int64_t size = precision == Precision::f32 ? 4 : 8;
  return xsmm_target() == XsmmTarget::avx512 ? suits_avx512(call, size) : suits_avx2(call, size);
}
#endif

}  // namespace

double multiplications(const GemmCall& call) { return product(call.m, call.n, call.k); }

std::span<const GemmProvider* const> gemm_providers() {
  static const std::vector<const GemmProvider*> providers = [] {
    std::vector<const GemmProvider*> all{&arma_gemm()};
#ifdef EBB_LIBXSMM
    if (const GemmProvider* xsmm = xsmm_gemm()) all.push_back(xsmm);
#endif
    return all;
  }();
  return providers;
}

const GemmProvider& choose_gemm([[maybe_unused]] const GemmCall& call,
                                [[maybe_unused]] Precision precision) {
#ifdef EBB_LIBXSMM
  if (const GemmProvider* xsmm = xsmm_gemm(); xsmm && suits_xsmm(call, precision)) return *xsmm;
#endif
  return arma_gemm();
}

}  // namespace ebb
