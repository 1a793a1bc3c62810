// Random values for the leaves of a graph, for numerical verification.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/core/evaluate.hpp"
#include "graph/core/graph.hpp"

namespace ebb {

// Values for the leaves that some roots depend on: the same for leaves of the same key in any
// graph. Variables are normal with sd 0.5, real inputs and the states of update rules lie in (0.05,
// 0.95), counters are 0.
class RandomPoint {
 public:
  RandomPoint(const Graph& graph, const std::vector<Value>& roots, std::int64_t samples);

  void fill(Evaluator& evaluate) const;

 private:
  Tensor value_of(Value leaf) const;

  const Graph& graph_;
  std::int64_t samples_;
  std::vector<Value> leaves_;
};

// |a - b| / max(1, |a|, |b|); NaN where either is.
double relative_difference(double a, double b);
// NaN counts as larger than any number.
void keep_largest(double& worst, double difference);

}  // namespace ebb
