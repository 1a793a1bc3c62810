// Which library computes which product. tests/bench/gemm.cpp holds the rule against measurement.
#include <vector>

#include "graph/compile/gemm/gemm.hpp"

namespace ebb {

namespace {

#ifdef EBB_LIBXSMM
bool suits_xsmm(const GemmCall& call, Precision precision) {
  const std::int64_t size = precision == Precision::f32 ? 4 : 8;
  const std::int64_t multiplications = call.m * call.n * call.k;
  if (multiplications == 0) return false;
  // Whole columns of A are added up at the speed of memory; other products of a matrix and a vector
  // BLAS does better, but for the call itself.
  if (call.n == 1 && !call.ta) return true;
  if (call.m == 1 || call.n == 1) return multiplications <= 256;
  if (!call.tb) return call.ta || size == 4 || call.n < 16 || call.m * call.k * size < 4 << 20;
  // A large C is read and written too often by blocks of the inner dimension.
  if (call.m * call.n * size >= 2 << 20) return false;
  // OpenBLAS has kernels for small products that fill registers with rows of A and B at once.
  constexpr std::int64_t small_product = 1000000;
  return call.m * size >= 64 || call.k < 64 || multiplications > small_product;
}
#endif

}  // namespace

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

const GemmProvider& choose_gemm(const GemmCall& call, [[maybe_unused]] Precision precision) {
#ifdef EBB_LIBXSMM
  if (const GemmProvider* xsmm = xsmm_gemm(); xsmm && suits_xsmm(call, precision)) return *xsmm;
#endif
  return arma_gemm();
}

}  // namespace ebb
