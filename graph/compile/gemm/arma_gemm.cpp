// Products by the BLAS that Armadillo finds. Its own `C = A * B` may make temporaries; the BLAS
// calls below do not.
#include <algorithm>
#include <armadillo>
#include <limits>

#include "graph/compile/gemm/gemm.hpp"

// Of OpenBLAS; other libraries lack it.
extern "C" void openblas_set_num_threads(int) __attribute__((weak));

namespace ebb {

namespace {

using arma::blas_int;

blas_int size(std::int64_t n) { return static_cast<blas_int>(n); }

// BLAS wants a leading dimension of at least 1.
blas_int leading(std::int64_t rows) { return size(std::max<std::int64_t>(rows, 1)); }

// y = op(M) x, where M is stored with `rows` rows.
template <class T>
void multiply_vector(bool transposed, std::int64_t rows, std::int64_t columns, const T* matrix,
                     const T* x, T beta, T* y) {
  const char flag = transposed ? 'T' : 'N';
  const blas_int m = size(rows), n = size(columns), ld = leading(rows), step = 1;
  const T alpha = 1;
  arma::blas::gemv(&flag, &m, &n, &alpha, matrix, &ld, x, &step, &beta, y, &step);
}

template <class T>
void multiply(const GemmCall& call, const T* a, const T* b, T* c) {
  if (call.m == 0 || call.n == 0) return;
  if (call.k == 0) {
    if (!call.accumulate) std::fill_n(c, call.m * call.n, T{});
    return;
  }
  const std::int64_t rows_a = call.ta ? call.k : call.m, rows_b = call.tb ? call.n : call.k;
  const T alpha = 1, beta = call.accumulate ? 1 : 0;
  if (call.n == 1)
    return multiply_vector(call.ta, rows_a, call.ta ? call.m : call.k, a, b, beta, c);
  if (call.m == 1)
    return multiply_vector(!call.tb, rows_b, call.tb ? call.k : call.n, b, a, beta, c);
  const char ta = call.ta ? 'T' : 'N', tb = call.tb ? 'T' : 'N';
  const blas_int m = size(call.m), n = size(call.n), k = size(call.k);
  const blas_int lda = leading(rows_a), ldb = leading(rows_b), ldc = leading(call.m);
  arma::blas::gemm(&ta, &tb, &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc);
}

}  // namespace

const GemmProvider& arma_gemm() {
  static const GemmProvider provider = [] {
    // One thread each: parallelism is the executor's business.
    if (openblas_set_num_threads) openblas_set_num_threads(1);
    return GemmProvider{"blas", std::numeric_limits<blas_int>::max(), &multiply<float>,
                        &multiply<double>};
  }();
  return provider;
}

}  // namespace ebb
