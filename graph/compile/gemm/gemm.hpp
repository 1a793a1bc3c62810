// Matrix products: what a plan says of one, and who computes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

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
  bool accumulate = false;  // C += op(A) op(B), whatever the samples do
};

// One call of a provider: C = op(A) op(B), or C += op(A) op(B). All matrices are dense, sizes may
// be 0, and C overlaps neither A nor B.
struct GemmCall {
  bool ta = false, tb = false, accumulate = false;
  std::int64_t m = 0, n = 0, k = 0;
  bool operator==(const GemmCall&) const = default;
};

// The call for this many samples: where they make a product each, that of one of them.
GemmCall call_of(const Gemm& gemm, std::int64_t samples);

// A product that a library has made ready for its sizes.
template <class T>
class PreparedGemm {
 public:
  virtual ~PreparedGemm() = default;
  // Allocates nothing and runs on the caller's thread alone. `scratch` has the provider's
  // scratch_bytes for the call, aligned to 64.
  virtual void run(const T* a, const T* b, T* c, void* scratch) const = 0;
};

// A library for matrix products.
struct GemmProvider {
  const char* name;
  std::string version;    // "" where it is not known before run time
  std::int64_t max_size;  // of m, n, k
  std::size_t (*scratch_bytes)(const GemmCall& call, Precision precision);
  // Null where the library does not compute such a product.
  std::unique_ptr<PreparedGemm<float>> (*f32)(const GemmCall& call);
  std::unique_ptr<PreparedGemm<double>> (*f64)(const GemmCall& call);

  // The one of the two that T says.
  template <class T>
  std::unique_ptr<PreparedGemm<T>> prepare(const GemmCall& call) const;
};

template <>
inline std::unique_ptr<PreparedGemm<float>> GemmProvider::prepare(const GemmCall& call) const {
  return f32(call);
}
template <>
inline std::unique_ptr<PreparedGemm<double>> GemmProvider::prepare(const GemmCall& call) const {
  return f64(call);
}

// The BLAS that Armadillo stands on. It computes every product, and prepares nothing: the two
// functions below are the same as a prepared one.
const GemmProvider& arma_gemm();
void arma_gemm(const GemmCall& call, const float* a, const float* b, float* c);
void arma_gemm(const GemmCall& call, const double* a, const double* b, double* c);

// LIBXSMM, which makes machine code for the sizes of a product; null where this processor is none
// that it makes good code for. Only where EBB_LIBXSMM is defined.
const GemmProvider* xsmm_gemm();

// All that are there, BLAS first.
std::span<const GemmProvider* const> gemm_providers();

// The provider for a product: a rule of its sizes, so that the same one is chosen on each run.
const GemmProvider& choose_gemm(const GemmCall& call, Precision precision);

// A product as operands and dimensions; `swapped` says that B comes first (C.T = B.T A.T).
struct PlannedGemm {
  Gemm gemm;
  bool swapped = false;
};

// How matmul(a, b; ta, tb, over_samples) is computed for these types.
PlannedGemm plan_gemm(const Type& a, const Type& b, bool ta, bool tb, bool over_samples);

}  // namespace ebb
