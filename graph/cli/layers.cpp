#include "graph/cli/layers.hpp"

#include <algorithm>
#include <boost/range/adaptor/reversed.hpp>
#include <string_view>

#include "graph/cli/call_tree.hpp"

namespace ebb {

namespace {

class Layers {
 public:
  explicit Layers(const Model& model) : model_(model), names_(model.graph.size()) {
    // Outer calls stand behind inner ones.
    for (const ModelCall& call : boost::adaptors::reverse(model.calls))
      if (!call.name.empty()) fill(call, call.name);
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
  std::string_view of_parameter(const std::string& name) const {
    std::string_view longest;
    for (const ModelCall& call : model_.calls)
      if (call.name.size() > longest.size() && name.starts_with(call.name + "."))
        longest = call.name;
    return longest;
  }

  const Model& model_;
  std::vector<std::string_view> names_;  // by node
};

}  // namespace

std::vector<std::string> layers_of(const Model& model, const Plan& plan) {
  const Layers layers(model);
  std::vector<std::string> names;
  for (const Step& step : plan.steps) names.push_back(layers.of(step));
  return names;
}

}  // namespace ebb
