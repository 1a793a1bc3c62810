#include "graph/cli/report/parameter_figures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "graph/cli/report/history.hpp"
#include "graph/run/squared_norm.hpp"

namespace ebb {

namespace {

constexpr std::size_t max_bins = 48;

// Calls `look` with each element, as the double that it is.
void each(const Tensor& tensor, const auto& look) {
  const std::int64_t n = tensor.elements_per_sample();
  const auto walk = [&](const auto* data) {
    for (std::int64_t i = 0; i < n; ++i) look(static_cast<double>(data[i]));
  };
  if (tensor.type().dtype == DType::f32) return walk(tensor.data<float>());
  if (tensor.type().dtype == DType::f64) return walk(tensor.data<double>());
  for (std::int64_t i = 0; i < n; ++i) look(tensor.at(i));
}

struct Moments {
  double least = std::numeric_limits<double>::infinity(), most = -least, sum = 0, squares = 0;
  double count = 0;  // of what is finite
};

Moments moments_of(const Tensor& tensor) {
  Moments m;
  each(tensor, [&](double x) {
    if (!std::isfinite(x)) return;
    m.least = std::min(m.least, x);
    m.most = std::max(m.most, x);
    m.sum += x;
    m.squares += x * x;
    ++m.count;
  });
  return m;
}

std::vector<std::int64_t> bins_of(const Tensor& tensor, const Moments& m) {
  // About as many as the square root of the count shows a shape, and few elements need few.
  const auto wanted = static_cast<std::size_t>(std::ceil(2 * std::sqrt(m.count)));
  const std::size_t n = m.most > m.least ? std::clamp<std::size_t>(wanted, 1, max_bins) : 1;
  std::vector<std::int64_t> bins(m.count > 0 ? n : 0);
  const double scale = static_cast<double>(n) / (m.most > m.least ? m.most - m.least : 1);
  each(tensor, [&](double x) {
    if (std::isfinite(x)) ++bins[std::min(static_cast<std::size_t>((x - m.least) * scale), n - 1)];
  });
  return bins;
}

Json figures_of(const std::string& name, const Tensor& tensor) {
  const Moments m = moments_of(tensor);
  const double mean = m.sum / m.count;
  Json shape = Json::array();
  for (const std::int64_t dim : tensor.type().shape.dims()) shape.push_back(dim);
  return {{"name", name},
          {"shape", std::move(shape)},
          {"count", tensor.elements_per_sample()},
          {"norm", rounded(std::sqrt(squared_norm(tensor)))},
          {"mean", rounded(mean)},
          {"deviation", rounded(std::sqrt(std::max(0.0, m.squares / m.count - mean * mean)))},
          {"least", rounded(m.least)},
          {"most", rounded(m.most)},
          {"bins", bins_of(tensor, m)}};
}

}  // namespace

Json parameter_figures(const Model& model, Store& store) {
  Json all = Json::array();
  for (const Parameter& parameter : model.parameters)
    all.push_back(figures_of(parameter.name, *store.find(parameter.name)));
  return all;
}

}  // namespace ebb
