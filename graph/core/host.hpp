// The host's side of the plugin boundary.
#pragma once

#include <string>
#include <vector>

#include "graph/core/crash.hpp"
#include "graph/core/diagnostic.hpp"
#include "graph/core/graph.hpp"
#include "graph/core/registry.hpp"

// What the functions of the host table work on. Lives on the stack of the call that hands it out.
struct ebb_context {
  ebb::OpRegistry* ops = nullptr;         // while a plugin registers
  ebb::Registry* registry = nullptr;      // then too; null where only ops are taken
  bool from_file = false;                 // then: the plugin is not built in
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

// Lets a plugin register what it brings; returns what it says of itself. Throws UserError.
ebb_plugin_info register_plugin(ebb_context& context, ebb_plugin_main_fn plugin_main);
// Entries of the host table that fill a Registry.
int host_register_source(ebb_context* context, const ebb_source* record);
int host_register_minimizer(ebb_context* context, const ebb_minimizer* record);
int host_register_metric(ebb_context* context, const ebb_metric* record);
int host_register_exporter(ebb_context* context, const ebb_exporter* record);
int host_register_importer(ebb_context* context, const ebb_importer* record);

// Calls a function of the op's plugin; a crash names it. What it throws across the boundary, which
// is against the rules, becomes EBB_FAILED and the context's message.
template <class Function>
int call_plugin(const OpDef& op, const char* function, ebb_context& context, Function&& call) {
  const InPlugin note(op, function);
  try {
    return call();
  } catch (const std::exception& e) {
    context.message = std::string("its ") + function + " threw an exception: " + e.what();
  } catch (...) {
    context.message = std::string("its ") + function + " threw an exception";
  }
  return EBB_FAILED;
}

// The types of an op's outputs for inputs that are already converted. `signature` is that of an
// elementwise op. Throws OpError.
boost::container::small_vector<Type, 1> infer_types(const OpDef& op, std::span<const Type> inputs,
                                                    const Attributes* attrs, int signature);

// The bytes of scratch memory that the op's record asks for; 0 where it asks for none.
std::size_t scratch_bytes(const OpDef& op, std::span<const ebb_type> inputs,
                          std::span<const ebb_type> outputs, const ebb_attr* attrs,
                          std::int64_t samples);

// The floating-point operations that the op's record says; none where it says none.
std::optional<double> flops(const OpDef& op, std::span<const ebb_type> inputs,
                            std::span<const ebb_type> outputs, const ebb_attr* attrs,
                            std::int64_t samples);

// What to throw where a function of a plugin failed: "NAME of the plugin P failed: " and what it
// said.
UserError plugin_failure(const std::string& name, const std::string& plugin,
                         const ebb_context& context, Span at = {});

// Calls the VJP rule, or the backward kernel, of node `id` for one of its inputs; `gradients` has
// one entry per output, none where an output does not reach the objective. Throws OpError.
Value call_vjp(Graph& graph, NodeId id, std::size_t input, std::span<const Value> gradients);
// Appends the node of the backward kernel that node `id` has in place of a rule: it gives the
// gradients of all inputs in which the op is differentiable, and this is the one of an input.
Value call_backward(Graph& graph, NodeId id, std::span<const Value> gradients);
Value gradient_of_input(const OpDef& op, Value backward, std::size_t input);

}  // namespace ebb
