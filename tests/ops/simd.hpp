// The SIMD kernels of ops/ for every set of instructions that this processor has.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "ops/simd.hpp"

namespace ebb::test {

using ops::SimdKernels;

// Calls f(name, kernels) for each target.
template <class F>
void for_each_target(F f) {
  for (const ops::SimdTarget& target : ops::simd_targets()) f(target.name, target.kernels());
}

// in and out may be the same.
template <class T>
void apply(const sdk::SpanKernels& kernels, const T* in, T* out, std::size_t n,
           std::int64_t step = 1) {
  const void* inputs[] = {in};
  const auto kernel = std::is_same_v<T, float> ? kernels.f32 : kernels.f64;
  ebb_attr sharpness{};
  sharpness.r = 1;
  kernel(nullptr, inputs, &step, out, static_cast<std::int64_t>(n), &sharpness);
}

// The distance of two neighbours of type T where `value` lies.
template <class T>
double ulp(double value) {
  using Limits = std::numeric_limits<T>;
  const int exponent = value == 0 ? Limits::min_exponent - 1 : std::ilogb(value);
  return std::ldexp(1.0, std::max(exponent, Limits::min_exponent - 1) - Limits::digits + 1);
}

}  // namespace ebb::test
