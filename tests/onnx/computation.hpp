// A graph with its leaves set and its outputs named, however it was made.
#pragma once

#include <string>
#include <vector>

#include "graph/core/graph.hpp"
#include "tests/onnx/model.hpp"

namespace ebb::test::onnx {

using Values = std::vector<Value>;

struct Computation {
  struct Leaf {
    Value value;
    Tensor tensor;
  };

  explicit Computation(Graph& graph) : graph(graph) {}
  // `array` is in C order; it is reshaped to the value's type.
  void set(Value leaf, const Array& array) {
    leaves.push_back({leaf, to_tensor(array, graph.type(leaf))});
  }

  Graph& graph;  // of somebody else
  std::vector<Leaf> leaves;
  Values outputs;
  std::int64_t samples = 1;
};

// Computes the outputs node by node in double and in `precision`, and by a compiled plan with the
// rewrites of the library, and holds them against what is expected. Whole numbers, bools,
// infinities and NaNs must be the same. A float may be off by 1e-5 of its own size and 1e-6 of the
// largest in its tensor (sums cancel), a double by 1e-12 of both. Throws std::runtime_error where
// they differ.
void check(Computation& computation, const std::vector<Literal>& expected, Precision precision);

}  // namespace ebb::test::onnx
