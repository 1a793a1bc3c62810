// A scalar as a function of one value of its graph, and its central differences.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "graph/core/evaluate.hpp"
#include "graph/core/graph.hpp"

namespace ebb {

// What becomes of ops whose gradient is by definition (stop_gradient) when the value moves.
enum class ByDefinition : std::uint8_t { follow, hold };

// Of nodes of one output, the derivatives of the objective by each entry, where they are known.
using KnownDerivatives = std::unordered_map<NodeId, Tensor>;

// All else is as it is at a point; what the value can not change is computed once. In double.
class Differences {
 public:
  // `objective` may be per sample: it is summed over the samples. The graph must outlive this; of
  // `point`, an evaluation in double, what is needed is copied. By the chain rule nothing behind a
  // node whose derivatives are known is evaluated: of a long graph that would take most of the
  // time.
  Differences(const Graph& graph, Value objective, Value wrt, Evaluator& point,
              std::int64_t samples, ByDefinition by_definition = ByDefinition::follow,
              const KnownDerivatives& known = {});

  // The objective where entry `entry` of the value, in the order of storage, is x; behind nodes
  // whose derivatives are known, to first order and up to a constant.
  double at(std::int64_t entry, double x) const;
  // The central difference over `step` times the entry's size, at least `step`;
  // Richardson-extrapolated, so that the error is O(step^4).
  double slope(std::int64_t entry, double step) const;

  const Tensor& here() const { return here_; }
  std::int64_t entries() const { return here_.elements_per_sample() * here_.samples(); }
  bool depends() const { return depends_; }

 private:
  const Graph& graph_;
  Value objective_, wrt_;
  std::int64_t samples_;
  bool depends_ = false;
  Tensor here_;
  std::vector<std::pair<Value, Tensor>> fixed_;   // what the moving part takes from the rest
  std::vector<std::pair<NodeId, Tensor>> known_;  // where it ends, with their derivatives
};

}  // namespace ebb
