// Runs one op on given values, for tests of whole results.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "graph/core/evaluate.hpp"
#include "graph/core/gradient.hpp"
#include "graph/core/graph.hpp"
#include "tests/support/registry.hpp"

namespace ebb::test {

// Shared operands; elements in C order.
inline Tensor real(const Shape& shape, const std::vector<double>& values) {
  return Tensor::from_values(DType::f64, shape, values);
}
inline Tensor real(double value) { return real({}, {value}); }
inline Tensor whole(const Shape& shape, const std::vector<double>& values) {
  return Tensor::from_values(DType::i64, shape, values);
}
inline Tensor truth(const Shape& shape, const std::vector<double>& values) {
  return Tensor::from_values(DType::boolean, shape, values);
}
// A per-sample operand; elements in C order, sample after sample.
inline Tensor samples(DType dtype, const Shape& shape, const std::vector<double>& values) {
  const auto n = static_cast<std::int64_t>(values.size()) / shape.elements();
  Array array = Array::make(DType::f64, {n});
  array.dims.insert(array.dims.end(), shape.dims().begin(), shape.dims().end());
  array.bytes = Array::make(DType::f64, array.dims).bytes;
  std::copy(values.begin(), values.end(), array.data<double>());
  return to_tensor(array, Type{dtype, true, shape});
}

inline std::string print_element(const Array& array, std::int64_t i) {
  if (array.dtype == DType::boolean) return array.at(i) != 0 ? "true" : "false";
  char text[32];
  std::snprintf(text, sizeof text, "%.7g", array.at(i));
  return text;
}

inline std::string print(const Array& array, std::size_t dim, std::int64_t& next) {
  if (dim == array.dims.size()) return print_element(array, next++);
  std::string text = "[";
  for (std::int64_t i = 0; i < array.dims[dim]; ++i)
    text += (i > 0 ? ", " : "") + print(array, dim + 1, next);
  return text + "]";
}

// "[[1, 2], [3, 4]]", seven digits; a per-sample value as the list of its samples, "int [1, 2]".
inline std::string print(const Tensor& tensor) {
  const DType dtype = tensor.type().dtype;
  const bool is_real = dtype == DType::f32 || dtype == DType::f64;
  std::int64_t next = 0;
  return (is_real ? "" : std::string(name(dtype)) + " ") + print(to_array(tensor), 0, next);
}

// The node of one op on leaves that hold `inputs`.
struct OneOp {
  Graph graph{registry()};
  std::vector<Value> leaves;
  Value result;

  OneOp(const std::string& op, const std::vector<Tensor>& inputs, const NamedAttrs& attrs) {
    for (const Tensor& tensor : inputs) {
      Type type = tensor.type();
      if (type.dtype == DType::f64) type.dtype = DType::real;
      leaves.push_back(graph.input("x", type));
    }
    result = graph.add(registry().get(op), leaves, attrs);
  }
  Tensor evaluate(const std::vector<Tensor>& inputs, Precision precision) const {
    std::int64_t n = 1;
    for (const Tensor& tensor : inputs)
      if (tensor.type().per_sample) n = tensor.samples();
    Evaluator evaluator(graph, precision, n);
    for (std::size_t i = 0; i < inputs.size(); ++i) evaluator.set(leaves[i], inputs[i]);
    return evaluator(result);
  }
};

// What the op gives in double, printed; checks that float gives the same to its precision.
inline std::string run(const std::string& op, const std::vector<Tensor>& inputs,
                       const NamedAttrs& attrs = {}) {
  const OneOp node(op, inputs, attrs);
  const Tensor f64 = node.evaluate(inputs, Precision::f64);
  const Tensor f32 = node.evaluate(inputs, Precision::f32);
  for (std::int64_t i = 0; i < f64.elements_per_sample() * f64.samples(); ++i) {
    const double a = f32.at(i), b = f64.at(i);
    BOOST_TEST((a == b || std::abs(a - b) <= 2e-6 * std::max(1.0, std::abs(b))),
               op << " in float: " << a << ", in double: " << b);
  }
  return print(f64);
}

// The gradient of the sum of the result with respect to input `wrt`, printed.
inline std::string gradient(const std::string& op, const std::vector<Tensor>& inputs,
                            std::size_t wrt, const NamedAttrs& attrs = {}) {
  OneOp node(op, inputs, attrs);
  const Value sum =
      node.graph.add("sum_to", {node.result}, {{"shape", std::vector<std::int64_t>{}}});
  node.result = gradients(node.graph, sum, {&node.leaves[wrt], 1})[0];
  return print(node.evaluate(inputs, Precision::f64));
}

// The message (and hint) with which a node is refused; its inputs are called x, y, z.
inline std::string refusal(const std::string& op, const std::vector<Tensor>& inputs,
                           const NamedAttrs& attrs = {}) {
  try {
    const OneOp node(op, inputs, attrs);
  } catch (const OpError& e) {
    const std::string hint = e.hint.empty() ? "" : "\nhint: " + e.hint;
    return fill_in(e.message + hint, {"x", "y", "z"});
  }
  return "accepted";
}

using Ints = std::vector<std::int64_t>;

}  // namespace ebb::test
