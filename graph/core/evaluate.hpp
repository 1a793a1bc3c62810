// Plain evaluation, node by node with the ops' own kernels: the oracle for gradient checks,
// constant folding, proofs of rewrites and tests of compiled plans.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "graph/core/graph.hpp"

namespace ebb {

class Evaluator {
 public:
  // `samples` is the number of samples that per-sample values hold.
  explicit Evaluator(const Graph& graph, Precision precision = Precision::f64,
                     std::int64_t samples = 1)
      : graph_(graph), precision_(precision), samples_(samples) {}

  // The value of a leaf (or of any other value, in its place); converted to its type.
  void set(Value value, const Tensor& tensor);
  // Computes what is not yet known. Throws UserError where a leaf on the way has no value.
  const Tensor& operator()(Value value);

 private:
  void compute(NodeId id);

  const Graph& graph_;
  Precision precision_;
  std::int64_t samples_;
  std::unordered_map<Value, Tensor> known_;
};

// Runs the kernel of one node on given tensors, allocating its outputs.
std::vector<Tensor> run_node(const Graph& graph, NodeId id, const std::vector<Tensor>& inputs,
                             Precision precision, std::int64_t samples);

// Runs the kernel of a node on memory of the caller's; `scratch` holds what `scratch_of` says.
// Returns EBB_FAILED where it failed, and the context has its message.
int run_kernel(const Node& node, std::span<const ebb_tensor> inputs,
               std::span<const ebb_tensor> outputs, void* scratch, std::int64_t samples,
               Precision precision, ebb_context& context);
std::size_t scratch_of(const Node& node, std::span<const ebb_tensor> inputs,
                       std::span<const ebb_tensor> outputs, std::int64_t samples);

// Runs an elementwise signature over tensors with broadcasting; plans use it too. Inputs and output
// are views of concrete types; nothing is allocated.
void run_elementwise(const OpDef& op, const ebb_signature& signature,
                     std::span<const ebb_tensor> inputs, const ebb_tensor& output,
                     const ebb_attr* attrs, Precision precision);

}  // namespace ebb
