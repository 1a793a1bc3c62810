#include "tests/ops/cases.hpp"

#include <algorithm>
#include <cmath>

namespace ebb::test {

namespace {

using Ints = std::vector<std::int64_t>;

const std::int64_t zero = 0, one = 1;

// Attributes that elementwise ops require.
const std::map<std::string, std::vector<NamedAttrs>> elementwise_attrs = {
    {"scale", {{{"factor", -1.5}}}},
    {"power",
     {{{"n", std::int64_t{-1}}},
      {{"n", zero}},
      {{"n", one}},
      {{"n", std::int64_t{2}}},
      {{"n", std::int64_t{3}}},
      {{"n", std::int64_t{4}}}}},
};

const std::map<std::string, std::vector<Case>>& tensor_cases() {
  static const std::map<std::string, std::vector<Case>> all = {
      {"matmul",
       {{{{2, 3}, {3}}, {}},
        {{{2, 3}, {3, 2}}, {}},
        {{{3, 2}, {3, 4}}, {{"ta", true}}},
        {{{2, 3}, {4, 3}}, {{"tb", true}}},
        {{{3, 2}, {4, 3}}, {{"ta", true}, {"tb", true}}},
        {{{3}, {3}}, {{"ta", true}}},
        {{{3}, {2}}, {{"tb", true}}},
        {{{2, 3}, {3}}, {{"over_samples", true}}, true},
        {{{3}, {2}}, {{"tb", true}, {"over_samples", true}}, true}}},
      {"transpose", {{{{2, 3}}, {}}, {{{3}}, {}}, {{{}}, {}}}},
      {"reshape",
       {{{{2, 3}}, {{"shape", Ints{3, 2}}}},
        {{{2, 1, 3, 1}}, {{"shape", Ints{6}}}},
        {{{1}}, {{"shape", Ints{}}}}}},
      {"broadcast",
       {{{{2}}, {{"shape", Ints{2, 3}}}},
        {{{}}, {{"shape", Ints{2}}, {"per_sample", true}}},
        {{{1, 2}}, {{"shape", Ints{3, 2, 2}}}}}},
      {"sum_to",
       {{{{2, 3}}, {{"shape", Ints{2}}}},
        {{{2, 3}}, {{"shape", Ints{1, 3}}}},
        {{{2, 2, 1, 2}}, {{"shape", Ints{}}}}}},
      {"sample_sum", {{{{}}, {}, true}, {{{2, 3}}, {}, true}}},
      {"sample_weight", {{{}, {}}}},
      {"convert", {{{{2, 3}}, {{"dtype", std::int64_t{EBB_REAL}}}}}},
      {"softmax", {{{{1}}, {}}, {{{4}}, {}}, {{{3, 2}}, {}}, {{{2, 2, 1, 2}}, {}}}},
      {"log_softmax", {{{{1}}, {}}, {{{4}}, {}}, {{{3, 2}}, {}}, {{{2, 2, 1, 2}}, {}}}},
      {"argmax", {{{{4}}, {}}, {{{2, 3}}, {{"dim", one}}}}},
      {"argmin", {{{{4}}, {}}, {{{2, 3}}, {{"dim", one}}}}},
      {"slice",
       {{{{5}}, {{"begin", Ints{1}}, {"end", Ints{4}}}},
        {{{5}}, {{"begin", Ints{2}}, {"end", Ints{3}}, {"drop", Ints{0}}}},
        {{{2, 3}}, {{"begin", Ints{0, 1}}, {"end", Ints{2, 2}}, {"drop", Ints{1}}}},
        {{{2, 3, 2, 2}}, {{"begin", Ints{1, 1}}, {"end", Ints{2, 3}}, {"drop", Ints{0}}}},
        {{{}}, {{"begin", Ints{}}, {"end", Ints{}}}}}},
      {"pad",
       {{{{3}}, {{"before", Ints{1}}, {"after", Ints{2}}}},
        {{{2, 3}}, {{"before", Ints{0, 1}}, {"after", Ints{1, 0}}}},
        {{{}}, {{"before", Ints{}}, {"after", Ints{}}}}}},
      {"concat",
       {{{{2}, {3}}, {}},
        {{{}, {2}, {}}, {}},
        {{{2, 1}, {2, 3}, {2, 2}}, {{"dim", one}}},
        {{{1, 2, 2}, {2, 2, 2}}, {{"dim", zero}}}}},
      {"one_hot", {{{{}}, {{"classes", std::int64_t{3}}}}, {{{2}}, {{"classes", one}}}}},
      {"dropout", {{{{}}, {{"p", 0.3}}}, {{{2, 3}}, {{"p", 0.3}}}, {{{2, 3, 1, 2}}, {}}}},
      {"zeros", {{{}, {{"shape", Ints{2, 3}}}}}},
      {"constant", {{{}, {{"shape", Ints{2}}, {"value", 0.5}}}}},
      {"uniform", {{{}, {{"shape", Ints{2, 3}}}}}},
      {"normal", {{{}, {{"shape", Ints{2, 3}}}}}},
      {"glorot", {{{}, {{"shape", Ints{2, 3}}}}}},
      {"he", {{{}, {{"shape", Ints{2, 3}}}}}},
  };
  return all;
}

// Reductions: every choice of dimensions that differs in kind.
std::vector<Case> reductions() {
  return {{{{}}, {}},
          {{{4}}, {}},
          {{{2, 3}}, {}},
          {{{2, 3}}, {{"dims", Ints{0}}}},
          {{{2, 3}}, {{"dims", Ints{1}}}},
          {{{2, 1, 3}}, {{"dims", Ints{1}}}},
          {{{2, 2, 3}}, {{"dims", Ints{0, 2}}}},
          {{{2, 2, 1, 2}}, {{"dims", Ints{3, 1}}}}};
}

std::vector<std::vector<Shape>> elementwise_shapes(std::size_t inputs) {
  if (inputs == 1) return {{{}}, {{3}}, {{2, 3}}, {{2, 1, 2}}, {{2, 1, 2, 2}}};
  if (inputs == 2)
    return {{{}, {}},         {{}, {3}},        {{3}, {3}},      {{2}, {2, 3}},
            {{2, 1}, {1, 3}}, {{2, 1, 3}, {2}}, {{1, 2, 2}, {}}, {{2, 1, 2, 1}, {1, 2, 1, 2}}};
  return {{{}, {}, {}}, {{3}, {3}, {}}, {{2}, {2, 3}, {1, 3}}, {{2, 1, 1, 2}, {2, 2}, {}}};
}

// The k-th of 499 distinct points of the domain's part within [-2, 2] (or a part as wide as 4), at
// least 0.1 from kinks.
double point(const Domain& domain, std::int64_t k) {
  double lower = std::max(domain.lower, -2.0), upper = std::min(domain.upper, 2.0);
  if (domain.lower > -2) upper = std::min(domain.upper, lower + 4);
  if (domain.lower_excluded || domain.lower == 0) lower += 0.2;
  double x = lower + (upper - lower) * (static_cast<double>(k) + 0.5) / 499;
  for (const double kink : domain.kinks) x += x >= kink ? 0.1 : -0.1;
  return std::max(x, lower);
}

// Fills a leaf; `next` counts through the points, so that no two values of a probe are equal.
Tensor values(const InputDef& input, Type type, std::int64_t samples, std::int64_t& next) {
  type.dtype = concrete(type.dtype, Precision::f64);
  Tensor tensor(type, type.per_sample ? samples : 1);
  for (std::int64_t i = 0; i < tensor.elements_per_sample() * tensor.samples(); ++i) {
    const std::int64_t k = next++ * 191 % 499;
    tensor.set(i, type.dtype == DType::f64 ? point(input.domain, k) : static_cast<double>(k % 2));
  }
  return tensor;
}

DType leaf_dtype(const InputDef& input) {
  return input.dtype == EBB_ANY ? DType::real : static_cast<DType>(input.dtype);
}

}  // namespace

std::vector<Case> cases_of(const OpDef& op) {
  static const std::vector<std::string> reducing = {"sum", "mean", "max", "min"};
  if (std::ranges::find(reducing, op.name) != reducing.end()) return reductions();
  if (!op.is_elementwise()) {
    const auto it = tensor_cases().find(op.name);
    return it == tensor_cases().end() ? std::vector<Case>{} : it->second;
  }
  const auto it = elementwise_attrs.find(op.name);
  const auto attrs = it == elementwise_attrs.end() ? std::vector<NamedAttrs>(1) : it->second;
  std::vector<Case> cases;
  for (const auto& shapes : elementwise_shapes(op.inputs.size()))
    for (const auto& each : attrs) cases.push_back({shapes, each, false});
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
    const Value value = probe.graph.input("x" + std::to_string(inputs.size()), type);
    inputs.push_back(value);
    probe.leaves.push_back({value, values(input, type, samples, next)});
  };
  for (std::size_t i = 0; i < one.shapes.size(); ++i) {
    const InputDef& input = op.inputs[std::min(i, op.inputs.size() - 1)];
    leaf(input, {leaf_dtype(input), per_sample[i], one.shapes[i]});
  }
  if (op.claims_(EBB_RANDOM)) {
    leaf({}, {DType::i64, false, {}});
    leaf({}, {DType::i64, per_sample[0], {}});
  }
  probe.result = probe.graph.add(op, inputs, one.attrs);
  return probe;
}

std::string describe(const OpDef& op, const Case& one, const std::vector<bool>& per_sample) {
  std::string text = op.name + ", shapes";
  for (std::size_t i = 0; i < one.shapes.size(); ++i)
    text += (i ? ", " : " ") + to_string(one.shapes[i]) + (per_sample[i] ? " (per sample)" : "");
  for (const auto& [name, value] : one.attrs) text += ", " + name + " = " + to_string(value);
  return text;
}

}  // namespace ebb::test
