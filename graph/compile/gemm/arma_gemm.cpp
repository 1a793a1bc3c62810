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

// A matrix as it lies in memory.
struct MatrixSize {
  std::int64_t rows, columns, leading;
};

// y = op(M) x; x and y are columns, or rows of matrices with `step_x` and `step_y` rows.
template <class T>
void multiply_vector(bool transposed, const MatrixSize& of, const T* matrix, const T* x, T beta,
                     T* y, std::int64_t step_x = 1, std::int64_t step_y = 1) {
  const char flag = transposed ? 'T' : 'N';
  const blas_int m = size(of.rows), n = size(of.columns), ld = leading(of.leading);
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

// The rows of A, B and C as they lie in memory: those of the whole of which a call computes a part.
struct Leading {
  std::int64_t a, b, c;
};

Leading leading_of(const GemmCall& call) {
  return {call.leading_a(), call.leading_b(), call.leading_c()};
}

template <class T>
void multiply(const GemmCall& call, const Leading& rows, const T* a, const T* b, T* c) {
  if (call.m == 0 || call.n == 0) return;
  if (call.k == 0) {
    if (!call.accumulate) std::fill_n(c, call.m * call.n, T{});
    return;
  }
  const T alpha = 1, beta = call.accumulate ? 1 : 0;
  if (call.n == 1) {
    const std::int64_t rows_a = call.ta ? call.k : call.m, columns_a = call.ta ? call.m : call.k;
    return multiply_vector(call.ta, {rows_a, columns_a, rows.a}, a, b, beta, c,
                           call.tb ? rows.b : 1);
  }
  const std::int64_t rows_b = call.tb ? call.n : call.k, columns_b = call.tb ? call.k : call.n;
  const MatrixSize size_b{rows_b, columns_b, rows.b};
  if (call.m == 1)
    return multiply_vector(!call.tb, size_b, b, a, beta, c, call.ta ? 1 : rows.a, rows.c);
  const std::int64_t whole = call.m - rows_left_over<T>(call);
  for (std::int64_t i = whole; i < call.m; ++i)
    multiply_vector(true, size_b, b, a + i, beta, c + i, rows.a, rows.c);
  if (whole == 0) return;
  const char ta = call.ta ? 'T' : 'N', tb = call.tb ? 'T' : 'N';
  const blas_int m = size(whole), n = size(call.n), k = size(call.k);
  const blas_int lda = leading(rows.a), ldb = leading(rows.b), ldc = leading(rows.c);
  arma::blas::gemm(&ta, &tb, &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc);
}

// Rows or columns of C, whichever are more, that are computed at a time. BLAS packs A and B for
// each call; with shorter parts the other of them would be packed too often.
constexpr std::int64_t min_part = 512, part_granularity = 16, most_parts = 1024;

bool cuts_columns(const GemmCall& call) { return call.n > call.m; }

std::int64_t part_of(const GemmCall& call) {
  const std::int64_t total = cuts_columns(call) ? call.n : call.m;
  const double most = multiplications(call) / min_multiplications_of_part;
  const std::int64_t parts = std::clamp<std::int64_t>(
      total / min_part, 1, static_cast<std::int64_t>(std::clamp<double>(most, 1, most_parts)));
  const std::int64_t even = (total + parts - 1) / parts;
  return std::max<std::int64_t>(
      1, (even + part_granularity - 1) / part_granularity * part_granularity);
}

int parts_of(const GemmCall& call) {
  const std::int64_t total = cuts_columns(call) ? call.n : call.m, part = part_of(call);
  return static_cast<int>(std::max<std::int64_t>(1, (total + part - 1) / part));
}

template <class T>
class BlasGemm : public PreparedGemm<T> {
 public:
  explicit BlasGemm(const GemmCall& call)
      : PreparedGemm<T>(parts_of(call)),
        call_(call),
        rows_(leading_of(call)),
        part_(part_of(call)) {}
  using PreparedGemm<T>::run;
  void run(int part, const T* a, const T* b, T* c, GemmScratchMemory) const override {
    GemmCall call = call_;
    const std::int64_t first = part * part_;
    if (cuts_columns(call_)) {
      call.n = std::min(part_, call_.n - first);
      b += call_.tb ? first : first * rows_.b;
      c += first * rows_.c;
    } else {
      call.m = std::min(part_, call_.m - first);
      a += call_.ta ? first * rows_.a : first;
      c += first;
    }
    multiply(call, rows_, a, b, c);
  }

 private:
  GemmCall call_;
  Leading rows_;
  std::int64_t part_;
};

template <class T>
std::unique_ptr<PreparedGemm<T>> prepare_blas(const GemmCall& call) {
  return std::make_unique<BlasGemm<T>>(call);
}

GemmScratch no_scratch(const GemmCall&, Precision) { return {}; }

}  // namespace

void arma_gemm(const GemmCall& call, const float* a, const float* b, float* c) {
  multiply(call, leading_of(call), a, b, c);
}

void arma_gemm(const GemmCall& call, const double* a, const double* b, double* c) {
  multiply(call, leading_of(call), a, b, c);
}

const GemmProvider& arma_gemm() {
  static const GemmProvider provider = [] {
    // One thread each: parallelism is the executor's business.
    if (openblas_set_num_threads) openblas_set_num_threads(1);
    return GemmProvider{"blas",
                        "",
                        std::numeric_limits<blas_int>::max(),
                        &no_scratch,
                        &prepare_blas<float>,
                        &prepare_blas<double>};
  }();
  return provider;
}

}  // namespace ebb
