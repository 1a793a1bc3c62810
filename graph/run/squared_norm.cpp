#include "graph/run/squared_norm.hpp"

#include <span>

namespace ebb {

namespace {

template <class Real>
double sum_of_squares(std::span<const Real> numbers) {
  double sum = 0;
  for (const Real number : numbers) sum += double{number} * double{number};
  return sum;
}

}  // namespace

double squared_norm(const Tensor& tensor) {
  const auto size = static_cast<std::size_t>(tensor.elements_per_sample());
  if (tensor.type().dtype == DType::f32)
    return sum_of_squares(std::span(tensor.data<float>(), size));
  return sum_of_squares(std::span(tensor.data<double>(), size));
}

}  // namespace ebb
