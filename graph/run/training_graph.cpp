#include "graph/run/training_graph.hpp"

#include <algorithm>

#include "graph/compile/simplify.hpp"
#include "graph/core/gradient.hpp"

namespace ebb {

namespace {

std::vector<Value> values_of(const std::vector<Parameter>& parameters) {
  std::vector<Value> values;
  for (const Parameter& p : parameters) values.push_back(p.value);
  return values;
}

// Sums gradients over the mini-batches of a group, each with its share of the samples.
class Accumulation {
 public:
  explicit Accumulation(Graph& graph) : graph_(graph) {}

  // The sum of the parameter's gradients so far and this one.
  Value add(const Parameter& parameter, Value gradient) {
    const auto& core = graph_.registry().core();
    if (!share_) share_ = graph_.input(share_leaf, {DType::real, false, {}});
    const Type type = graph_.type(parameter.value);
    const std::string name = parameter.name + "/gradient";
    const Value zeros = graph_.constant(Tensor(Type{DType::f64, false, type.shape}));
    const Value before = graph_.variable(name, type, parameter.span);
    const Value factors[] = {share_, gradient};
    const Value terms[] = {before, graph_.add(*core.mul, factors, {}, parameter.span)};
    const Value sum = graph_.add(*core.add, terms, {}, parameter.span);
    states.push_back({name, before, zeros, zeros, parameter.span});
    sums.push_back({before, sum});
    return sum;
  }

  std::vector<State> states;     // an update sets them back to 0
  std::vector<Assignment> sums;  // what they hold until then

