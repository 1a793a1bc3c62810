#include "graph/cli/layers.hpp"

#include <algorithm>
#include <boost/range/adaptor/reversed.hpp>
#include <string_view>
#include <unordered_set>

#include "graph/cli/call_tree.hpp"

namespace ebb {

namespace {

class Layers {
 public:
  explicit Layers(const Model& model) : model_(model), names_(model.graph.size()) {
    // Outer calls stand behind inner ones.
    for (const ModelCall& call : boost::adaptors::reverse(model.calls))
      if (!call.name.empty()) {
        calls_.insert(call.name);
        fill(call, call.name);
      }
    for (const ModelCall& call : model.calls)
      if (const auto rule = rule_call(call)) fill(call, of_parameter(rule->parameter));
  }

  std::string of(const Step& step) const {
    for (const Instruction& instruction : boost::adaptors::reverse(step.instructions))
      if (const auto layer = of(instruction.node); !layer.empty()) return std::string(layer);
    const bool has_node = step.kind != StepKind::copy && step.instructions.empty();
    return has_node ? std::string(of(step.node)) : "";
  }

 private:
  std::string_view of(NodeId node) const { return names_[model_.origins(node).node]; }
  void fill(const ModelCall& call, std::string_view name) {
    std::fill(names_.begin() + call.begin, names_.begin() + call.end, name);
  }
  // The longest of those that its name begins with.
  std::string_view of_parameter(std::string_view name) const {
    for (auto dot = name.rfind('.'); dot != std::string_view::npos;
         dot = name.rfind('.', dot - 1)) {
      if (const auto call = calls_.find(name.substr(0, dot)); call != calls_.end()) return *call;
      if (dot == 0) break;
    }
    return "";
  }

  const Model& model_;
  std::unordered_set<std::string_view> calls_;  // by name
  std::vector<std::string_view> names_;         // by node
};

}  // namespace

std::vector<std::string> layers_of(const Model& model, const Plan& plan) {
  const Layers layers(model);
  std::vector<std::string> names;
  for (const Step& step : plan.steps) names.push_back(layers.of(step));
  return names;
}

}  // namespace ebb
