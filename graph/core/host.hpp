// The host's side of the plugin boundary.
#pragma once

#include <string>
#include <vector>

#include "graph/core/graph.hpp"

// What the functions of the host table work on. Lives on the stack of the call that hands it out.
struct ebb_context {
  ebb::OpRegistry* registry = nullptr;    // while a plugin registers
  ebb::Graph* graph = nullptr;            // while a VJP rule builds nodes
  ebb::Span at;                           // span of those nodes
  const ebb_plugin_info* info = nullptr;  // what the plugin says of itself
  std::string message, hint;              // kept by `fail`
};

namespace ebb {

const ebb_host& host_table();

// Handles as they cross the boundary; 0 is "none".
ebb_value to_handle(Value value);
Value from_handle(ebb_value handle);

// Copies and checks a record. Throws OpError saying what is missing.
OpDef import_op(const ebb_op& record, const std::string& plugin);

// The types of an op's outputs for inputs that are already converted. `signature` is that of an
// elementwise op. Throws OpError.
boost::container::small_vector<Type, 1> infer_types(const OpDef& op, std::span<const Type> inputs,
                                                    const Attributes* attrs, int signature);

// Calls the VJP rule of node `id` for one of its inputs; `gradients` has one entry per output.
// Throws OpError.
Value call_vjp(Graph& graph, NodeId id, std::size_t input, std::span<const Value> gradients);

}  // namespace ebb
