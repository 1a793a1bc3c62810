#include "graph/run/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ebb {

namespace {

// Calls `look` with each finite element, as the double that it is.
void each_finite(const Tensor& tensor, const auto& look) {
  const std::int64_t n = tensor.elements_per_sample() * tensor.samples();
  const auto walk = [&](const auto& element) {
    for (std::int64_t i = 0; i < n; ++i)
      if (const double number = element(i); std::isfinite(number)) look(number);
  };
  if (tensor.type().dtype == DType::f32)
    walk([data = tensor.data<float>()](std::int64_t i) { return static_cast<double>(data[i]); });
  else if (tensor.type().dtype == DType::f64)
    walk([data = tensor.data<double>()](std::int64_t i) { return data[i]; });
  else
    walk([&](std::int64_t i) { return tensor.at(i); });
}

}  // namespace

Histogram Histogram::of(const Tensor& numbers, std::size_t intervals) {
  Histogram result{INFINITY, -INFINITY, 0, 0, {}, {}};
  each_finite(numbers, [&](double number) {
    result.least = std::min(result.least, number);
    result.largest = std::max(result.largest, number);
    result.sum += number;
    result.sum_of_squares += number * number;
  });
  if (result.least > result.largest) return {};
  const double width = (result.largest - result.least) / static_cast<double>(intervals);
  if (!(width > 0)) intervals = 1;
  for (std::size_t i = 1; i < intervals; ++i)
    result.limits.push_back(result.least + width * static_cast<double>(i));
  result.limits.push_back(result.largest);
  result.counts.resize(intervals);
  each_finite(numbers, [&](double number) {
    const auto at = std::ranges::lower_bound(result.limits, number) - result.limits.begin();
    ++result.counts[static_cast<std::size_t>(at)];
  });
  return result;
}

double Histogram::count() const { return std::accumulate(counts.begin(), counts.end(), 0.0); }

}  // namespace ebb
