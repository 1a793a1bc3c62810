// What a plugin's kernel must keep, tested on one node.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/core/graph.hpp"

namespace ebb {

// Runs the kernel of a node on these inputs, in float and in double, and tests that it
// - gives the same bits on every run, whatever stood in its output and its scratch memory before,
// - writes every element of its outputs, nothing around them and nothing into its inputs,
// - gives in float what it gives in double, to three digits,
// - gives a sample alone the same bits as in the mini-batch, unless it claims otherwise.
// Returns how often it ran. Throws OpError.
std::int64_t prove_kernel(const Graph& graph, NodeId id, const std::vector<Tensor>& inputs,
                          std::int64_t samples);

// Tests that a span kernel gives the same bits when a span is cut. The inputs are shared vectors of
// equal length. Returns how often it ran. Throws OpError.
std::int64_t prove_spans(const Graph& graph, NodeId id, const std::vector<Tensor>& inputs);

}  // namespace ebb
