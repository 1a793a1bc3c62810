// Which calls of a script the nodes of its graph come from.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/script/model.hpp"

namespace ebb {

// "adam" and "h.w" of "adam for h.w", as the optimizer stage calls it; none of other calls.
struct RuleCall {
  std::string rule, parameter;
};
std::optional<RuleCall> rule_call(const ModelCall& call);

// The calls of layers, defs and update rules to which some nodes belong, as a tree. A def that is a
// single op is no call here.
class CallTree {
 public:
  using Call = std::size_t;  // an index into Model::calls
  static constexpr Call none = static_cast<Call>(-1);

  CallTree(const Model& model, std::span<const NodeId> nodes);

  const ModelCall& operator[](Call call) const { return model_.calls[call]; }
  bool is_layer(Call call) const { return !model_.calls[call].name.empty(); }
  // The innermost call that made the node, or that for which it was made; none outside calls.
  Call of(NodeId node) const;
  // All of them, the outermost first.
  std::vector<Call> path(NodeId node) const;

 private:
  const Model& model_;
  std::vector<Call> innermost_;  // by node
  std::vector<Call> parents_;    // by call
};

}  // namespace ebb
