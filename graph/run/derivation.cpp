#include "graph/run/derivation.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "graph/compile/simplify.hpp"
#include "graph/core/evaluate.hpp"
#include "graph/core/gradient.hpp"
#include "graph/core/notation.hpp"
#include "graph/run/random_point.hpp"

namespace ebb {

namespace {

// A named value between the parameters and the cost, and the gradient of the cost with respect to
// it.
struct Intermediate {
  std::string name;
  Value value;
  Value gradient;
};

class Deriver {
 public:
  Deriver(Model& model, Model& twin) : model_(model), twin_(twin), graph_(model.graph) {}
  Derivation run();

 private:
  void name_values(Simplifier& simplify);
  void find_errors();
  void name_errors();
  void write_errors(Derivation& result) const;
  void write_parameters(Derivation& result) const;
  std::string text_of(Value value, Value own) const;
  bool mentions_error(Value value, Value own) const;
  double check_gradient_of(Value wrt, Value gradient) const;
  Value through(Value value) const;

  Model& model_;
  Model& twin_;
  Graph& graph_;
  Value cost_;
  std::map<Value, std::string> names_;   // of forward values
  std::map<Value, std::string> deltas_;  // of gradients
  std::vector<Intermediate> intermediates_, errors_;
  std::vector<Value> parameter_gradients_;
};

// The value below nodes that formulas do not show.
Value Deriver::through(Value value) const {
  while (changes_storage_only(graph_, value)) value = graph_.inputs(value.node)[0];
  return value;
}

// Names of the simplified forward values; those between the parameters and the cost are
// intermediates.
void Deriver::name_values(Simplifier& simplify) {
  std::vector<Value> parameters;
  for (const Parameter& p : model_.parameters) parameters.push_back(p.value);
  for (const auto& [name, value] : model_.names) {
    const std::string* first = graph_.name(value);
    const Value simple = simplify(value);
    if (!names_.emplace(simple, first ? *first : name).second) continue;
    if (!graph_.node(simple).op->leaf && graph_.type(simple).dtype == DType::real)
      intermediates_.push_back({names_[simple], simple, {}});
  }
  for (const Parameter& p : model_.parameters) names_[simplify(p.value)] = p.name;
  for (const ModelInput& input : model_.inputs) names_[simplify(input.value)] = input.name;
  const auto live = live_nodes(graph_, {&cost_, 1});
  std::erase_if(intermediates_, [&](const Intermediate& i) {
    return i.value == cost_ || !std::ranges::binary_search(live, i.value.node);
  });
  // From the output to the input.
  std::ranges::sort(intermediates_, std::greater{},
                    [](const Intermediate& i) { return i.value.node; });
}

// The errors δ: gradients of intermediates that a parameter's gradient is made of, or that are used
// in several places.
void Deriver::find_errors() {
  std::set<Value> candidates, direct;
  for (const Intermediate& i : intermediates_) candidates.insert(through(i.gradient));
  for (const Value gradient : parameter_gradients_) {
    const Value shown = through(gradient);
    direct.insert(shown);
    if (candidates.contains(shown)) continue;
    for (const Value input : graph_.inputs(shown.node)) direct.insert(through(input));
  }
  std::map<Value, int> uses;
  for (const NodeId id : live_nodes(graph_, parameter_gradients_))
    for (const Value input : graph_.inputs(id)) ++uses[input];
  std::set<Value> seen;
  for (const Intermediate& i : intermediates_) {
    const Value gradient = through(i.gradient);
    const bool formula_needed = !graph_.node(gradient).op->leaf && !names_.contains(gradient);
    if (formula_needed && (direct.contains(gradient) || uses[gradient] > 1) &&
        seen.insert(gradient).second)
      errors_.push_back({i.name, i.value, gradient});
  }
}

void Deriver::name_errors() {
  const auto short_name = [](const std::string& name) {
    const auto dot = name.rfind('.');
    return dot == std::string::npos ? std::string("δ") : name.substr(0, dot) + ".δ";
  };
  std::map<std::string, int> count;
  for (const Intermediate& error : errors_) ++count[short_name(error.name)];
  for (const Intermediate& error : errors_) {
    const std::string name = short_name(error.name);
    deltas_[error.gradient] = count[name] == 1 ? name : "δ(" + error.name + ")";
  }
}

std::string Deriver::text_of(Value value, Value own) const {
  return formula(graph_, value, [&](Value v) -> std::string {
    const auto delta = deltas_.find(v);
    if (delta != deltas_.end() && v != own) return delta->second;
    const auto name = names_.find(v);
    return name == names_.end() ? "" : name->second;
  });
}

bool Deriver::mentions_error(Value value, Value own) const {
  for (const Value input : graph_.inputs(value.node)) {
    if (deltas_.contains(input) && input != own) return true;
    if (!names_.contains(input) && mentions_error(input, own)) return true;
  }
  return false;
}

// Against central differences of the cost, Richardson-extrapolated.
double Deriver::check_gradient_of(Value wrt, Value gradient) const {
  const RandomPoint point(graph_, {cost_, gradient, wrt}, 1);
  Evaluator evaluate(graph_);
  point.fill(evaluate);
  const Tensor at = evaluate(wrt), analytic = evaluate(gradient);
  const auto cost_at = [&](std::int64_t i, double value) {
    Evaluator moved(graph_);
    point.fill(moved);
    Tensor tensor(at.type(), at.samples());
    for (std::int64_t j = 0; j < at.elements_per_sample(); ++j)
      tensor.set(j, j == i ? value : at.at(j));
    moved.set(wrt, tensor);
    return moved(cost_).at(0);
  };
  // A few entries of a large value are enough: they all come from one formula.
  const std::int64_t n = at.elements_per_sample(), step = std::max<std::int64_t>(1, n / 24);
  double worst = 0;
  for (std::int64_t i = 0; i < n; i += step) {
    const double h = 1e-3, x = at.at(i);
    const double wide = (cost_at(i, x + h) - cost_at(i, x - h)) / (2 * h);
    const double narrow = (cost_at(i, x + h / 2) - cost_at(i, x - h / 2)) / h;
    keep_largest(worst, relative_difference(analytic.at(i), (4 * narrow - wide) / 3));
  }
  return worst;
}

void Deriver::write_errors(Derivation& result) const {
  for (const bool hidden : {false, true})
    for (const Intermediate& error : errors_) {
      if (mentions_error(error.gradient, error.gradient) != hidden) continue;
      Equation equation;
      equation.kind = hidden ? EquationKind::hidden_error : EquationKind::output_error;
      equation.left = deltas_.at(error.gradient) + " = ∂C/∂" + error.name;
      equation.right = text_of(error.gradient, error.gradient);
      equation.difference = check_gradient_of(error.value, error.gradient);
      result.equations.push_back(std::move(equation));
    }
}

void Deriver::write_parameters(Derivation& result) const {
  const auto& core = graph_.registry().core();
  for (const EquationKind kind :
       {EquationKind::weights, EquationKind::biases, EquationKind::parameters})
    for (std::size_t i = model_.parameters.size(); i-- > 0;) {
      const Value gradient = through(parameter_gradients_[i]);
      const bool is_error = deltas_.contains(gradient);
      const EquationKind its = is_error                           ? EquationKind::biases
                               : graph_.is(gradient, core.matmul) ? EquationKind::weights
                                                                  : EquationKind::parameters;
      if (its != kind) continue;
      Equation equation;
      equation.kind = kind;
      equation.left = "∂C/∂" + model_.parameters[i].name;
      equation.right = is_error ? deltas_.at(gradient) : text_of(gradient, {});
      equation.difference = check_gradient_of(model_.parameters[i].value, parameter_gradients_[i]);
      result.equations.push_back(std::move(equation));
    }
}

Derivation Deriver::run() {
  if (!model_.cost)
    throw UserError("the script has no `cost` to differentiate",
                    {"for example `cost quadratic(a, y)`"});
  Simplifier forward(graph_, model_.rewrites, {.lower = false});
  cost_ = forward(model_.cost->value);
  name_values(forward);
  std::vector<Value> wrt;
  for (const Parameter& p : model_.parameters) wrt.push_back(p.value);
  for (const Intermediate& i : intermediates_) wrt.push_back(i.value);
  const auto each = gradients(graph_, cost_, wrt, OverSamples::keep);
  Simplifier backward(graph_, model_.rewrites, {.lower = false});
  // Named values come first, so that gradients are expressed in them.
  for (const auto& [value, name] : std::map(names_)) names_.emplace(backward(value), name);
  const auto simple = backward(each);
  const auto count = static_cast<std::ptrdiff_t>(model_.parameters.size());
  parameter_gradients_.assign(simple.begin(), simple.begin() + count);
  for (std::size_t i = 0; i < intermediates_.size(); ++i)
    intermediates_[i].gradient = simple[model_.parameters.size() + i];
  find_errors();
  name_errors();
  Derivation result;
  write_errors(result);
  write_parameters(result);
  if (model_.optimizer) derive_updates(model_, twin_, parameter_gradients_, result);
  for (Equation& e : result.equations) e.verified = e.difference <= derivation_tolerance;
  return result;
}

}  // namespace

bool Derivation::verified() const { return std::ranges::all_of(equations, &Equation::verified); }

Derivation derive(Model& model, Model& twin) { return Deriver(model, twin).run(); }

}  // namespace ebb
