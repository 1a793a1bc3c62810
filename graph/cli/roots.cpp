#include "graph/cli/roots.hpp"

#include "graph/core/gradient.hpp"

namespace ebb {

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
  const auto gradient =
      gradients(model.graph, objective, parameters, OverSamples::sum, 1, &model.origins);
  std::vector<Root> roots{{"C", simplify(objective)}};
  for (std::size_t i = 0; i < gradient.size(); ++i)
    roots.push_back({"∂C/∂" + model.parameters[i].name, simplify(gradient[i])});
  return roots;
}

std::vector<Root> update_roots(const Model& model, const TrainingGraph& training) {
  std::vector<Root> roots{{"C", training.objective}};
  for (const Assignment& assignment : training.assignments)
    roots.push_back({model.graph.node(assignment.variable).key + "'", assignment.next});
  return roots;
}

}  // namespace ebb
