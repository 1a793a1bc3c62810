#include "graph/core/probe.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "graph/core/evaluate.hpp"

namespace ebb {

namespace {

// The k-th of 499 distinct points of the domain's part within [-2, 2] (or a part as wide as 4), at
// least 0.2 from kinks and from ends that the domain excludes, where there is room for that.
double point(const Domain& domain, std::vector<double> kinks, std::int64_t k) {
  double lower = std::max(domain.lower, -2.0), upper = std::min(domain.upper, 2.0);
  if (domain.lower > -2) upper = std::min(domain.upper, lower + 4);
  if (domain.upper < -2) lower = std::max(domain.lower, upper - 4);
  std::erase_if(kinks, [&](double kink) { return kink < lower || kink > upper; });
  const auto count = static_cast<double>(kinks.size());
  const double distance = std::min(0.2, (upper - lower) / (2 * count + 5));
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

// The k-th of the small whole numbers of a domain.
double whole_point(const InputDef& input, std::int64_t k) {
  std::array<double, 5> inside{};
  std::size_t count = 0;
  const Domain& domain = input.domain;
  for (const double x : {0.0, 1.0, 2.0, 3.0, -1.0}) {
    if (contains(domain, x) && std::ranges::find(domain.kinks, x) == domain.kinks.end())
      inside[count++] = x;
  }
  return count == 0 ? std::ceil(domain.lower) : inside[static_cast<std::size_t>(k) % count];
}

// The i-th of 499 points in an order without pattern, so that matrices of them are regular: the
// fifth power permutes the residues of this prime.
std::int64_t scattered(std::int64_t i) {
  constexpr std::int64_t points = 499;
  const std::int64_t k = i * 191 % points, square = k * k % points;
  return square * square % points * k % points;
}

// Fills a leaf; `next` counts through the points, so that no two values of a probe are equal.
Tensor values(const InputDef& input, const std::vector<double>& kinks, Type type,
              std::int64_t samples, std::int64_t& next) {
  type.dtype = concrete(type.dtype, Precision::f64);
  Tensor tensor(type, type.per_sample ? samples : 1);
  for (std::int64_t i = 0; i < tensor.elements_per_sample() * tensor.samples(); ++i) {
    const std::int64_t k = scattered(next++);
    double x = static_cast<double>(k % 2);
    if (type.dtype == DType::f64) x = point(input.domain, kinks, k);
    if (type.dtype == DType::i64 && input.dtype == EBB_ANY) x = whole_point(input, k);
    tensor.set(i, x);
  }
  return tensor;
}

}  // namespace

std::vector<std::vector<Shape>> elementwise_shapes(std::size_t inputs) {
  if (inputs == 1) return {{{}}, {{3}}, {{2, 3}}, {{2, 1, 2}}, {{2, 1, 2, 2}}};
  if (inputs == 2)
    return {{{}, {}},         {{}, {3}},        {{3}, {3}},      {{2}, {2, 3}},
            {{2, 1}, {1, 3}}, {{2, 1, 3}, {2}}, {{1, 2, 2}, {}}, {{2, 1, 2, 1}, {1, 2, 1, 2}}};
  std::vector<std::vector<Shape>> all{
      {{}, {}, {}}, {{3}, {3}, {}}, {{2}, {2, 3}, {1, 3}}, {{2, 1, 1, 2}, {2, 2}, {}}};
  for (auto& shapes : all)
    while (shapes.size() < inputs) shapes.push_back(shapes[shapes.size() - 3]);
  return all;
}

std::vector<std::vector<bool>> sharings(const ProbeCase& one) {
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

Probe make_probe(const OpRegistry& registry, const OpDef& op, const ProbeCase& one,
                 const std::vector<bool>& per_sample, std::int64_t samples, DType any) {
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
    const DType dtype = input.dtype == EBB_ANY ? any : static_cast<DType>(input.dtype);
    leaf(input, {dtype, per_sample[i], one.shapes[i]});
    if (one.adjust) one.adjust(i, probe.leaves.back().value);
  }
  if (op.claims_(EBB_RANDOM)) {
    leaf({}, {DType::i64, false, {}});
    leaf({}, {DType::i64, per_sample.empty() || per_sample[0], {}});
  }
  probe.result = probe.graph.add(op, inputs, one.attrs);
  return probe;
}

Tensor evaluated(const Probe& probe, Precision precision, std::int64_t samples) {
  Evaluator evaluator(probe.graph, precision, samples);
  for (const LeafValue& leaf : probe.leaves) evaluator.set(leaf.leaf, leaf.value);
  return evaluator(probe.result);
}

Tensor one_sample(const Tensor& tensor, std::int64_t s) {
  if (!tensor.type().per_sample) return tensor;
  Tensor alone(tensor.type(), 1);
  for (std::int64_t i = 0; i < tensor.elements_per_sample(); ++i)
    alone.set(i, tensor.at(s * tensor.elements_per_sample() + i));
  return alone;
}

Value weighted_sum(Graph& graph, Value x) {
  const Shape shape = graph.type(x).shape;
  Tensor weights(Type{DType::f64, false, shape});
  for (std::int64_t i = 0; i < shape.elements(); ++i)
    weights.set(i, 0.5 + static_cast<double>(i * 7 % 11) / 11);
  const Value products = graph.add("mul", {graph.constant(weights), x});
  return graph.add("sum_to", {products}, {{"shape", std::vector<std::int64_t>{}}});
}

std::string nine_digits(double value) {
  if (std::isnan(value)) return "nan";
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

std::string describe(const OpDef& op, const ProbeCase& one, const std::vector<bool>& per_sample) {
  std::string text = op.name + ", shapes";
  for (std::size_t i = 0; i < one.shapes.size(); ++i)
    text += (i ? ", " : " ") + to_string(one.shapes[i]) + (per_sample[i] ? " (per sample)" : "");
  for (const auto& [name, value] : one.attrs) text += ", " + name + " = " + to_string(value);
  return text;
}

}  // namespace ebb
