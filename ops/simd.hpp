// Span kernels in SIMD instructions.
#pragma once

#include <ebb/op.hpp>
#include <vector>

namespace ebb::ops {

// Kernels of one real input, correct to 2 ulp (simd_math.hpp). softplus has its sharpness as an
// attribute: softplus(k x) / k.
struct SimdKernels {
  sdk::SpanKernels exp, log, tanh, sigmoid, erf, softplus, log_sigmoid;
};

// A set of instructions that the kernels are compiled for, as Highway names it.
struct SimdTarget {
  const char* name;
  SimdKernels (*kernels)();
};

// Those that the processor has, best first; at least one.
const std::vector<SimdTarget>& simd_targets();

// The kernels for the best target.
const SimdKernels& simd_kernels();

}  // namespace ebb::ops
