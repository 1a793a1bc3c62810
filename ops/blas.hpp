// Products of matrices that are parts of larger ones, by the BLAS that Armadillo stands on: its own
// expressions would make temporaries.
#pragma once

#include <algorithm>
#include <armadillo>
#include <cstdint>

namespace ebb::ops {

// A column-major matrix in memory whose columns begin `step` elements apart; `transposed` says how
// a product reads it.
template <class T>
struct Part {
  T* data;
  std::int64_t step;
  bool transposed = false;
};

// C = A B, or C += A B, where C is m x n and the inner dimension k.
template <class T>
void multiply(const Part<const T>& a, const Part<const T>& b, const Part<T>& c, std::int64_t m,
              std::int64_t n, std::int64_t k, bool accumulate) {
  const char ta = a.transposed ? 'T' : 'N', tb = b.transposed ? 'T' : 'N';
  const auto size = [](std::int64_t i) { return static_cast<arma::blas_int>(i); };
  const auto step = [&](std::int64_t i) { return size(std::max<std::int64_t>(i, 1)); };
  const arma::blas_int rows = size(m), columns = size(n), inner = size(k);
  const arma::blas_int lda = step(a.step), ldb = step(b.step), ldc = step(c.step);
  const T alpha = 1, beta = accumulate ? 1 : 0;
  arma::blas::gemm(&ta, &tb, &rows, &columns, &inner, &alpha, a.data, &lda, b.data, &ldb, &beta,
                   c.data, &ldc);
}

// OpenBLAS has kernels for small products which call malloc where few rows of a first matrix that
// is not transposed are left over after whole registers. Such a matrix is better given transposed.
template <class T>
bool better_transposed(std::int64_t m, std::int64_t k) {
  constexpr std::int64_t lanes = 64 / sizeof(T);
  return m % lanes != 0 && m % lanes <= lanes / 2 && k >= 2 * lanes;
}

}  // namespace ebb::ops
