// Graphs in tests: the built-in ops, values as text, random leaves, evaluation node by node.
#pragma once

#include <cmath>
#include <ebb/random.hpp>
#include <string>
#include <vector>

#include "graph/core/evaluate.hpp"
#include "graph/core/graph.hpp"
#include "tests/support/registry.hpp"

namespace ebb::test {

inline Type real_type(Shape shape, bool per_sample = false) {
  return {DType::real, per_sample, shape};
}
inline Type real_per_sample(Shape shape) { return real_type(shape, true); }

// x[begin..end] and x[:, at].
inline Value rows(Graph& g, Value value, std::int64_t begin, std::int64_t end) {
  return g.add(
      "slice", {value},
      {{"begin", std::vector<std::int64_t>{begin}}, {"end", std::vector<std::int64_t>{end}}});
}

inline Value column(Graph& g, Value value, std::int64_t at) {
  const std::int64_t size = g.type(value).shape[0];
  return g.add("slice", {value},
               {{"begin", std::vector<std::int64_t>{0, at}},
                {"end", std::vector<std::int64_t>{size, at + 1}},
                {"drop", std::vector<std::int64_t>{1}}});
}

// "add(x, scale(y, factor=2))": leaves by key, constants by value, attributes that differ from
// their defaults.
inline std::string text(const Graph& graph, Value value) {
  const Node& node = graph.node(value);
  if (node.constant) {
    std::string numbers;
    for (std::int64_t i = 0; i < node.constant->elements_per_sample(); ++i) {
      std::string number = to_string(Attr(node.constant->at(i)));
      numbers += (i ? ", " : "") + number;
    }
    return node.outputs[0].shape.is_scalar() ? numbers : "[" + numbers + "]";
  }
  if (node.op->leaf) return node.key;
  std::string result;
  for (const Value input : graph.inputs(value.node))
    result += (result.empty() ? "" : ", ") + text(graph, input);
  for (std::size_t i = 0; node.attrs && i < node.attrs->values().size(); ++i) {
    const AttrDef& def = node.op->attrs[i];
    const Attr& attr = (*node.attrs)[i];
    if (!def.fallback || !(*def.fallback == attr))
      result += (result.empty() ? "" : ", ") + def.name + "=" + to_string(attr);
  }
  result = node.op->name + "(" + result + ")";
  return value.output == 0 ? result : result + "#" + std::to_string(value.output);
}

// Numbers for a leaf that depend on its key alone: around 0 for reals, 0 to 4 for whole numbers.
inline Tensor random_tensor(const Graph& graph, Value leaf, std::int64_t samples) {
  const Node& node = graph.node(leaf);
  Type type = node.outputs[0];
  if (type.dtype == DType::real) type.dtype = DType::f64;
  Tensor tensor(type, type.per_sample ? samples : 1);
  const sdk::RandomStream stream{sdk::random_key(1, node.key.c_str())};
  const bool whole = type.dtype != DType::f64 && type.dtype != DType::f32;
  for (std::int64_t i = 0; i < tensor.elements_per_sample() * tensor.samples(); ++i) {
    const double normal = stream.normal(static_cast<std::uint64_t>(i));
    tensor.set(i, whole ? std::floor(std::min(4.0, std::abs(2 * normal))) : normal);
  }
  return tensor;
}

// The leaves (without constants) that the roots depend on.
inline std::vector<Value> leaves(const Graph& graph, std::vector<Value> roots) {
  std::vector<Value> result;
  for (const NodeId id : live_nodes(graph, roots))
    if (graph.node(id).op->leaf && !graph.node(id).constant) result.push_back({id, 0});
  return result;
}

// `value` by plain evaluation on random leaves.
inline Tensor evaluated(const Graph& graph, Value value, std::int64_t samples,
                        Precision precision = Precision::f64) {
  Evaluator evaluate(graph, precision, samples);
  for (const Value leaf : leaves(graph, {value}))
    evaluate.set(leaf, random_tensor(graph, leaf, samples));
  return evaluate(value);
}

// The largest difference relative to max(1, |b|); infinite where types differ, or where only one of
// two numbers is NaN.
inline double difference(const Tensor& a, const Tensor& b) {
  if (a.type().shape != b.type().shape || a.samples() != b.samples()) return INFINITY;
  double worst = 0;
  for (std::int64_t i = 0; i < a.elements_per_sample() * a.samples(); ++i) {
    const double x = a.at(i), y = b.at(i);
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    const double apart = std::abs(x - y) / std::max(1.0, std::abs(y));
    worst = std::isnan(apart) ? INFINITY : std::max(worst, apart);
  }
  return worst;
}

}  // namespace ebb::test
