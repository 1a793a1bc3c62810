// A derived gradient against the numbers.
#pragma once

#include <vector>

#include "graph/core/differences.hpp"

namespace ebb {

// Whether samples meet on the way to the cost (batch statistics, say), so that it has no gradient
// of one sample alone.
bool couples_samples(const Graph& graph, Value cost);

// Derived gradients of one cost, summed over the samples, in double at random values.
class DerivationCheck {
 public:
  // `gradients` and `wrt` are all that will be asked for.
  DerivationCheck(const Graph& graph, Value cost, const std::vector<Value>& gradients,
                  const std::vector<Value>& wrt);

  // The largest relative difference between `gradient`, that of the cost with respect to `wrt`, and
  // central differences (Richardson-extrapolated). A per-sample gradient with respect to a shared
  // value stands for its sum over the samples. Looks at no more than some 24 elements of `wrt`:
  // they all come from one formula. Gradients that were found right are used for those after them,
  // which so take no evaluation of the whole cost: begin at the cost.
  double difference(Value wrt, Value gradient);

 private:
  const Graph& graph_;
  Value cost_;
  std::int64_t samples_;
  Evaluator evaluate_;
  KnownDerivatives known_;
};

}  // namespace ebb
