#include "ops/simd.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

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

HWY_EXPORT(kernels);
SimdKernels simd_kernels() { return HWY_DYNAMIC_DISPATCH(kernels)(); }

}  // namespace ebb::ops
#endif
