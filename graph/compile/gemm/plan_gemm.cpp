// Folding the samples of a product into one of its dimensions.
#include <utility>

#include "graph/compile/gemm/gemm.hpp"
#include "graph/core/allocate.hpp"

namespace ebb {

namespace {

// op(X) of one sample; a vector is a column.
struct Operand {
  std::int64_t rows, columns;
  bool transposed, per_sample;

  Operand(const Type& type, bool t)
      : rows(type.shape.rank() < 1 ? 1 : type.shape[0]),
        columns(type.shape.rank() < 2 ? 1 : type.shape[1]),
        transposed(t),
        per_sample(type.per_sample) {
    if (t) std::swap(rows, columns);
  }
  // A row or a column lies in memory like its transpose.
  bool is_vector() const { return rows == 1 || columns == 1; }
};

Gemm gemm_of(const Operand& a, const Operand& b, Gemm::Samples samples) {
  return {a.transposed, b.transposed, a.rows, b.columns, a.columns, samples};
}

// C_s = A B_s is C = A [B_1 .. B_n] where the B_s lie side by side.
bool fold_columns(const Operand& a, Operand b, Gemm& gemm) {
  if (a.per_sample || !b.per_sample) return false;
  if (b.is_vector()) b.transposed = false;
  if (b.transposed) return false;
  gemm = gemm_of(a, b, Gemm::Samples::in_n);
  return true;
}

// The sum of A_s B_s is [A_1 .. A_n] [B_1; ..; B_n] where the A_s and the B_s.T lie side by side.
bool fold_inner(Operand a, Operand b, Gemm& gemm) {
  if (!a.per_sample || !b.per_sample) return false;
  if (a.is_vector()) a.transposed = false;
  if (b.is_vector()) b.transposed = true;
  if (a.transposed || !b.transposed) return false;
  gemm = gemm_of(a, b, Gemm::Samples::in_k);
  return true;
}

}  // namespace

PlannedGemm plan_gemm(const Type& type_a, const Type& type_b, bool ta, bool tb, bool over_samples) {
  const Operand a(type_a, ta), b(type_b, tb);
  PlannedGemm plan;
  if (over_samples) {
    if (!fold_inner(a, b, plan.gemm)) plan.gemm = gemm_of(a, b, Gemm::Samples::summed);
    return plan;
  }
  if (fold_columns(a, b, plan.gemm)) return plan;
  // A vector C lies in memory like C.T = B.T A.T.
  if (a.rows == 1 || b.columns == 1) {
    const Operand bt(type_b, !tb), at(type_a, !ta);
    plan.swapped = fold_columns(bt, at, plan.gemm);
    if (plan.swapped) return plan;
  }
  const bool per_sample = a.per_sample || b.per_sample;
  plan.gemm = gemm_of(a, b, per_sample ? Gemm::Samples::batch : Gemm::Samples::none);
  return plan;
}

std::optional<std::int64_t> leading_dimension(const Gemm& gemm, std::size_t operand,
                                              const Part& part) {
  const auto& [ta, tb, m, n, k, samples, accumulate, constant_a, lda, ldb, ldc] = gemm;
  if (m == 0 || n == 0 || k == 0) return {};
  const bool in_n = samples == Gemm::Samples::in_n, in_k = samples == Gemm::Samples::in_k;
  // The matrix of one sample, and whether those of all samples are one.
  const std::int64_t rows = operand == 0 ? (ta ? k : m) : operand == 1 ? (tb ? n : k) : m;
  const std::int64_t columns = operand == 0 ? (ta ? m : k) : operand == 1 ? (tb ? k : n) : n;
  const bool is_folded = operand == 0 ? in_k : operand == 1 ? in_n || in_k : in_n;
  if (part.strides.size() != (rows > 1 ? 1u : 0u) + (columns > 1 ? 1u : 0u)) return {};
  if (rows > 1 && part.strides[0] != 1) return {};
  std::int64_t leading = is_folded ? part.sample : rows;
  if (columns > 1) {
    leading = part.strides.back();
    if (is_folded && part.sample != columns * leading) return {};
  }
  if (leading < rows || leading > arma_gemm().max_size) return {};
  return leading;
}

std::size_t own_scratch(const GemmScratch& bytes) {
  return rounded_to_lines(bytes.thread) + bytes.shared;
}

GemmScratchMemory own_scratch(const GemmScratch& bytes, std::byte* memory) {
  return {memory + rounded_to_lines(bytes.thread), memory};
}

GemmCall call_of(const Gemm& gemm, std::int64_t samples) {
  const auto times = [&](Gemm::Samples s) { return gemm.samples == s ? samples : 1; };
  return {gemm.ta,
          gemm.tb,
          gemm.accumulate,
          gemm.m,
          gemm.n * times(Gemm::Samples::in_n),
          gemm.k * times(Gemm::Samples::in_k),
          gemm.constant_a,
          gemm.lda,
          gemm.ldb,
          gemm.ldc};
}

}  // namespace ebb
