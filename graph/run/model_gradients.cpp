#include "graph/run/model_gradients.hpp"

#include <algorithm>
#include <cmath>
#include <ebb/random.hpp>

#include "graph/core/differences.hpp"
#include "graph/core/gradient.hpp"
#include "graph/run/comparison.hpp"
#include "graph/run/random_point.hpp"
#include "graph/run/trainer.hpp"
#include "graph/run/training_graph.hpp"
#include "graph/run/weights.hpp"

namespace ebb {

namespace {

constexpr std::int64_t random_samples = 4;
// How far from the first values the parameters are, as a standard deviation.
constexpr double distance = 0.1;

// The domain in which an input is drawn: what the ops that take it have in common.
Domain domain_of(const Graph& graph, Value leaf) {
  Domain common{-INFINITY, INFINITY, false, false, {}};
  for (auto [e, end] = boost::out_edges(leaf.node, graph.storage()); e != end; ++e) {
    const OpDef& op = *graph.node(static_cast<NodeId>(boost::target(*e, graph.storage()))).op;
    const std::size_t argument = graph.storage()[*e].argument;
    if (op.inputs.empty() || (argument >= op.inputs.size() && !op.is_variadic())) continue;
    const Domain& domain = op.inputs[std::min(argument, op.inputs.size() - 1)].domain;
    common.lower = std::max(common.lower, domain.lower);
    common.upper = std::min(common.upper, domain.upper);
  }
  return common;
}

// Numbers of (0, 1) as numbers of the domain: themselves where they lie in it.
Tensor fitted(const Tensor& numbers, const Domain& domain) {
  const double lower = domain.lower <= 0 && domain.upper >= 1 ? 0
                       : std::isinf(domain.lower)             ? domain.upper - 1
                                                              : domain.lower;
  const double width = std::min(1.0, domain.upper - lower);
  Tensor result(numbers.type(), numbers.samples());
  for (std::int64_t i = 0; i < numbers.elements_per_sample() * numbers.samples(); ++i)
    result.set(i, lower + width * numbers.at(i));
  return result;
}

class Checker {
 public:
  Checker(Model& model, const CheckPoint& at);
  ModelCheck run();

 private:
  std::map<std::string, Array> given_inputs(InputSource source);
  void set_inputs();
  void set_parameters();
  ParameterCheck check(const Parameter& parameter, Value gradient);
  std::optional<Diagnostic> find_culprit();
  std::optional<Diagnostic> check_node(NodeId id, const std::vector<bool>& depends);

