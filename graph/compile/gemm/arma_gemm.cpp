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

// y = op(M) x, where M is stored with `rows` rows; x and y are columns, or rows of matrices with
// `step_x` and `step_y` rows.
template <class T>
void multiply_vector(bool transposed, std::int64_t rows, std::int64_t columns, const T* matrix,
                     const T* x, T beta, T* y, std::int64_t step_x = 1, std::int64_t step_y = 1) {
  const char flag = transposed ? 'T' : 'N';
  const blas_int m = size(rows), n = size(columns), ld = leading(rows);
  const blas_int incx = size(step_x), incy = size(step_y);
  const T alpha = 1;
  arma::blas::gemv(&flag, &m, &n, &alpha, matrix, &ld, x, &incx, &beta, y, &incy);
}

// OpenBLAS has kernels for small products which call malloc for the rows of A that are left over
// after whole registers, where these are few. Such rows are computed one by one.
template <class T>
std::int64_t rows_left_over(const GemmCall& call) {
  constexpr std::int64_t lanes = 64 / sizeof(T);
  constexpr std::int64_t small_product = 1000000;
  const std::int64_t left_over = call.m % lanes;
  const bool allocates = !call.ta && !call.tb && call.k >= 2 * lanes && left_over <= lanes / 2 &&
                         call.m * call.n <= small_product / call.k;
  return openblas_set_num_threads && allocates ? left_over : 0;
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
  const std::int64_t whole = call.m - rows_left_over<T>(call);
  for (std::int64_t i = whole; i < call.m; ++i)
    multiply_vector(true, rows_b, call.n, b, a + i, beta, c + i, call.m, call.m);
  if (whole == 0) return;
  const char ta = call.ta ? 'T' : 'N', tb = call.tb ? 'T' : 'N';
  const blas_int m = size(whole), n = size(call.n), k = size(call.k);
  const blas_int lda = leading(rows_a), ldb = leading(rows_b), ldc = leading(call.m);
  arma::blas::gemm(&ta, &tb, &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc);
}

template <class T>
class BlasGemm : public PreparedGemm<T> {
 public:
  explicit BlasGemm(const GemmCall& call) : call_(call) {}
  void run(const T* a, const T* b, T* c, void*) const override { multiply(call_, a, b, c); }

 private:
  GemmCall call_;
};

template <class T>
std::unique_ptr<PreparedGemm<T>> prepare(const GemmCall& call) {
  return std::make_unique<BlasGemm<T>>(call);
}

std::size_t no_scratch(const GemmCall&, Precision) { return 0; }

}  // namespace

void arma_gemm(const GemmCall& call, const float* a, const float* b, float* c) {
  multiply(call, a, b, c);
}

void arma_gemm(const GemmCall& call, const double* a, const double* b, double* c) {
  multiply(call, a, b, c);
}

const GemmProvider& arma_gemm() {
  static const GemmProvider provider = [] {
    // One thread each: parallelism is the executor's business.
    if (openblas_set_num_threads) openblas_set_num_threads(1);
    return GemmProvider{
        "blas",          "", std::numeric_limits<blas_int>::max(), &no_scratch, &prepare<float>,
        &prepare<double>};
  }();
  return provider;
}

}  // namespace ebb
