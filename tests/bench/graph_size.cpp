// How long scripts of 1e3, 1e4 and 1e5 nodes take from text to plan. Each stage must be linear in
// the size. Prints one line of JSON per size.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <string>

#include "graph/compile/simplify.hpp"
#include "graph/core/gradient.hpp"
#include "graph/run/sources.hpp"
#include "graph/run/trainer.hpp"
#include "graph/script/elaborate.hpp"
#include "graph/script/parser.hpp"
#include "ops/ops.hpp"

namespace ebb {

namespace {

// A recurrent net unrolled by hand: three nodes a line.
std::string script_of(int nodes) {
  const int lines = nodes / 3;
  std::string text =
      "input x[8]\ntarget y[8]\nparam w[8, 8] ~ normal(0, 0.1)\nparam b[8] ~ zeros\nv0 = x\n";
  for (int i = 1; i <= lines; ++i) {
    const std::string previous = "v" + std::to_string(i - 1);
    text += "v" + std::to_string(i) + " = sigmoid(w * " + previous + " + b)\n";
  }
  const std::string last = "v" + std::to_string(lines);
  return text + "output " + last + "\ncost quadratic(" + last +
         ", y)\ntrain { optimizer = sgd(0.1) }\n";
}

class Stopwatch {
 public:
  double milliseconds() {
    const auto now = std::chrono::steady_clock::now();
    const double passed = std::chrono::duration<double, std::milli>(now - last_).count();
    last_ = now;
    return passed;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

struct Sample {
  std::map<std::string, double> milliseconds;
  std::size_t model_nodes = 0, all_nodes = 0, steps = 0;
};

Sample measure(const Registry& registry, int nodes) {
  const std::string text = script_of(nodes);
  Sample sample;
  Stopwatch watch;
  Diagnostics diagnostics;
  parse(std::make_shared<SourceFile>("bench.ebb", text), diagnostics);
  sample.milliseconds["parse"] = watch.milliseconds();
  ElaborateOptions options;
  options.training = true;
  const auto model = elaborate_text("bench.ebb", text, ".", registry, options, diagnostics);
  if (!model) throw InternalError(diagnostics.to_string());
  sample.milliseconds["parse and elaborate"] = watch.milliseconds();
  sample.model_nodes = model->graph.size();

  const auto parameters = [&] {
    std::vector<Value> values;
    for (const Parameter& parameter : model->parameters) values.push_back(parameter.value);
    return values;
  }();
  Simplifier before(model->graph, model->rewrites, {.lower = false});
  const Value objective = before(objective_of(*model));
  sample.milliseconds["rewrite"] = watch.milliseconds();
  const auto gradient = gradients(model->graph, objective, parameters);
  sample.milliseconds["differentiate"] = watch.milliseconds();
  const auto updates = model->optimizer(*model, gradient);
  Simplifier after(model->graph, model->rewrites);
  PlanRequest request{{after(objective)}, {}, Precision::f32, 10};
  for (std::size_t i = 0; i < updates.size(); ++i)
    request.assignments.push_back({parameters[i], after(updates[i].next)});
  sample.milliseconds["rewrite and lower"] = watch.milliseconds();
  const Plan plan = make_plan(model->graph, request);
  sample.milliseconds["plan"] = watch.milliseconds();
  sample.all_nodes = model->graph.size();
  sample.steps = plan.steps.size();
  return sample;
}

void report(const Registry& registry, int nodes) {
  constexpr int repetitions = 3;
  Sample best = measure(registry, nodes);
  for (int i = 1; i < repetitions; ++i)
    for (const auto& [stage, time] : measure(registry, nodes).milliseconds)
      best.milliseconds[stage] = std::min(best.milliseconds[stage], time);
  std::cout << R"({"nodes": )" << best.model_nodes << R"(, "nodes with gradients": )"
            << best.all_nodes << R"(, "steps": )" << best.steps;
  for (const auto& [stage, time] : best.milliseconds)
    std::cout << ", \"" << stage << " ms\": " << time;
  std::cout << "}" << std::endl;
}

}  // namespace

}  // namespace ebb

int main() {
  ebb::Registry registry;
  registry.load(ebb_ops_main);
  ebb::register_sources(registry.sources);
  for (const int nodes : {1000, 10000, 100000}) ebb::report(registry, nodes);
}
