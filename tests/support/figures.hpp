// Figures of tests/golden as arrays.
#pragma once

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "graph/core/array.hpp"
#include "graph/run/executor.hpp"
#include "graph/script/model.hpp"

namespace ebb::test {

inline nlohmann::json figures(const std::string& name) {
  std::ifstream file(EBB_SOURCE_DIR "/tests/golden/" + name);
  return nlohmann::json::parse(file);
}

// {"shape": [...], "values": [...]} in C order.
inline Array array_of(const nlohmann::json& tensor) {
  Array array = Array::make(DType::f64, tensor["shape"].get<std::vector<std::int64_t>>());
  const auto values = tensor["values"].get<std::vector<double>>();
  std::copy(values.begin(), values.end(), array.data<double>());
  return array;
}

// Gives the parameters the values of {"a[0].w": tensor, ...}.
inline void set_parameters(const Model& model, const nlohmann::json& tensors, Store& store) {
  for (const Parameter& p : model.parameters) {
    const Type& type = model.graph.type(p.value);
    const Tensor value = to_tensor(array_of(tensors.at(p.name)), type);
    Tensor& target = store.get(p.name, type, Precision::f64);
    std::copy_n(value.bytes(), value.size_bytes(), target.bytes());
  }
}

// Largest difference, relative to the largest magnitude of the expected values.
inline double difference(const Array& got, const Array& expected) {
  if (got.dims != expected.dims) return std::numeric_limits<double>::infinity();
  double largest = 0, worst = 0;
  for (std::int64_t i = 0; i < expected.elements(); ++i) {
    largest = std::max(largest, std::abs(expected.at(i)));
    const double d = std::abs(got.at(i) - expected.at(i));
    if (!(d <= worst)) worst = d;
  }
  return largest > 0 ? worst / largest : worst;
}

}  // namespace ebb::test
