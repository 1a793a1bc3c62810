#include "graph/run/divergence.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <set>

#include "graph/compile/plan.hpp"
#include "graph/compile/schedule.hpp"

namespace ebb {

namespace {

std::string digits(double number) {
  // Its sign says nothing.
  if (std::isnan(number)) return "nan";
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

// The largest of the numbers' bits without their signs: those of an infinity are larger than those
// of finite numbers, and those of a NaN larger still.
template <class Bits>
Bits largest_bits(const Tensor& tensor) {
  const std::byte* from = tensor.bytes();
  Bits largest = 0;
  for (std::size_t left = tensor.size_bytes() / sizeof(Bits); left > 0; --left) {
    Bits bits;
    std::memcpy(&bits, from, sizeof bits);
    largest = std::max(largest, static_cast<Bits>(bits & (static_cast<Bits>(-1) >> 1)));
    from += sizeof bits;
  }
  return largest;
}

}  // namespace

const char* word_for(double number) { return std::isnan(number) ? "NaN" : "infinite"; }

FiniteStore::Worst FiniteStore::worst_of(const Tensor& tensor) {
  const auto compared = [](auto largest, auto infinity) {
    return largest > infinity ? Worst::nan : largest == infinity ? Worst::infinite : Worst::finite;
  };
  if (tensor.type().dtype == DType::f32)
    return compared(largest_bits<std::uint32_t>(tensor), std::uint32_t{0x7F800000});
  if (tensor.type().dtype == DType::f64)
    return compared(largest_bits<std::uint64_t>(tensor), std::uint64_t{0x7FF0000000000000});
  return Worst::finite;
}

void FiniteStore::begin(const Store& store) {
  worst_.clear();
  for (const auto& [name, tensor] : store.all()) worst_.emplace(name, worst_of(tensor));
}

std::optional<FiniteStore::Spoiled> FiniteStore::spoiled(const Store& store) const {
  for (const auto& [name, tensor] : store.all()) {
    const Worst now = worst_of(tensor);
    if (now == Worst::finite) continue;
    const auto then = worst_.find(name);
    if (then == worst_.end() || now > then->second)
      return Spoiled{name, now == Worst::nan ? NAN : INFINITY};
  }
  return std::nullopt;
}

bool FiniteStore::began_finite(const std::string& name) const {
  const auto found = worst_.find(name);
  return found == worst_.end() || found->second == Worst::finite;
}

struct UpdateInspection::Impl {
  const Model& model;
  std::vector<Value> roots;
  std::vector<Value> values;  // in topological order
  Executor executor;

  std::string name(Value value, std::size_t number) const {
    const std::string* own = model.graph.name(value);
    return own ? *own : "operand " + std::to_string(number + 1);
  }
  // Its tensor where that is not finite.
  std::optional<Tensor> spoiled(Value value) const;
  std::vector<Value> causes() const;
  Fault fault(Value value, std::span<const std::int64_t> samples) const;
  Fault given(Value value, const std::string& number, const std::string& sample) const;
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
  impl_ = std::make_unique<Impl>(
      Impl{model, {roots.begin(), roots.end()}, std::move(values), std::move(executor)});
}

UpdateInspection::~UpdateInspection() = default;

Executor& UpdateInspection::executor() { return impl_->executor; }

std::optional<Tensor> UpdateInspection::Impl::spoiled(Value value) const {
  Tensor tensor = executor.fetch_tensor(value);
  if (!holds_reals(tensor.type()) || !first_fault_in(tensor)) return std::nullopt;
  return tensor;
}

// What is not finite though no operand is so, and makes the first root that is not finite so along
// a path of values none of which is finite.
std::vector<Value> UpdateInspection::Impl::causes() const {
  const auto root =
      std::ranges::find_if(roots, [&](Value value) { return spoiled(value).has_value(); });
  std::vector<Value> found;
  if (root == roots.end()) return found;
  std::vector<Value> ahead{*root};
  std::set<Value> seen{*root};
  while (!ahead.empty()) {
    const Value value = ahead.back();
    ahead.pop_back();
    bool is_cause = true;
    for (const Value input : model.graph.inputs(value.node)) {
      if (!spoiled(input)) continue;
      is_cause = false;
      if (seen.insert(input).second) ahead.push_back(input);
    }
    if (is_cause) found.push_back(value);
  }
  return found;
}

std::optional<Fault> UpdateInspection::first_fault(std::span<const std::int64_t> samples) const {
  const std::vector<Value> causes = impl_->causes();
  // What an op makes says more than what it was given: an infinite parameter may be meant so.
  for (const bool is_leaf : {false, true})
    for (const Value value : impl_->values)
      if ((impl_->model.graph.node(value).op->leaf) == is_leaf &&
          std::ranges::find(causes, value) != causes.end())
        return impl_->fault(value, samples);
  return std::nullopt;
}

Fault UpdateInspection::Impl::fault(Value value, std::span<const std::int64_t> samples) const {
  const Node& node = model.graph.node(value);
  const Tensor tensor = executor.fetch_tensor(value);
  const std::int64_t n = tensor.elements_per_sample(), element = *first_fault_in(tensor);
  const std::int64_t sample = element / n;
  const std::string number = digits(tensor.at(element));
  std::string of_sample;
  if (tensor.type().per_sample && static_cast<std::size_t>(sample) < samples.size())
    of_sample = " for sample " + std::to_string(samples[static_cast<std::size_t>(sample)]);
  if (node.op->leaf) return given(value, number, of_sample);
  std::vector<std::string> operands;
  const auto inputs = model.graph.inputs(value.node);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor operand = executor.fetch_tensor(inputs[i]);
    const Range range = range_of(operand, sample);
    operands.push_back(name(inputs[i], i) + " lies between " + digits(range.lowest) + " and " +
                       digits(range.highest));
  }
  return {{Severity::note,
           "the first number that is not finite is made here: " + node.op->name + " gives " +
               number + of_sample,
           node.span,
           {},
           std::move(operands)},
          {}};
}

// What was not finite before the update.
Fault UpdateInspection::Impl::given(Value value, const std::string& number,
                                    const std::string& sample) const {
  const Node& node = model.graph.node(value);
  const auto note = [](const std::string& text, const Span& at) {
    return Diagnostic{Severity::note, text, at, {}, {}};
  };
  const DataBlock* block = model.find_data("train");
  if (!model.columns.contains(node.key) || !block) {
    const auto parameter = std::ranges::find(model.parameters, value, &Parameter::value);
    if (parameter != model.parameters.end())
      return {note("the parameter " + node.key + " holds " + number + " before the update",
                   parameter->span),
              {"other first values"}};
    if (node.constant)
      return {note("this is " + number, node.span), {"a number that is finite in this precision"}};
    return {note(node.key + " holds " + number + " before the update", node.span), {}};
  }
  const auto uses = [&](const NamedValue& binding) {
    const auto made_from = all_values(model.graph, {&binding.value, 1});
    return std::ranges::find(made_from, value) != made_from.end();
  };
  const auto binding = std::ranges::find_if(block->bindings, uses);
  const bool is_bound = binding != block->bindings.end();
  return {note("the data are not finite: " + (is_bound ? binding->name : node.key) +
                   " of data train is " + number + sample,
               is_bound ? binding->span : node.span),
          {"leave such samples out of the data, or put other numbers in their place"}};
}

}  // namespace ebb
