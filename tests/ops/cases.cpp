#include "tests/ops/cases.hpp"

#include <algorithm>
#include <cmath>

#include "graph/core/evaluate.hpp"

namespace ebb::test {

namespace {

// Of all tensor ops.
const Cases& tensor_cases() {
  static const Cases all = [] {
    Cases joined;
    for (const auto family :
         {structure_cases, softmax_cases, reductions_cases, linear_algebra_cases, indexing_cases,
          shape_cases, convolution_cases, pooling_cases, random_cases, initializers_cases})
      joined.merge(family());
    return joined;
  }();
  return all;
}

std::vector<std::vector<Shape>> elementwise_shapes(std::size_t inputs) {
  if (inputs == 1) return {{{}}, {{3}}, {{2, 3}}, {{2, 1, 2}}, {{2, 1, 2, 2}}};
  if (inputs == 2)
    return {{{}, {}},         {{}, {3}},        {{3}, {3}},      {{2}, {2, 3}},
            {{2, 1}, {1, 3}}, {{2, 1, 3}, {2}}, {{1, 2, 2}, {}}, {{2, 1, 2, 1}, {1, 2, 1, 2}}};
  return {{{}, {}, {}}, {{3}, {3}, {}}, {{2}, {2, 3}, {1, 3}}, {{2, 1, 1, 2}, {2, 2}, {}}};
}

// The k-th of 499 distinct points of the domain's part within [-2, 2] (or a part as wide as 4), at
// least 0.2 from kinks and from ends that the domain excludes.
double point(const Domain& domain, std::vector<double> kinks, std::int64_t k) {
  constexpr double distance = 0.2;
  double lower = std::max(domain.lower, -2.0), upper = std::min(domain.upper, 2.0);
  if (domain.lower > -2) upper = std::min(domain.upper, lower + 4);
  if (domain.lower_excluded || domain.lower == 0) lower += distance;
  if (domain.upper_excluded) upper -= distance;
  std::erase_if(kinks, [&](double kink) { return kink < lower || kink > upper; });
  std::sort(kinks.begin(), kinks.end());
  upper -= 2 * distance * static_cast<double>(kinks.size());
  double x = lower + (upper - lower) * (static_cast<double>(k) + 0.5) / 499;
  for (const double kink : kinks)
    if (x > kink - distance) x += 2 * distance;
  return x;
}

// Fills a leaf; `next` counts through the points, so that no two values of a probe are equal.
Tensor values(const InputDef& input, const std::vector<double>& kinks, Type type,
              std::int64_t samples, std::int64_t& next) {
  type.dtype = concrete(type.dtype, Precision::f64);
  Tensor tensor(type, type.per_sample ? samples : 1);
  for (std::int64_t i = 0; i < tensor.elements_per_sample() * tensor.samples(); ++i) {
    const std::int64_t k = next++ * 191 % 499;
    tensor.set(
        i, type.dtype == DType::f64 ? point(input.domain, kinks, k) : static_cast<double>(k % 2));
  }
  return tensor;
}

DType leaf_dtype(const InputDef& input) {
  return input.dtype == EBB_ANY ? DType::real : static_cast<DType>(input.dtype);
}

}  // namespace

std::vector<Case> cases_of(const OpDef& op) {
  static const Cases elementwise = elementwise_cases();
  const Cases& known = op.is_elementwise() ? elementwise : tensor_cases();
  const auto it = known.find(op.name);
  const auto found = it == known.end() ? std::vector<Case>{} : it->second;
  if (!op.is_elementwise()) return found;
  std::vector<Case> cases;
  for (const auto& shapes : elementwise_shapes(op.inputs.size()))
    for (Case one : found.empty() ? std::vector<Case>(1) : found) {
      one.shapes = shapes;
      cases.push_back(std::move(one));
    }
  return cases;
}

std::vector<std::vector<bool>> sharings(const Case& one) {
  const std::size_t n = one.shapes.size();
  if (n == 0) return {{}};
  std::vector<std::vector<bool>> all;
  if (!one.needs_samples) all.emplace_back(n, false);
  all.emplace_back(n, true);
  if (n == 1) return all;
  for (const std::size_t only : {std::size_t{0}, n - 1}) {
    all.emplace_back(n, false);
    all.back()[only] = true;
  }
  return all;
}

Probe make_probe(const OpRegistry& registry, const OpDef& op, const Case& one,
                 const std::vector<bool>& per_sample, std::int64_t samples) {
  Probe probe{Graph(registry), {}, {}};
  std::int64_t next = 1;
  std::vector<Value> inputs;
  const auto leaf = [&](const InputDef& input, const Type& type) {
    const bool moved = inputs.empty() && !one.kinks.empty();
    const Value value = probe.graph.input("x" + std::to_string(inputs.size()), type);
    inputs.push_back(value);
    const auto& kinks = moved ? one.kinks : input.domain.kinks;
    probe.leaves.push_back({value, values(input, kinks, type, samples, next)});
  };
  for (std::size_t i = 0; i < one.shapes.size(); ++i) {
    const InputDef& input = op.inputs[std::min(i, op.inputs.size() - 1)];
    leaf(input, {leaf_dtype(input), per_sample[i], one.shapes[i]});
    if (one.adjust) one.adjust(i, probe.leaves.back().value);
  }
  if (op.claims_(EBB_RANDOM)) {
    leaf({}, {DType::i64, false, {}});
    leaf({}, {DType::i64, per_sample.empty() || per_sample[0], {}});
  }
  probe.result = probe.graph.add(op, inputs, one.attrs);
  return probe;
}

Tensor evaluated(const Probe& probe, Precision precision, std::int64_t n) {
  Evaluator evaluator(probe.graph, precision, n);
  for (const LeafValue& leaf : probe.leaves) evaluator.set(leaf.leaf, leaf.value);
  return evaluator(probe.result);
}

// Sample s of a per-sample tensor, alone; a shared one as it is.
Tensor one_sample(const Tensor& tensor, std::int64_t s) {
  if (!tensor.type().per_sample) return tensor;
  Tensor alone(tensor.type(), 1);
  for (std::int64_t i = 0; i < tensor.elements_per_sample(); ++i)
    alone.set(i, tensor.at(s * tensor.elements_per_sample() + i));
  return alone;
}

std::string describe(const OpDef& op, const Case& one, const std::vector<bool>& per_sample) {
  std::string text = op.name + ", shapes";
  for (std::size_t i = 0; i < one.shapes.size(); ++i)
    text += (i ? ", " : " ") + to_string(one.shapes[i]) + (per_sample[i] ? " (per sample)" : "");
  for (const auto& [name, value] : one.attrs) text += ", " + name + " = " + to_string(value);
  return text;
}

}  // namespace ebb::test
