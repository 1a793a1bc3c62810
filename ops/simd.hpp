// Span kernels in SIMD instructions.
#pragma once

#include <ebb/op.hpp>

namespace ebb::ops {

// Kernels of one real input, correct to 2 ulp (simd_math.hpp). softplus has its sharpness as an
// attribute: softplus(k x) / k.
struct SimdKernels {
  sdk::SpanKernels exp, log, tanh, sigmoid, erf, softplus, log_sigmoid;
};

// Those for the best target that the processor has.
SimdKernels simd_kernels();

}  // namespace ebb::ops
