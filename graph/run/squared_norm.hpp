// The square of a tensor's Euclidean norm.
#pragma once

#include "graph/core/tensor.hpp"

namespace ebb {

// Of real numbers, one sample of them, summed in double in their order.
double squared_norm(const Tensor& tensor);

}  // namespace ebb
