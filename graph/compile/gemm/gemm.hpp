// Matrix products: what a plan says of one, and who computes it.
#pragma once

#include <cstdint>

#include "graph/core/shape.hpp"

namespace ebb {

// C = op(A) op(B) on dense column-major matrices, m x k times k x n for one sample.
struct Gemm {
  bool ta = false, tb = false;
  std::int64_t m = 0, n = 0, k = 0;
  // What the samples do: nothing (all is shared); make the columns of B and C more (C = A [b1 ..
  // bn]); make the inner dimension longer (C = [d1 .. dn] [a1 .. an].T); make a product each; or
  // make a product each of which C is the sum.
  enum class Samples : std::uint8_t { none, in_n, in_k, batch, summed } samples = Samples::none;
};

// One call of a provider: C = op(A) op(B), or C += op(A) op(B). All matrices are dense, sizes may
// be 0, and C overlaps neither A nor B.
struct GemmCall {
  bool ta = false, tb = false, accumulate = false;
  std::int64_t m = 0, n = 0, k = 0;
};

// A library for matrix products. Its functions allocate nothing and run on the caller's thread
// alone.
struct GemmProvider {
  const char* name;
  std::int64_t max_size;  // of m, n, k
  void (*f32)(const GemmCall& call, const float* a, const float* b, float* c);
  void (*f64)(const GemmCall& call, const double* a, const double* b, double* c);
};

// The BLAS that Armadillo stands on.
const GemmProvider& arma_gemm();

// The provider for a product.
const GemmProvider& choose_gemm(const Gemm& gemm, Precision precision);

// A product as operands and dimensions; `swapped` says that B comes first (C.T = B.T A.T).
struct PlannedGemm {
  Gemm gemm;
  bool swapped = false;
};

// How matmul(a, b; ta, tb, over_samples) is computed for these types.
PlannedGemm plan_gemm(const Type& a, const Type& b, bool ta, bool tb, bool over_samples);

}  // namespace ebb