 private:
  Graph& graph_;
  Value share_;
};

// The running average of a parameter: keep * average + (1 - keep) * next.
State average_of(Graph& graph, const Parameter& parameter, Value next, double keep) {
  const auto& core = graph.registry().core();
  const std::string name = average_name(parameter);
  const Value before = graph.variable(name, graph.type(parameter.value), parameter.span);
  const Value terms[] = {
      graph.add(*core.scale, {&before, 1}, {{"factor", keep}}, parameter.span),
      graph.add(*core.scale, {&next, 1}, {{"factor", 1 - keep}}, parameter.span)};
  return {name, before, parameter.init, graph.add(*core.add, terms, {}, parameter.span),
          parameter.span};
}

}  // namespace

std::string average_name(const Parameter& parameter) { return parameter.name + "/average"; }

Simplifier simplifier_of(Model& model, bool lower) {
  return {model.graph,
          model.rewrites,
          {.lower = lower, .without = model.without, .origins = &model.origins}};
}

const NamedValue& required_cost(const Model& model) {
  if (!model.cost)
    throw UserError("the script has no `cost` to differentiate",
                    {"for example `cost quadratic(a, y)`"});
  return *model.cost;
}

Value objective_of(Model& model) {
  Graph& graph = model.graph;
  const auto& [name, cost, span] = required_cost(model);
  if (!graph.type(cost).per_sample) return cost;
  const auto& core = graph.registry().core();
  const Value factors[] = {graph.add(*core.sample_sum, {&cost, 1}, {}, span),
                           graph.add(*core.sample_weight, {}, {}, span)};
  return graph.add(*core.mul, factors, {}, span);
}

namespace {

TrainingGraph training_graph_of(Model& model, const DataBlock* block, int segments) {
  Graph& graph = model.graph;
  TrainingGraph result;
  const auto parameters = values_of(model.parameters);

  // Rewriting comes before differentiation: that is where costs find their stable forms.
  Simplifier before = simplifier_of(model, false);
  const Value objective = before(objective_of(model));
  const auto gradient =
      gradients(graph, objective, parameters, OverSamples::sum, segments, &model.origins);
  auto whole = gradient;
  Accumulation accumulation(graph);
  if (model.train.accumulate > 1)
    for (std::size_t i = 0; i < whole.size(); ++i)
      whole[i] = accumulation.add(model.parameters[i], gradient[i]);
  const auto updates = model.optimizer ? model.optimizer(model, whole) : std::vector<Update>{};
  Value residual;
  std::vector<Value> jacobian;
  if (model.minimizer && model.minimizer->residual) {
    residual = before(model.minimizer->residual);
    jacobian = gradients(graph, residual, parameters, OverSamples::keep, 1, &model.origins);
  }

  Simplifier after = simplifier_of(model);
  if (block)
    for (const NamedValue& binding : block->bindings) {
      const auto input = std::ranges::find(model.inputs, binding.name, &ModelInput::name);
      after.substitute(input->value, binding.value);
    }
  result.objective = after(objective);
  result.gradients = after(gradient);
  if (residual) result.residual = after(residual);
  result.jacobian = after(jacobian);
  const auto assign = [&](std::vector<Assignment>& to, const State& state) {
    if (state.next) to.push_back({state.value, after(state.next)});
  };
  const auto add_state = [&](const State& state) {
    result.rule_states.push_back(state);
    assign(result.assignments, state);
  };
  for (std::size_t i = 0; i < updates.size(); ++i) {
    result.assignments.push_back({parameters[i], after(updates[i].next)});
    for (const State& state : updates[i].states) add_state(state);
    if (model.train.average > 0)
      add_state(average_of(graph, model.parameters[i], updates[i].next, model.train.average));
  }
  for (const State& state : model.schedule_states) add_state(state);
  for (const State& state : accumulation.states) add_state(state);
  for (const Assignment& sum : accumulation.sums)
    result.accumulation.push_back({sum.variable, after(sum.next)});
  for (const State& state : model.states) {
    assign(result.assignments, state);
    if (!accumulation.sums.empty()) assign(result.accumulation, state);
  }
  for (const Update& update : updates) {
    result.rates.push_back(update.rate);
    if (update.rate.value) result.rates.back().value = after(update.rate.value);
  }
  return result;
}

}  // namespace

Passes passes_of(const Model& model, const TrainingGraph& graph, Precision precision,
                 std::int64_t samples) {
  const auto plan_of = [&](const std::vector<Assignment>& assignments) {
    PlanRequest request;
    request.parts_in_place =
        std::ranges::find(model.without, parts_in_place) == model.without.end();
    request.fetches = {graph.objective};
    request.assignments = assignments;
    request.precision = precision;
    request.max_samples = samples;
    return make_plan(model.graph, request);
  };
  Passes passes{plan_of(graph.assignments), {}};
  if (!graph.accumulation.empty()) passes.accumulation = plan_of(graph.accumulation);
  return passes;
}

std::size_t bytes_of(const Passes& passes) {
  const std::size_t bytes = bytes_of(passes.update);
  if (!passes.accumulation) return bytes;
  const Plan& more = *passes.accumulation;
  return bytes - passes.update.arena_bytes + std::max(passes.update.arena_bytes, more.arena_bytes) +
         more.thread_bytes + bytes_at(more, Home::leaf);
}

TrainingGraph make_training_graph(Model& model, const DataBlock* block, const MemoryLimit& limit) {
  TrainingGraph graph = training_graph_of(model, block, 1);
  if (limit.bytes == 0) return graph;
  const auto bytes = [&] {
    return bytes_of(passes_of(model, graph, limit.precision, limit.samples));
  };
  std::size_t least = bytes();
  // Each attempt costs as much as to compile the script once more, so they become rarer.
  constexpr int most_segments = 1024;
  for (int segments = 2; static_cast<double>(least) > limit.bytes; segments += segments / 2) {
    if (segments > most_segments)
      throw UserError("a training step takes " + std::to_string(least) +
                          " bytes at least, also where the reverse pass computes again what it "
                          "needs of the forward pass",
                      model.inputs.empty()
                          ? std::vector<std::string>{}
                          : std::vector<std::string>{"smaller mini-batches take less"});
    graph = training_graph_of(model, block, segments);
    least = std::min(least, bytes());
  }
  return graph;
}

}  // namespace ebb
