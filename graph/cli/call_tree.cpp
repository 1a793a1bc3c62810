#include "graph/cli/call_tree.hpp"

#include <algorithm>

namespace ebb {

std::optional<RuleCall> rule_call(const ModelCall& call) {
  static constexpr std::string_view between = " for ";
  const std::size_t at = call.text.find(between);
  if (!call.name.empty() || at == std::string::npos || call.text.ends_with(')')) return {};
  return RuleCall{call.text.substr(0, at), call.text.substr(at + between.size())};
}

CallTree::CallTree(const Model& model, std::span<const NodeId> nodes)
    : model_(model), innermost_(model.graph.size(), none), parents_(model.calls.size(), none) {
  // Outer calls stand behind inner ones.
  for (Call call = model.calls.size(); call-- > 0;) {
    const ModelCall& range = model.calls[call];
    parents_[call] = innermost_[range.begin];
    std::fill(innermost_.begin() + range.begin, innermost_.begin() + range.end, call);
  }
  std::vector<int> ops(model.calls.size());
  for (const NodeId node : nodes)
    if (!model.graph.node(node).op->leaf && model.origins(node).order == 0)
      for (Call call = of(node); call != none; call = parents_[call]) ++ops[call];
  std::vector<Call> shown(model.calls.size());
  for (Call call = model.calls.size(); call-- > 0;) {
    const Call parent = parents_[call] == none ? none : shown[parents_[call]];
    shown[call] = is_layer(call) || ops[call] > 1 ? call : parent;
    parents_[call] = parent;
  }
  for (Call& call : innermost_)
    if (call != none) call = shown[call];
}

CallTree::Call CallTree::of(NodeId node) const { return innermost_[model_.origins(node).node]; }

std::vector<CallTree::Call> CallTree::path(NodeId node) const {
  std::vector<Call> path;
  for (Call call = of(node); call != none; call = parents_[call]) path.push_back(call);
  std::ranges::reverse(path);
  return path;
}

}  // namespace ebb
