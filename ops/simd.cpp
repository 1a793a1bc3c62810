#include "ops/simd.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

// Highway includes this file anew for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/simd_math.hpp"

HWY_BEFORE_NAMESPACE();
namespace ebb::ops::HWY_NAMESPACE {

// The n < lanes elements at the end of a span, calculated as those before them are: a result may
// not depend on where its element stands.
template <class T, class F>
HWY_INLINE void tail(const T* in, T* out, std::size_t n, const ebb_attr* attrs) {
  const hn::ScalableTag<T> d;
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN T block[hn::MaxLanes(d)] = {};
  std::memcpy(block, in, n * sizeof(T));
  hn::Store(F{}(d, hn::Load(d, block), attrs), d, block);
  std::memcpy(out, block, n * sizeof(T));
#else
  const auto mask = hn::FirstN(d, n);
  hn::BlendedStore(F{}(d, hn::MaskedLoad(mask, d, in), attrs), mask, d, out);
#endif
}

template <class T, class F>
void unary(const void*, const void* const* inputs, const std::int64_t* steps, void* output,
           std::int64_t count, const ebb_attr* attrs) {
  const hn::ScalableTag<T> d;
  const T* in = static_cast<const T*>(inputs[0]);
  T* out = static_cast<T*>(output);
  const auto n = static_cast<std::size_t>(count), lanes = hn::Lanes(d);
  if (steps[0] == 0) {
    if (n > 0) std::fill_n(out, n, hn::GetLane(F{}(d, hn::Set(d, *in), attrs)));
    return;
  }
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(F{}(d, hn::LoadU(d, in + i), attrs), d, out + i);
  if (i < n) tail<T, F>(in + i, out + i, n - i, attrs);
}

template <class F>
sdk::SpanKernels span_kernels(F) {
  return {&unary<float, F>, &unary<double, F>};
}

SimdKernels kernels() {
  return {
      span_kernels([](auto d, auto x, const ebb_attr*) HWY_ATTR { return exp(d, x); }),
      span_kernels([](auto d, auto x, const ebb_attr*) HWY_ATTR { return log(d, x); }),
      span_kernels([](auto d, auto x, const ebb_attr*) HWY_ATTR { return tanh(d, x); }),
      span_kernels([](auto d, auto x, const ebb_attr*) HWY_ATTR { return sigmoid(d, x); }),
      span_kernels([](auto d, auto x, const ebb_attr*) HWY_ATTR { return erf(d, x); }),
      span_kernels([](auto d, auto x, const ebb_attr* attrs) HWY_ATTR {
        const auto k = hn::Set(d, static_cast<hn::TFromD<decltype(d)>>(attrs[0].r));
        return hn::Div(softplus(d, hn::Mul(k, x)), k);
      }),
      span_kernels([](auto d, auto x, const ebb_attr*)
                       HWY_ATTR { return hn::Sub(hn::Zero(d), softplus(d, hn::Neg(x))); }),
  };
}

}  // namespace ebb::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ebb::ops {

namespace {

// Highway's own library would tell what the processor has, but measures its clock whenever a
// program begins: 5 ms, in instructions that not every processor has.
std::vector<SimdTarget> targets_of_this_processor() {
  std::vector<SimdTarget> targets;
#if HWY_ARCH_X86
  [[maybe_unused]] const bool has_ssse3 = __builtin_cpu_supports("ssse3");
  [[maybe_unused]] const bool has_sse4 =
      has_ssse3 && __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("sse4.2") &&
      __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
  [[maybe_unused]] const bool has_avx2 =
      has_sse4 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  [[maybe_unused]] const bool has_avx3 =
      has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
#if HWY_TARGETS & HWY_AVX3
  if (has_avx3) targets.push_back({"AVX3", &N_AVX3::kernels});
#endif
#if HWY_TARGETS & HWY_AVX2
  if (has_avx2) targets.push_back({"AVX2", &N_AVX2::kernels});
#endif
#if HWY_TARGETS & HWY_SSE4
  if (has_sse4) targets.push_back({"SSE4", &N_SSE4::kernels});
#endif
#if HWY_TARGETS & HWY_SSSE3
  if (has_ssse3) targets.push_back({"SSSE3", &N_SSSE3::kernels});
#endif
#endif
  const std::string_view baseline = hwy::TargetName(HWY_STATIC_TARGET);
  if (targets.empty() || targets.back().name != baseline)
    targets.push_back({baseline.data(), &HWY_STATIC_DISPATCH(kernels)});
  return targets;
}

}  // namespace

const std::vector<SimdTarget>& simd_targets() {
  static const std::vector<SimdTarget> targets = targets_of_this_processor();
  return targets;
}

const SimdKernels& simd_kernels() {
  static const SimdKernels kernels = simd_targets()[0].kernels();
  return kernels;
}

}  // namespace ebb::ops
#endif
