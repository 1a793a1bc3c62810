#include "graph/cli/report/parameter_figures.hpp"

#include <algorithm>
#include <cmath>

#include "graph/cli/report/history.hpp"
#include "graph/run/histogram.hpp"
#include "graph/run/squared_norm.hpp"

namespace ebb {

namespace {

constexpr std::int64_t max_bins = 48;

// About as many as the square root of the count shows a shape, and few elements need few.
std::size_t bins_for(std::int64_t count) {
  const auto wanted = static_cast<std::int64_t>(std::ceil(2 * std::sqrt(count)));
  return static_cast<std::size_t>(std::clamp<std::int64_t>(wanted, 1, max_bins));
}

Json figures_of(const std::string& name, const Tensor& tensor) {
  const Histogram histogram = Histogram::of(tensor, bins_for(tensor.elements_per_sample()));
  const double count = histogram.count(), mean = histogram.sum / count;
  const auto known = [&](double number) { return rounded(count > 0 ? number : NAN); };
  Json shape = Json::array();
  for (const std::int64_t dim : tensor.type().shape.dims()) shape.push_back(dim);
  return {{"name", name},
          {"shape", std::move(shape)},
          {"count", tensor.elements_per_sample()},
          {"norm", rounded(std::sqrt(squared_norm(tensor)))},
          {"mean", rounded(mean)},
          {"deviation",
           rounded(std::sqrt(std::max(0.0, histogram.sum_of_squares / count - mean * mean)))},
          {"least", known(histogram.least)},
          {"most", known(histogram.largest)},
          {"bins", std::vector<std::int64_t>(histogram.counts.begin(), histogram.counts.end())}};
}

}  // namespace

Json parameter_figures(const Model& model, Store& store) {
  Json all = Json::array();
  for (const Parameter& parameter : model.parameters)
    all.push_back(figures_of(parameter.name, *store.find(parameter.name)));
  return all;
}

}  // namespace ebb
