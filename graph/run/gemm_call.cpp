#include "graph/run/gemm_call.hpp"

#include <algorithm>

namespace ebb {

namespace {

template <class T>
class GemmStep : public BoundStep {
 public:
  using Function = void (*)(const GemmCall&, const T*, const T*, T*);

  GemmStep(const Plan& plan, const Step& step, const Memory& memory, Function function)
      : gemm_(step.gemm),
        function_(function),
        a_(reinterpret_cast<const T*>(memory.of(step.inputs[0]))),
        b_(reinterpret_cast<const T*>(memory.of(step.inputs[1]))),
        c_(reinterpret_cast<T*>(memory.of(step.outputs[0]))),
        stride_a_(stride(plan.buffers[step.inputs[0]].type)),
        stride_b_(stride(plan.buffers[step.inputs[1]].type)),
        stride_c_(stride(plan.buffers[step.outputs[0]].type)) {
    set_samples(1);
  }
  void set_samples(std::int64_t samples) override {
    const auto times = [&](Gemm::Samples s) { return gemm_.samples == s ? samples : 1; };
    call_ = {gemm_.ta,
             gemm_.tb,
             false,
             gemm_.m,
             gemm_.n * times(Gemm::Samples::in_n),
             gemm_.k * times(Gemm::Samples::in_k)};
    products_ = std::max(times(Gemm::Samples::batch), times(Gemm::Samples::summed));
  }
  int run() const override {
    GemmCall call = call_;
    for (std::int64_t s = 0; s < products_; ++s) {
      call.accumulate = s > 0 && gemm_.samples == Gemm::Samples::summed;
      function_(call, a_ + s * stride_a_, b_ + s * stride_b_, c_ + s * stride_c_);
    }
    return EBB_OK;
  }

 private:
  static std::int64_t stride(const Type& type) {
    return type.per_sample ? type.shape.elements() : 0;
  }
  Gemm gemm_;
  Function function_;
  const T *a_, *b_;
  T* c_;
  std::int64_t stride_a_, stride_b_, stride_c_;
  GemmCall call_;
  std::int64_t products_ = 1;
};

}  // namespace

std::unique_ptr<BoundStep> bind_gemm(const Plan& plan, const Step& step, const Memory& memory) {
  const GemmProvider& provider = choose_gemm(step.gemm, plan.precision);
  if (plan.precision == Precision::f32)
    return std::make_unique<GemmStep<float>>(plan, step, memory, provider.f32);
  return std::make_unique<GemmStep<double>>(plan, step, memory, provider.f64);
}

}  // namespace ebb
