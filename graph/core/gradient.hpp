// Reverse-mode differentiation: gradients are nodes appended to the graph.
#pragma once

#include <span>
#include <vector>

#include "graph/core/graph.hpp"
#include "graph/core/origins.hpp"

namespace ebb {

// What happens to gradients of shared values where the objective is per sample.
enum class OverSamples { sum, keep };

// The gradient of the scalar `objective` with respect to each of `wrt`, by a traversal of the
// reversed graph (Griewank & Walther, Evaluating Derivatives, 2008, ch. 3). Each result has the
// type of its value; zeros where the value is not reached. A per-sample objective is seeded with 1
// for every sample. With `keep` the gradient of a shared value stays per sample (that of each
// sample's own objective). New nodes bear the span of the forward node whose rule made them. Throws
// UserError, at the span of the node, where an op on the way has no rule, and where the objective
// is not a real scalar.
//
// With more than one segment the forward pass is cut into that many, or as many as can be, and the
// rules read what is computed again, segment by segment, from the value at its beginning, once the
// gradient at its end is known; so that of all but the last segment only that value is kept (Chen
// et al., Training deep nets with sublinear memory cost, 2016). Random ops give the same numbers
// again. For which node each new one was made is added to the origins, where there are any.
std::vector<Value> gradients(Graph& graph, Value objective, std::span<const Value> wrt,
                             OverSamples over_samples = OverSamples::sum, int segments = 1,
                             Origins* origins = nullptr);

}  // namespace ebb
