#include <algorithm>
#include <map>

#include "graph/core/evaluate.hpp"
#include "graph/core/notation.hpp"
#include "graph/run/derivation.hpp"
#include "graph/run/random_point.hpp"
#include "graph/run/trainer.hpp"
#include "graph/run/training_graph.hpp"

namespace ebb {

namespace {

constexpr std::int64_t samples = 3;

struct Line {
  std::string left, right, latex;  // the last is the right side again
};

// The model's update rules in terms of a parameter w, its average gradient and named
// hyper-parameters.
class Rules {
 public:
  explicit Rules(Model& model);

  std::vector<Line> lines_of(std::size_t parameter);
  Value average(std::size_t parameter) const { return averages_[parameter]; }
  const Update& update(std::size_t parameter) const { return updates_[parameter]; }

 private:
  Model& model_;
  std::vector<Value> averages_;
  std::vector<Update> updates_;
  Simplifier simplify_;
};

Rules::Rules(Model& model) : model_(model), simplify_(simplifier_of(model, false)) {
  for (const Parameter& p : model.parameters)
    averages_.push_back(model.graph.input("⟨∂C/∂" + p.name + "⟩", model.graph.type(p.value)));
  model.symbolic = true;
  updates_ = model.optimizer(model, averages_);
}

std::vector<Line> Rules::lines_of(std::size_t parameter) {
  std::map<Value, std::string> names{{simplify_(model_.parameters[parameter].value), "w"},
                                     {simplify_(averages_[parameter]), "⟨∂C/∂w⟩"}};
  for (const Hyperparameter& h : model_.hyperparameters) names[simplify_(h.value)] = symbol(h.name);
  std::vector<std::pair<std::string, Value>> values;
  for (const State& state : updates_[parameter].states) {
    const std::string name = state.name.substr(state.name.rfind('/') + 1);
    names[simplify_(state.value)] = name;
    if (state.next) values.emplace_back(name + "′", simplify_(state.next));
  }
  values.emplace_back("w′", simplify_(updates_[parameter].next));
  std::vector<Line> lines;
  for (const auto& [left, value] : values) {
    const auto name_of = [&](Value v) {
      const auto name = names.find(v);
      return name == names.end() ? std::string() : name->second;
    };
    lines.push_back({left, formula(model_.graph, value, name_of),
                     formula(model_.graph, value, name_of, Markup::latex)});
    names.emplace(value, left);
  }
  return lines;
}

// The mean over the samples of a per-sample value, or of a sum over them.
Tensor mean_of(const Tensor& each, bool is_sum) {
  Tensor mean(Type{DType::f64, false, each.type().shape});
  const auto n = mean.elements_per_sample(), count = is_sum ? samples : each.samples();
  for (std::int64_t e = 0; e < n * each.samples(); ++e)
    mean.set(e % n, mean.at(e % n) + each.at(e) / static_cast<double>(count));
  return mean;
}

// One step of the whole training graph, at the same point as the rules are evaluated at.
class WholeStep {
 public:
  explicit WholeStep(Model& model)
      : model_(model),
        graph_(make_training_graph(model, nullptr)),
        evaluate_(model.graph, Precision::f64, samples) {
    std::vector<Value> roots;
    for (const Assignment& a : graph_.assignments) roots.push_back(a.next);
    RandomPoint(model.graph, roots, samples).fill(evaluate_);
  }
  const Tensor& next(std::size_t parameter) {
    const Value value = model_.parameters[parameter].value;
    return evaluate_(std::ranges::find(graph_.assignments, value, &Assignment::variable)->next);
  }

 private:
  Model& model_;
  TrainingGraph graph_;
  Evaluator evaluate_;
};

// Parameters with the same equation share it.
void add_line(Derivation& result, const Line& line, const std::string& parameter,
              double difference) {
  const auto same = std::ranges::find_if(result.equations, [&](const Equation& e) {
    return e.kind == EquationKind::update && e.left == line.left && e.right == line.right;
  });
  if (same == result.equations.end()) {
    result.equations.push_back(
        {EquationKind::update, line.left, line.right, line.latex, {parameter}, difference, false});
  } else {
    same->applies_to.push_back(parameter);
    keep_largest(same->difference, difference);
  }
}

}  // namespace

void derive_updates(Model& model, Model& twin, const std::vector<Value>& gradients,
                    Derivation& result) {
  Rules rules(model);
  twin.train.accumulate = 1;  // what a group of mini-batches sums up is no part of a rule
  WholeStep whole(twin);
  result.hyperparameters = model.hyperparameters;
  const bool is_sum = !result.of_one_sample && model.graph.type(model.cost->value).per_sample;
  std::vector<Value> roots = gradients;
  for (std::size_t i = 0; i < gradients.size(); ++i) roots.push_back(rules.update(i).next);
  Evaluator evaluate(model.graph, Precision::f64, samples);
  RandomPoint(model.graph, roots, samples).fill(evaluate);
  for (const Hyperparameter& h : model.hyperparameters)
    evaluate.set(h.value, Tensor::scalar(h.number));
  // A rule may look at all gradients (their norm).
  for (std::size_t i = 0; i < gradients.size(); ++i)
    evaluate.set(rules.average(i), mean_of(evaluate(gradients[i]), is_sum));
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Tensor &by_rule = evaluate(rules.update(i).next), &by_step = whole.next(i);
    double worst = 0;
    for (std::int64_t e = 0; e < by_rule.elements_per_sample(); ++e)
      keep_largest(worst, relative_difference(by_rule.at(e), by_step.at(e)));
    for (const Line& line : rules.lines_of(i))
      add_line(result, line, model.parameters[i].name, worst);
  }
}

}  // namespace ebb
