#include "graph/cli/roots.hpp"

#include <unordered_map>

#include "graph/core/gradient.hpp"

namespace ebb {

namespace {

// A graph as it is written, beside what was simplified together with it: simplified values that
// are its own ones in another form are these again.
class Written {
 public:
  // What `root` depends on is as it is written.
  Written(Model& model, Value root, Simplifier& simplify) : model_(model) {
    const std::vector<NodeId> nodes = live_nodes(model.graph, {&root, 1});
    for (const NodeId id : nodes) back_[id] = id;
    // As a whole first: rules look at how often a value is read.
    simplify(root);
    for (const NodeId id : nodes) {
      const Value simple = simplify({id, 0});
      // Numbers stand for themselves.
      const bool same_outputs = simple.output == 0 && outputs(simple.node) == outputs(id);
      if (same_outputs && !model.graph.node(simple.node).op->leaf)
        back_.try_emplace(simple.node, id);
    }
  }

  // The same values, made of what is written.
  std::vector<Value> operator()(std::vector<Value> simplified) {
    for (const NodeId id : live_nodes(model_.graph, simplified))
      if (!back_.contains(id)) back_[id] = rebuilt(id);
    for (Value& value : simplified) value.node = back_.at(value.node);
    return simplified;
  }

 private:
  std::size_t outputs(NodeId id) const { return model_.graph.node(id).outputs.size(); }

  NodeId rebuilt(NodeId id) {
    Graph& graph = model_.graph;
    const Node node = graph.node(id);
    if (node.op->leaf) return id;
    Graph::Inputs inputs;
    for (const Value input : graph.inputs(id))
      inputs.push_back({back_.at(input.node), input.output});
    // What is not written stands with the gradients, which alone read it.
    const bool derived = model_.origins(id).order > 0;
    if (derived && inputs == graph.inputs(id)) return id;
    const auto first = static_cast<NodeId>(graph.size());
    const std::span<const Value> given{inputs.data(), inputs.size()};
    const Value made = graph.add_resolved(*node.op, given, node.attrs, node.span);
    if (derived)
      model_.origins.simplified(graph, first, id);
    else
      model_.origins.derived(graph, first, id);
    return made.node;
  }

  Model& model_;
  std::unordered_map<NodeId, NodeId> back_;
};

}  // namespace

std::vector<Root> forward_roots(const Model& model) {
  std::vector<Root> roots;
  for (const NamedValue& output : model.outputs)
    roots.push_back({output.name, output.value, "output"});
  if (model.cost)
    roots.push_back(
        {model.cost->name.empty() ? "cost" : model.cost->name, model.cost->value, "cost"});
  for (const NamedValue& metric : model.metrics)
    roots.push_back({metric.name, metric.value, "metric"});
  if (roots.empty())
    for (const auto& [name, value] : model.names) roots.push_back({name, value});
  return roots;
}

std::vector<Root> gradient_roots(Model& model) {
  Simplifier simplify = simplifier_of(model, false);
  const Value objective = objective_of(model);
  std::vector<Value> parameters;
  for (const Parameter& parameter : model.parameters) parameters.push_back(parameter.value);
  std::vector<Value> gradient =
      gradients(model.graph, objective, parameters, OverSamples::sum, 1, &model.origins);
  Written written(model, objective, simplify);
  for (Value& value : gradient) value = simplify(value);
  gradient = written(std::move(gradient));
  std::vector<Root> roots{{"C", objective}};
  for (std::size_t i = 0; i < gradient.size(); ++i)
    roots.push_back({"∂C/∂" + model.parameters[i].name, gradient[i]});
  return roots;
}

std::vector<Root> update_roots(const Model& model, const TrainingGraph& training) {
  std::vector<Root> roots{{"C", training.objective}};
  for (const Assignment& assignment : training.assignments)
    roots.push_back({model.graph.node(assignment.variable).key + "'", assignment.next});
  return roots;
}

}  // namespace ebb
