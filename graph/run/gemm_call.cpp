#include "graph/run/gemm_call.hpp"

#include <algorithm>
#include <optional>

namespace ebb {

namespace {

// A product prepared for the most samples that the plan is for, which is what nearly all runs have;
// BLAS, which needs no preparation, computes those of other sizes.
template <class T>
class Product {
 public:
  Product(const GemmProvider& provider, const GemmCall& usual)
      : usual_(usual), call_(usual), prepared_(provider.prepare<T>(usual)) {}
  void set(const GemmCall& call) {
    call_ = call;
    is_usual_ = call == usual_;
  }
  void run(const T* a, const T* b, T* c, void* scratch) const {
    if (is_usual_ && prepared_) return prepared_->run(a, b, c, scratch);
    arma_gemm(call_, a, b, c);
  }

 private:
  GemmCall usual_, call_;
  bool is_usual_ = true;
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
        a_(reinterpret_cast<const T*>(memory.of(step.inputs[0]))),
        b_(reinterpret_cast<const T*>(memory.of(step.inputs[1]))),
        c_(reinterpret_cast<T*>(memory.of(step.outputs[0]))),
        scratch_(memory.arena + step.scratch),
        stride_a_(stride(plan.buffers[step.inputs[0]].type)),
        stride_b_(stride(plan.buffers[step.inputs[1]].type)),
        stride_c_(stride(plan.buffers[step.outputs[0]].type)),
        first_(*step.provider, call_of(gemm_, plan.max_samples)) {
    if (gemm_.accumulate) to_ = reinterpret_cast<const T*>(memory.of(step.inputs[2]));
    if (to_ == c_) to_ = nullptr;
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
    elements_ = call.m * call.n * (gemm_.samples == Gemm::Samples::batch ? samples : 1);
  }
  int run() const override {
    if (to_) std::copy_n(to_, elements_, c_);
    compute(first_, 0);
    const Product<T>& next = next_ ? *next_ : first_;
    for (std::int64_t s = 1; s < products_; ++s) compute(next, s);
    return EBB_OK;
  }

 private:
  static std::int64_t stride(const Type& type) {
    return type.per_sample ? type.shape.elements() : 0;
  }
  void compute(const Product<T>& product, std::int64_t sample) const {
    product.run(a_ + sample * stride_a_, b_ + sample * stride_b_, c_ + sample * stride_c_,
                scratch_);
  }

  Gemm gemm_;
  const T *a_, *b_;
  T* c_;
  const T* to_ = nullptr;  // what the product is added to, where that does not lie in C
  void* scratch_;
  std::int64_t stride_a_, stride_b_, stride_c_;
  Product<T> first_;
  std::optional<Product<T>> next_;            // of products that are summed
  std::int64_t products_ = 1, elements_ = 0;  // of C
};

}  // namespace

std::unique_ptr<BoundStep> bind_gemm(const Plan& plan, const Step& step, const Memory& memory) {
  if (plan.precision == Precision::f32)
    return std::make_unique<GemmStep<float>>(plan, step, memory);
  return std::make_unique<GemmStep<double>>(plan, step, memory);
}

}  // namespace ebb