  Model& model_;
  Graph& graph_;
  Store* weights_;
  std::map<std::string, Array> inputs_;
  Value objective_, trained_;  // the cost as written; as training sees it
  std::int64_t samples_ = random_samples;
  std::unique_ptr<Evaluator> point_;
};

// The inputs' samples where they are given; of a data block without a choice of samples the first.
std::map<std::string, Array> Checker::given_inputs(InputSource source) {
  if (source.block.empty() && source.arrays.empty()) return {};
  if (const DataBlock* block = model_.find_data(source.block); block && source.end < 0)
    source.end = std::min(random_samples, block->samples);
  std::vector<std::string> names;
  for (const ModelInput& input : model_.inputs) names.push_back(input.name);
  Store none;
  std::map<std::string, Array> arrays;
  for (auto& [name, array] : fetch(model_, names, source, none, Precision::f64))
    arrays.emplace(name, std::move(array));
  return arrays;
}

Checker::Checker(Model& model, const CheckPoint& at)
    : model_(model), graph_(model.graph), weights_(at.weights) {
  objective_ = objective_of(model);
  inputs_ = given_inputs(at.source);
  if (!inputs_.empty()) samples_ = inputs_.begin()->second.dims.at(0);
  trained_ = simplifier_of(model, false)(objective_);
  point_ = std::make_unique<Evaluator>(graph_, Precision::f64, samples_);
  RandomPoint(graph_, {objective_, trained_}, samples_).fill(*point_);
  set_inputs();
  set_parameters();
}

void Checker::set_inputs() {
  const auto live = live_nodes(graph_, {&objective_, 1});
  for (const ModelInput& input : model_.inputs) {
    if (!std::ranges::binary_search(live, input.value.node)) continue;
    const Type& type = graph_.type(input.value);
    const Type concrete_type{concrete(type.dtype, Precision::f64), true, type.shape};
    const auto given = inputs_.find(input.name);
    if (given != inputs_.end())
      point_->set(input.value, to_tensor(given->second, concrete_type));
    else if (type.dtype == DType::real)
      point_->set(input.value, fitted((*point_)(input.value), domain_of(graph_, input.value)));
  }
}

void Checker::set_parameters() {
  Evaluator first(graph_);
  for (const State& state : model_.states)
    point_->set(state.value, weights_ ? *weights_->find(state.name) : first(state.init));
  for (const Parameter& p : model_.parameters) {
    if (weights_) {
      point_->set(p.value, *weights_->find(p.name));
      continue;
    }
    const Tensor& begin = first(p.init);
    Tensor near(begin.type());
    const sdk::RandomStream stream{sdk::random_key(11, p.name.c_str())};
    for (std::int64_t i = 0; i < near.elements_per_sample(); ++i)
      near.set(i, begin.at(i) + distance * stream.normal(static_cast<std::uint64_t>(i)));
    point_->set(p.value, near);
  }
}

ParameterCheck Checker::check(const Parameter& parameter, Value gradient) {
  const Differences differences(graph_, objective_, parameter.value, *point_, samples_,
                                ByDefinition::hold);
  const Comparison found =
      compare(differences, (*point_)(gradient), compared_entries, model_gradient_tolerance,
              sdk::random_key(13, parameter.name.c_str()));
  ParameterCheck result{parameter.name, found.entries, found.compared, found.difference,
                        found.message};
  if (!found.finite) result.failure = "a derivative is not finite at this point";
  if (found.finite && found.all_zero)
    result.failure = differences.depends()
                         ? "every derivative is zero at this point, which proves nothing"
                         : "only gradients by definition lead to it, which proves nothing";
  return result;
}

ModelCheck Checker::run() {
  ModelCheck result;
  result.samples = samples_;
  std::vector<Value> parameters;
  for (const Parameter& p : model_.parameters) parameters.push_back(p.value);
  if (parameters.empty()) result.failure = "the script has no parameters";
  const Tensor cost = (*point_)(objective_);
  if (!std::isfinite(cost.at(0)))
    result.failure = "the cost is not finite at this point; give samples or weights";
  if (!result.failure.empty()) return result;
  const auto found = gradients(graph_, trained_, parameters);
  for (std::size_t i = 0; i < found.size(); ++i)
    result.parameters.push_back(check(model_.parameters[i], found[i]));
  if (!result.passed()) result.culprit = find_culprit();
  return result;
}

// From the cost towards the parameters, as gradients flow.
std::optional<Diagnostic> Checker::find_culprit() {
  std::vector<bool> depends(graph_.size());
  for (const Parameter& p : model_.parameters) depends[p.value.node] = true;
  const auto live = live_nodes(graph_, {&trained_, 1});
  for (const NodeId id : live)
    for (const Value input : graph_.inputs(id)) depends[id] = depends[id] || depends[input.node];
  for (std::size_t i = live.size(); i-- > 0;)
    if (auto culprit = check_node(live[i], depends)) return culprit;
  return std::nullopt;
}

// The rule of one node against differences of that node alone, on the values that it has.
std::optional<Diagnostic> Checker::check_node(NodeId id, const std::vector<bool>& depends) {
  const Node& node = graph_.node(id);
  const OpDef& op = *node.op;
  if (op.leaf || !depends[id] || op.claims_(EBB_GRADIENT_BY_DEFINITION)) return std::nullopt;
  if (node.outputs[0].dtype != DType::real) return std::nullopt;
  const auto inputs = graph_.inputs(id);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!depends[inputs[i].node] || !op.is_differentiable_in(i)) continue;
    Graph alone(graph_.registry());
    Evaluator at(alone, Precision::f64, samples_);
    std::vector<Value> leaves;
    for (const Value input : inputs) {
      leaves.push_back(alone.input("x", graph_.type(input), node.span));
      at.set(leaves.back(), (*point_)(input));
    }
    const Value result = alone.add_resolved(op, leaves, node.attrs, node.span);
    const Value square = alone.add("mul", {result, result});
    const Value sum = alone.add("sum_to", {alone.add("add", {result, square})},
                                {{"shape", std::vector<std::int64_t>{}}});
    const Value gradient = gradients(alone, sum, {&leaves[i], 1})[0];
    const Comparison found = compare(Differences(alone, sum, leaves[i], at, samples_), at(gradient),
                                     compared_entries, model_gradient_tolerance, id);
    if (found.message.empty()) continue;
    const std::string* name = graph_.name(inputs[i]);
    const std::string input = i < op.inputs.size() ? op.inputs[i].name : op.inputs.back().name;
    return Diagnostic{Severity::error,
                      "a wrong gradient enters here: the rule of " + op.name + " for " + input +
                          (name ? " (" + *name + ")" : "") + " gives at " + found.message,
                      node.span,
                      {},
                      {}};
  }
  return std::nullopt;
}

}  // namespace

bool ModelCheck::passed() const {
  return failure.empty() && !parameters.empty() &&
         std::ranges::all_of(parameters, [](const auto& p) { return p.failure.empty(); });
}

ModelCheck check_gradients(Model& model, const CheckPoint& at) { return Checker(model, at).run(); }

}  // namespace ebb
