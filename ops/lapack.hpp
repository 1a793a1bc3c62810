// LAPACK over scratch memory, through Armadillo's declarations: Armadillo's own functions allocate
// what they return and work on. Square matrices are dense and column-major.
#pragma once

#include <ebb/arma.hpp>

#include "ops/families.hpp"

namespace ebb::ops {

using arma::blas_int;

inline blas_int to_blas(std::int64_t n) { return static_cast<blas_int>(n); }
// LAPACK wants a leading dimension of at least 1.
inline blas_int leading(std::int64_t rows) { return to_blas(std::max<std::int64_t>(rows, 1)); }

// Scratch memory, handed out piece by piece. Sizes count elements of the run's precision.
template <class T>
class Workspace {
 public:
  explicit Workspace(const sdk::Kernel& k) : next_(static_cast<T*>(k.scratch())) {}
  T* take(std::int64_t elements) {
    T* piece = next_;
    next_ += elements;
    return piece;
  }
  blas_int* take_pivots(std::int64_t n) {
    static_assert(sizeof(blas_int) <= sizeof(T), "a pivot takes the place of one element");
    return reinterpret_cast<blas_int*>(take(n));
  }

 private:
  T* next_;
};

inline std::size_t scratch_of(std::int64_t elements, const sdk::ScratchRequest& r) {
  return static_cast<std::size_t>(elements) * r.element_size;
}

template <class T>
bool all_finite(const T* x, std::int64_t n) {
  return std::all_of(x, x + n, [](T v) { return std::isfinite(v); });
}

template <class T>
void fill_nan(T* x, std::int64_t n) {
  std::fill_n(x, n, std::numeric_limits<T>::quiet_NaN());
}

// to = (from + fromᵀ) / 2
template <class T>
void copy_symmetrised(std::int64_t n, const T* from, T* to) {
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t i = 0; i < n; ++i) to[i + j * n] = (from[i + j * n] + from[j + i * n]) / 2;
}

// A becomes P L U. False where A is singular.
template <class T>
bool factor_lu(std::int64_t n, T* a, blas_int* pivots) {
  blas_int size = to_blas(n), lead = leading(n), info = 0;
  arma::lapack::getrf(&size, &size, a, &lead, pivots, &info);
  return info == 0 && all_finite(a, n * n);
}

// b becomes A⁻¹ b, from the factors of A.
template <class T>
void solve_lu(std::int64_t n, std::int64_t columns, T* lu, blas_int* pivots, T* b) {
  char flag = 'N';
  blas_int size = to_blas(n), count = to_blas(columns), lead = leading(n), info = 0;
  arma::lapack::getrs(&flag, &size, &count, lu, &lead, pivots, b, &lead, &info);
}

// The lower triangle of the symmetric A becomes L with A = L Lᵀ. False where A is not positive
// definite.
template <class T>
bool factor_cholesky(std::int64_t n, T* a) {
  char flag = 'L';
  blas_int size = to_blas(n), lead = leading(n), info = 0;
  arma::lapack::potrf(&flag, &size, a, &lead, &info);
  return info == 0 && all_finite(a, n * n);
}

template <class T>
void solve_cholesky(std::int64_t n, std::int64_t columns, T* l, T* b) {
  char flag = 'L';
  blas_int size = to_blas(n), count = to_blas(columns), lead = leading(n), info = 0;
  arma::lapack::potrs(&flag, &size, &count, l, &lead, b, &lead, &info);
}

// b becomes op(A)⁻¹ b, A being triangular. False where a diagonal element is 0.
template <class T>
bool solve_triangle(bool lower, bool transposed, std::int64_t n, std::int64_t columns, const T* a,
                    T* b) {
  char uplo = lower ? 'L' : 'U', flag = transposed ? 'T' : 'N', diagonal = 'N';
  blas_int size = to_blas(n), count = to_blas(columns), lead = leading(n), info = 0;
  arma::lapack::trtrs(&uplo, &flag, &diagonal, &size, &count, a, &lead, b, &lead, &info);
  return info == 0;
}

inline std::int64_t eigen_work(std::int64_t n) { return std::max<std::int64_t>(1, 3 * n - 1); }

// Eigenvalues of the symmetric A, ascending, into w; A becomes its eigenvectors if asked for. False
// where it does not converge or A is not finite.
template <class T>
bool eigen(bool vectors, std::int64_t n, T* a, T* w, T* work) {
  if (!all_finite(a, n * n)) return false;
  char job = vectors ? 'V' : 'N', uplo = 'L';
  blas_int size = to_blas(n), lead = leading(n), length = to_blas(eigen_work(n)), info = 0;
  arma::lapack::syev(&job, &uplo, &size, a, &lead, w, work, &length, &info);
  return info == 0;
}

inline std::int64_t svd_work(std::int64_t m, std::int64_t n) {
  const std::int64_t small = std::min(m, n), large = std::max(m, n);
  return std::max({std::int64_t{1}, 3 * small + large, 5 * small});
}

// Singular values of A (m x n, overwritten), descending, into s; with u and vt also the k = min(m,
// n) left singular vectors (m x k) and the right ones as rows (k x n). False as above.
template <class T>
bool svd(std::int64_t m, std::int64_t n, T* a, T* s, T* u, T* vt, T* work) {
  if (!all_finite(a, m * n)) return false;
  char job = u ? 'S' : 'N';
  blas_int rows = to_blas(m), columns = to_blas(n), lead = leading(m), lead_u = leading(m),
           lead_vt = leading(std::min(m, n)), length = to_blas(svd_work(m, n)), info = 0;
  arma::lapack::gesvd(&job, &job, &rows, &columns, a, &lead, s, u, &lead_u, vt, &lead_vt, work,
                      &length, &info);
  return info == 0;
}

}  // namespace ebb::ops
