// Central differences of a scalar with respect to one value of its graph.
#pragma once

#include <cstdint>
#include <string>

#include "graph/core/evaluate.hpp"
#include "graph/core/graph.hpp"

namespace ebb {

struct Comparison {
  std::int64_t entries = 0, compared = 0;
  double difference = 0;  // the largest, relative to the largest derivative
  bool all_zero = false;
  bool finite = true;
  std::string message;  // "" where all agree: the worst entry, with both numbers
};

// A scalar as a function of one leaf, all else as it is at a point. What the leaf can not change is
// computed once. Values of ops whose gradient is by definition stay as they are at the point.
class Differences {
 public:
  // `objective` may be per sample: it is summed over the samples. `point` must outlive this.
  Differences(const Graph& graph, Value objective, Value leaf, Evaluator& point,
              std::int64_t samples);

  // Compares a gradient with differences, at `most` entries drawn by `key` where there are more.
  // Derivatives agree where they differ by at most `tolerance` times the largest of them.
  Comparison compare(const Tensor& gradient, std::int64_t most, double tolerance,
                     std::uint64_t key) const;
  bool depends() const { return depends_; }

 private:
  double at(std::int64_t entry, double x) const;
  double slope(std::int64_t entry, double step) const;

  const Graph& graph_;
  Value objective_, leaf_;
  std::int64_t samples_;
  bool depends_ = false;
  Tensor here_;
  std::vector<std::pair<Value, Tensor>> fixed_;  // what the moving part takes from the rest
};

}  // namespace ebb
