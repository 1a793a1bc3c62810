#include "graph/run/divergence.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "graph/compile/plan.hpp"
#include "graph/compile/schedule.hpp"

namespace ebb {

namespace {

std::string digits(double number) {
  std::array<char, 32> text{};
  return {text.data(),
          static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.4g", number))};
}

// What stands in one sample of a value, or in a shared one.
struct Range {
  double lowest = INFINITY, highest = -INFINITY;
  bool is_finite = true;
};

Range range_of(const Tensor& tensor, std::int64_t sample) {
  Range range;
  const std::int64_t n = tensor.elements_per_sample();
  const std::int64_t first = tensor.type().per_sample ? sample * n : 0;
  for (std::int64_t i = first; i < first + n; ++i) {
    const double number = tensor.at(i);
    range.is_finite = range.is_finite && std::isfinite(number);
    range.lowest = std::min(range.lowest, number);
    range.highest = std::max(range.highest, number);
  }
  return range;
}

std::optional<std::int64_t> first_fault_in(const Tensor& tensor) {
  const std::int64_t n = tensor.elements_per_sample() * tensor.samples();
  for (std::int64_t i = 0; i < n; ++i)
    if (!std::isfinite(tensor.at(i))) return i;
  return std::nullopt;
}

bool holds_reals(const Type& type) { return type.dtype == DType::f32 || type.dtype == DType::f64; }

}  // namespace

struct UpdateInspection::Impl {
  const Model& model;
  std::vector<Value> values;  // in topological order
  Executor executor;

  std::string name(Value value, std::size_t number) const {
    const std::string* own = model.graph.name(value);
    return own ? *own : "operand " + std::to_string(number + 1);
  }
  Diagnostic fault(Value value, const Tensor& tensor, std::int64_t element,
                   std::span<const std::int64_t> samples) const;
};

namespace {

std::vector<Value> all_values(const Graph& graph, std::span<const Value> roots) {
  std::vector<Value> values;
  for (const NodeId id : live_nodes(graph, roots))
    for (std::uint32_t i = 0; i < graph.node(id).outputs.size(); ++i) values.push_back({id, i});
  return values;
}

PlanRequest keeping(std::vector<Value> values, Precision precision, std::int64_t max_samples) {
  PlanRequest request;
  request.fetches = std::move(values);
  request.precision = precision;
  request.max_samples = max_samples;
  return request;
}

}  // namespace

UpdateInspection::UpdateInspection(const Model& model, std::span<const Value> roots, Store& store,
                                   Precision precision, std::int64_t max_samples) {
  auto values = all_values(model.graph, roots);
  Executor executor(make_plan(model.graph, keeping(values, precision, max_samples)), store);
  impl_ = std::make_unique<Impl>(Impl{model, std::move(values), std::move(executor)});
}

UpdateInspection::~UpdateInspection() = default;

Executor& UpdateInspection::executor() { return impl_->executor; }

std::optional<Diagnostic> UpdateInspection::first_fault(
    std::span<const std::int64_t> samples) const {
  for (const Value value : impl_->values) {
    const Tensor tensor = impl_->executor.fetch_tensor(value);
    if (!holds_reals(tensor.type())) continue;
    const auto element = first_fault_in(tensor);
    if (!element) continue;
    // Parameters or data that are not finite were so before.
    if (impl_->model.graph.node(value).op->leaf) return std::nullopt;
    return impl_->fault(value, tensor, *element, samples);
  }
  return std::nullopt;
}

Diagnostic UpdateInspection::Impl::fault(Value value, const Tensor& tensor, std::int64_t element,
                                         std::span<const std::int64_t> samples) const {
  const Node& node = model.graph.node(value);
  const std::int64_t n = tensor.elements_per_sample();
  const std::int64_t sample = n > 0 ? element / n : 0;
  std::string text = "the first number that is not finite is made here: " + node.op->name +
                     " gives " + digits(tensor.at(element));
  if (tensor.type().per_sample && static_cast<std::size_t>(sample) < samples.size())
    text += " for sample " + std::to_string(samples[static_cast<std::size_t>(sample)]);
  std::vector<std::string> operands;
  const auto inputs = model.graph.inputs(value.node);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor operand = executor.fetch_tensor(inputs[i]);
    const Range range = range_of(operand, sample);
    operands.push_back(name(inputs[i], i) + " lies between " + digits(range.lowest) + " and " +
                       digits(range.highest));
  }
  return {Severity::note, std::move(text), node.span, {}, std::move(operands)};
}

}  // namespace ebb
