#include "graph/run/gemm_call.hpp"

#include <algorithm>
#include <optional>

#include "graph/run/buffer_copy.hpp"

namespace ebb {

namespace {

// A product prepared for the most samples that the plan is for, which is what nearly all runs have;
// BLAS, which needs no preparation, computes those of other sizes in one part.
template <class T>
class Product {
 public:
  Product(const GemmProvider& provider, const GemmCall& usual)
      : usual_(usual), call_(usual), prepared_(provider.prepare<T>(usual)) {}
  void set(const GemmCall& call) {
    call_ = call;
    is_prepared_ = prepared_ && call == usual_;
  }
  // Whether the call is computed as prepared, so that it reads A packed where that is.
  bool is_prepared() const { return is_prepared_; }
  void pack(const T* a, T* packed) const {
    if (prepared_) prepared_->pack(a, packed);
  }
  int parts() const { return is_prepared_ ? prepared_->parts() : 1; }
  bool joins() const { return is_prepared_ && prepared_->joins(); }
  void run(int part, const T* a, const T* b, T* c, GemmScratchMemory scratch) const {
    if (is_prepared_) return prepared_->run(part, a, b, c, scratch);
    arma_gemm(call_, a, b, c);
  }
  void join(T* c, void* scratch) const { prepared_->join(c, scratch); }
  void run(const T* a, const T* b, T* c, GemmScratchMemory scratch) const {
    if (is_prepared_) return prepared_->run(a, b, c, scratch);
    arma_gemm(call_, a, b, c);
  }

 private:
  GemmCall usual_, call_;
  bool is_prepared_ = false;
  std::unique_ptr<PreparedGemm<T>> prepared_;
};

GemmCall accumulated(GemmCall call) {
  call.accumulate = true;
  return call;
}

template <class T>
class GemmStep : public BoundStep {
 public:
  GemmStep(const Plan& plan, const Step& step, const Memory& memory)
      : gemm_(step.gemm),
        part_(step.part),
        a_(reinterpret_cast<const T*>(memory.of(step.inputs[0]))),
        b_(reinterpret_cast<const T*>(memory.of(step.inputs[1]))),
        c_(reinterpret_cast<T*>(memory.of(step.outputs[0]))),
        stride_a_(part_of(plan.buffers[step.inputs[0]]).sample),
        stride_b_(part_of(plan.buffers[step.inputs[1]]).sample),
        stride_c_(part_of(plan.buffers[step.outputs[0]]).sample),
        is_other_(step.provider != &arma_gemm()),
        first_(*step.provider, call_of(gemm_, plan.max_samples)) {
    const GemmScratch scratch =
        step.provider->scratch(call_of(gemm_, plan.max_samples), plan.precision);
    for (std::byte* const thread : memory.threads)
      scratch_.push_back(part_ > 0 ? own_scratch(scratch, thread)
                                   : GemmScratchMemory{memory.arena + step.scratch, thread});
    if (gemm_.constant_a) packed_ = reinterpret_cast<T*>(memory.packed + step.packed);
    packs_ = step.packed_bytes > 0;
    if (gemm_.accumulate) to_ = reinterpret_cast<const T*>(memory.of(step.inputs[2]));
    if (to_ == c_) to_ = nullptr;
    if (to_) copy_.emplace(plan.buffers[step.inputs[2]], plan.buffers[step.outputs[0]]);
    if (gemm_.samples == Gemm::Samples::summed)
      next_.emplace(*step.provider, accumulated(call_of(gemm_, plan.max_samples)));
    set_samples(1);
  }
  void set_samples(std::int64_t samples) override {
    const bool many =
        gemm_.samples == Gemm::Samples::batch || gemm_.samples == Gemm::Samples::summed;
    products_ = many ? samples : 1;
    const GemmCall call = call_of(gemm_, samples);
    first_.set(call);
    if (next_) next_->set(accumulated(call));
    samples_ = samples;
    // The parts of one product, or parts that are products. What it is added to must be in its
    // place before all parts, and sums of parts of the inner dimension are joined before the next
    // is added.
    cuts_products_ = !to_ && part_ == 0 && (products_ == 1 || !first_.joins());
    if (cuts_products_)
      set_parts(first_.parts());
    else
      set_parts(products_, part_);
    set_joins(cuts_products_ && first_.joins());
  }
  void move_operands(const Move& move) override {
    for (const T** operand : {&a_, &b_, &to_}) move(*operand);
  }
  bool falls_back() const override { return is_other_ && !first_.is_prepared(); }
  int run(int part, int thread) const override {
    const GemmScratchMemory scratch = scratch_[static_cast<std::size_t>(thread)];
    if (cuts_products_) {
      if (products_ == 1) {
        first_.run(part, a(0), b_, c_, scratch);
        return EBB_OK;
      }
      for (std::int64_t s = 0; s < products_; ++s) product(s).run(part, a(s), b(s), c(s), scratch);
      return EBB_OK;
    }
    const std::int64_t first = part * part_;
    const std::int64_t end = parts() == 1 ? products_ : std::min(products_, first + part_);
    if (to_) copy_->run(to_, c_, first, parts() == 1 ? samples_ : end - first);
    for (std::int64_t s = first; s < end; ++s) product(s).run(a(s), b(s), c(s), scratch);
    return EBB_OK;
  }
  void pack() override {
    if (packs_) first_.pack(a_, packed_);
  }
  void join() const override { first_.join(c_, scratch_[0].shared); }

 private:
  const Product<T>& product(std::int64_t sample) const {
    return sample > 0 && next_ ? *next_ : first_;
  }
  const T* a(std::int64_t sample) const {
    return packed_ && first_.is_prepared() ? packed_ : a_ + sample * stride_a_;
  }
  const T* b(std::int64_t sample) const { return b_ + sample * stride_b_; }
  T* c(std::int64_t sample) const { return c_ + sample * stride_c_; }

  Gemm gemm_;
  std::int64_t part_;  // products that are one; 0: the provider cuts each
  const T *a_, *b_;
  T* c_;
  const T* to_ = nullptr;           // what the product is added to, where that does not lie in C
  std::optional<BufferCopy> copy_;  // of it
  T* packed_ = nullptr;             // A, where it is constant
  bool packs_ = false;
  std::vector<GemmScratchMemory> scratch_;  // by thread
  std::int64_t stride_a_, stride_b_, stride_c_;
  bool is_other_;  // than BLAS: the plan's provider
  Product<T> first_;
  std::optional<Product<T>> next_;  // of products that are summed
  std::int64_t products_ = 1, samples_ = 1;
  bool cuts_products_ = false;
};

}  // namespace

std::unique_ptr<BoundStep> bind_gemm(const Plan& plan, const Step& step, const Memory& memory) {
  if (plan.precision == Precision::f32)
    return std::make_unique<GemmStep<float>>(plan, step, memory);
  return std::make_unique<GemmStep<double>>(plan, step, memory);
}

}  // namespace ebb
