// A derived gradient against the numbers.
#pragma once

#include "graph/core/graph.hpp"

namespace ebb {

// Whether samples meet on the way to the cost (batch statistics, say), so that it has no gradient
// of one sample alone.
bool couples_samples(const Graph& graph, Value cost);

// The largest relative difference between `gradient`, that of the cost summed over the samples with
// respect to `wrt`, and central differences (Richardson-extrapolated), in double at random values.
// A per-sample gradient with respect to a shared value stands for its sum over the samples. Looks
// at no more than some 24 elements of `wrt`: they all come from one formula.
double gradient_difference(const Graph& graph, Value cost, Value wrt, Value gradient);

}  // namespace ebb
