// Matrix products: what a plan says of one, and who computes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "graph/compile/part.hpp"
#include "graph/core/shape.hpp"

namespace ebb {

// C = op(A) op(B) on column-major matrices, m x k times k x n for one sample.
struct Gemm {
  bool ta = false, tb = false;
  std::int64_t m = 0, n = 0, k = 0;
  // What the samples do: nothing (all is shared); make the columns of B and C more (C = A [b1 ..
  // bn]); make the inner dimension longer (C = [d1 .. dn] [a1 .. an].T); make a product each; or
  // make a product each of which C is the sum.
  enum class Samples : std::uint8_t { none, in_n, in_k, batch, summed } samples = Samples::none;
  bool accumulate = false;  // C += op(A) op(B), whatever the samples do
  bool constant_a = false;  // A is shared, the same from run to run, and packed once for many
  // Leading dimensions: from one column to the next. 0: the columns lie side by side.
  std::int64_t lda = 0, ldb = 0, ldc = 0;
};

// One call of a provider: C = op(A) op(B), or C += op(A) op(B). Sizes may be 0 where all matrices
// are dense, and C overlaps neither A nor B.
struct GemmCall {
  bool ta = false, tb = false, accumulate = false;
  std::int64_t m = 0, n = 0, k = 0;
  bool constant_a = false;  // A is the same in many calls: a provider may have it packed
  std::int64_t lda = 0, ldb = 0, ldc = 0;  // 0: the columns lie side by side
  bool operator==(const GemmCall&) const = default;
  // The same, where they do too.
  std::int64_t leading_a() const { return lda > 0 ? lda : ta ? k : m; }
  std::int64_t leading_b() const { return ldb > 0 ? ldb : tb ? n : k; }
  std::int64_t leading_c() const { return ldc > 0 ? ldc : m; }
};

// The leading dimension with which a product reads A (operand 0) or B (1), or writes C (2), where
// that is such a part; none where it is no matrix that it can take.
std::optional<std::int64_t> leading_dimension(const Gemm& gemm, std::size_t operand,
                                              const Part& part);

// The call for this many samples: where they make a product each, that of one of them.
GemmCall call_of(const Gemm& gemm, std::int64_t samples);

// Bytes that a call needs: of scratch memory one piece for all of it, and one for each thread; and
// of a constant A as the provider packs it, which last as long as A (0: it is read as it lies).
struct GemmScratch {
  std::size_t shared = 0, thread = 0, packed = 0;
};

// Such pieces, aligned to 64.
struct GemmScratchMemory {
  void* shared = nullptr;
  void* thread = nullptr;
};

// Both in one piece, the thread's first.
std::size_t own_scratch(const GemmScratch& bytes);
GemmScratchMemory own_scratch(const GemmScratch& bytes, std::byte* memory);

// A product that a library has made ready for its sizes, cut into parts which threads may compute
// at the same time; into which is a rule of the sizes. Allocates nothing.
template <class T>
class PreparedGemm {
 public:
  explicit PreparedGemm(int parts, bool joins = false) : parts_(parts), joins_(joins) {}
  virtual ~PreparedGemm() = default;
  int parts() const { return parts_; }
  // Whether its parts are not pieces of C, but there is something left for `join` to do.
  bool joins() const { return joins_; }
  // Computes one of them on the caller's thread alone.
  virtual void run(int part, const T* a, const T* b, T* c, GemmScratchMemory scratch) const = 0;
  // C is there after all parts and this.
  virtual void join(T*, void* /*shared scratch*/) const {}
  // Packs a constant A into memory aligned to 64, where the provider wants some for it: `run` is
  // then given that in the place of A. The results are the same bits.
  virtual void pack(const T* /*a*/, T* /*packed*/) const {}
  // All of it.
  void run(const T* a, const T* b, T* c, GemmScratchMemory scratch) const {
    for (int part = 0; part < parts_; ++part) run(part, a, b, c, scratch);
    join(c, scratch.shared);
  }

 private:
  int parts_;
  bool joins_;
};

// A library for matrix products.
struct GemmProvider {
  const char* name;
  std::string version;    // "" where it is not known before run time
  std::int64_t max_size;  // of m, n, k
  GemmScratch (*scratch)(const GemmCall& call, Precision precision);
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

// The BLAS that Armadillo stands on. It computes every product, without preparation too, then in
// one part.
const GemmProvider& arma_gemm();
void arma_gemm(const GemmCall& call, const float* a, const float* b, float* c);
void arma_gemm(const GemmCall& call, const double* a, const double* b, double* c);

// LIBXSMM, which makes machine code for the sizes of a product; null where this processor is none
// that it makes good code for. Only where EBB_LIBXSMM is defined.
const GemmProvider* xsmm_gemm();

// All that are there, BLAS first.
std::span<const GemmProvider* const> gemm_providers();

// What is too little for a thread: so many multiplications take as long as some hand-overs of work.
inline constexpr double min_multiplications_of_part = 100000;

double multiplications(const GemmCall& call);

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
