#include "graph/run/derivation.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "graph/core/gradient.hpp"
#include "graph/core/latex.hpp"
#include "graph/core/notation.hpp"
#include "graph/run/abbreviations.hpp"
#include "graph/run/derivation_check.hpp"
#include "graph/run/random_point.hpp"
#include "graph/run/training_graph.hpp"

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
  void name_value(const std::string& name, Value simple);
  std::map<Value, std::string> overwritten_names() const;
  void find_errors();
  void require_verifiable() const;
  void name_errors();
  DerivationCheck checking() const;
  void write_errors(DerivationCheck& check, Derivation& result);
  void write_parameters(DerivationCheck& check, Derivation& result);
  void write_abbreviations(Derivation& result) const;
  void abbreviate();
  std::set<Value> shown_in(Value root) const;
  std::string free_letter() const;
  void write_name(Equation& equation, const std::string& name) const;
  void write_formula(Equation& equation, Value value) const;
  EquationKind kind_of(Value gradient) const;
  bool mentions_error(Value value, Value own) const;
  bool is_error(Value value) const { return deltas_.contains(value); }
  std::vector<Value> addends(Value sum) const;
  Value through(Value value) const { return shown_value(graph_, value); }

  Model& model_;
  Model& twin_;
  Graph& graph_;
  Value cost_;
  std::map<Value, std::string> names_;        // of forward values
  std::map<Value, std::string> deltas_;       // of gradients
  std::map<Value, std::string> shown_names_;  // of all that formulas show by name
  std::set<Value> explained_;                 // those of them that have an equation of their own
  std::map<Value, double> checked_;           // gradients, and how far they are off
  std::vector<Intermediate> intermediates_, errors_;
  std::vector<Value> parameter_gradients_;
};

// A name that was given again belongs to the last value; those before it are numbered: h₁, h₂, h.
std::map<Value, std::string> Deriver::overwritten_names() const {
  std::map<Value, std::string> names;
  std::map<std::string, std::size_t> count;
  for (const NodeId id : live_nodes(graph_, {&model_.cost->value, 1})) {
    const Value value{id, 0};
    const std::string* name = graph_.name(value);
    if (name == nullptr) continue;
    const auto last = model_.names.find(*name);
    if (last != model_.names.end() && last->second > value)
      names[value] = with_subscript(*name, ++count[*name]);
  }
  return names;
}

void Deriver::name_value(const std::string& name, Value simple) {
  if (!names_.emplace(simple, name).second) return;
  if (!graph_.node(simple).op->leaf && graph_.type(simple).dtype == DType::real)
    intermediates_.push_back({name, simple, {}});
}

// Names of the simplified forward values; those between the parameters and the cost are
// intermediates.
void Deriver::name_values(Simplifier& simplify) {
  const auto overwritten = overwritten_names();
  for (const auto& [name, value] : model_.names) {
    const std::string* first = graph_.name(value);
    name_value(first ? *first : name, simplify(value));
  }
  for (const auto& [value, name] : overwritten) {
    name_value(name, simplify(value));
    explained_.insert(simplify(value));
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
    for (const Value addend : addends(shown)) {
      direct.insert(addend);
      for (const Value input : graph_.inputs(addend.node)) direct.insert(through(input));
    }
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

// Each once, however often sums share it; a loop makes sums that are deeper than any stack.
std::vector<Value> Deriver::addends(Value sum) const {
  std::vector<Value> all, next{sum};
  for (std::set<Value> seen{sum}; !next.empty();) {
    const Value at = next.back();
    next.pop_back();
    if (!graph_.is(at, graph_.registry().core().add) || is_error(at)) {
      all.push_back(at);
      continue;
    }
    for (const Value input : graph_.inputs(at.node))
      if (const Value part = through(input); seen.insert(part).second) next.push_back(part);
  }
  return all;
}

// To verify a line is to look through all that the cost is made of, and to evaluate some of it.
void Deriver::require_verifiable() const {
  constexpr std::size_t most = 10'000'000;
  const std::size_t lines = errors_.size() + model_.parameters.size(),
                    nodes = live_nodes(graph_, {&cost_, 1}).size();
  if (lines * nodes <= most) return;
  throw UserError("the derivation has " + std::to_string(lines) +
                      " errors and gradients, and to verify each is to evaluate a cost of " +
                      std::to_string(nodes) + " nodes: that is more than `derive` takes on",
                  {"a shorter loop, or fewer layers, have the same equations"});
}

// Weights: products with errors, over every path by which the parameter is used. Biases: the errors
// themselves, or their sums.
EquationKind Deriver::kind_of(Value gradient) const {
  bool weights = false, biases = false, others = false;
  const auto& core = graph_.registry().core();
  for (Value addend : addends(gradient)) {
    while (graph_.is(addend, core.sample_sum) || graph_.is(addend, core.transpose))
      addend = through(graph_.inputs(addend.node)[0]);
    const auto inputs = graph_.inputs(addend.node);
    const bool direct = !graph_.node(addend).op->is_elementwise() &&
                        std::ranges::any_of(inputs, [&](Value v) { return is_error(through(v)); });
    if (is_error(addend) || (direct && inputs.size() == 1))
      biases = true;
    else if (direct || graph_.is(addend, core.matmul))
      weights = true;
    else
      others = others || mentions_error(addend, addend);
  }
  if (others || weights == biases) return EquationKind::parameters;
  return weights ? EquationKind::weights : EquationKind::biases;
}

bool Deriver::mentions_error(Value value, Value own) const {
  std::vector<Value> next{value};
  for (std::set<Value> seen; !next.empty();) {
    const Value at = next.back();
    next.pop_back();
    for (const Value input : graph_.inputs(at.node)) {
      if (is_error(input) && input != own) return true;
      if (!names_.contains(input) && seen.insert(input).second) next.push_back(input);
    }
  }
  return false;
}

void Deriver::write_formula(Equation& equation, Value value) const {
  const auto name_of = [&](Value v) -> std::string {
    const auto short_name = shown_names_.find(v);
    return short_name == shown_names_.end() ? "" : short_name->second;
  };
  equation.right = formula(graph_, value, name_of);
  equation.latex = formula(graph_, value, name_of, Markup::latex);
}

void Deriver::write_name(Equation& equation, const std::string& name) const {
  equation.right = name;
  equation.latex = latex_of(name, Words::variables);
}

DerivationCheck Deriver::checking() const {
  std::vector<Value> derived = parameter_gradients_, wrt;
  for (const Parameter& parameter : model_.parameters) wrt.push_back(parameter.value);
  for (const Intermediate& error : errors_) {
    derived.push_back(error.gradient);
    wrt.push_back(error.value);
  }
  return {graph_, cost_, derived, wrt};
}

void Deriver::write_errors(DerivationCheck& check, Derivation& result) {
  for (const bool hidden : {false, true})
    for (const Intermediate& error : errors_) {
      if (mentions_error(error.gradient, error.gradient) != hidden) continue;
      Equation equation;
      equation.kind = hidden ? EquationKind::hidden_error : EquationKind::output_error;
      equation.left = deltas_.at(error.gradient) + " = ∂C/∂" + error.name;
      write_formula(equation, error.gradient);
      equation.difference = checked_[error.gradient] =
          check.difference(error.value, error.gradient);
      result.equations.push_back(std::move(equation));
    }
}

void Deriver::write_parameters(DerivationCheck& check, Derivation& result) {
  for (const EquationKind kind :
       {EquationKind::weights, EquationKind::biases, EquationKind::parameters})
    for (std::size_t i = model_.parameters.size(); i-- > 0;) {
      const Value gradient = through(parameter_gradients_[i]);
      if (kind_of(gradient) != kind) continue;
      Equation equation;
      equation.kind = kind;
      equation.left = "∂C/∂" + model_.parameters[i].name;
      if (const auto name = shown_names_.find(gradient); name != shown_names_.end())
        write_name(equation, name->second);
      else
        write_formula(equation, gradient);
      equation.difference = checked_[gradient] =
          check.difference(model_.parameters[i].value, parameter_gradients_[i]);
      result.equations.push_back(std::move(equation));
    }
}

// What a formula is printed of, down to the names that need no explanation.
std::set<Value> Deriver::shown_in(Value root) const {
  std::set<Value> shown;
  std::vector<Value> next{root};
  while (!next.empty()) {
    const Value value = next.back();
    next.pop_back();
    for (const Value input : graph_.inputs(value.node)) {
      const Value part = through(input);
      const bool ends = shown_names_.contains(part) && !explained_.contains(part);
      if (!ends && shown.insert(part).second) next.push_back(part);
    }
  }
  return shown;
}

// Names what formulas repeat or what would make them too long.
void Deriver::abbreviate() {
  shown_names_ = names_;
  for (const auto& [value, name] : deltas_) shown_names_[value] = name;
  std::vector<Value> roots;
  for (const Intermediate& error : errors_) roots.push_back(error.gradient);
  for (const Value gradient : parameter_gradients_)
    if (!shown_names_.contains(through(gradient))) roots.push_back(through(gradient));
  std::set<Value> mentioned;
  for (const Value root : roots) mentioned.merge(shown_in(root));
  std::erase_if(explained_, [&](Value v) { return !mentioned.contains(v); });
  roots.insert(roots.end(), explained_.begin(), explained_.end());
  for (const auto& [name, value] : abbreviations(graph_, roots, shown_names_, free_letter())) {
    shown_names_[value] = name;
    explained_.insert(value);
  }
}

// A letter that no name in the script begins with.
std::string Deriver::free_letter() const {
  for (const char* letter : {"u", "q", "r", "e", "ξ", "ζ"}) {
    const auto begins = [&](const auto& entry) { return entry.second.starts_with(letter); };
    if (std::ranges::none_of(names_, begins)) return letter;
  }
  return "ψ";
}

void Deriver::write_abbreviations(Derivation& result) const {
  std::map<Value, double> differences;
  for (const auto& [root, difference] : checked_)
    for (const Value part : shown_in(root)) keep_largest(differences[part], difference);
  for (const Value value : explained_) {
    Equation equation;
    equation.kind = EquationKind::abbreviation;
    equation.left = shown_names_.at(value);
    write_formula(equation, value);
    equation.difference = differences[value];
    result.equations.push_back(std::move(equation));
  }
}

Derivation Deriver::run() {
  const Value cost = required_cost(model_).value;
  Simplifier forward = simplifier_of(model_, false);
  cost_ = forward(cost);
  name_values(forward);
  std::vector<Value> wrt;
  for (const Parameter& p : model_.parameters) wrt.push_back(p.value);
  for (const Intermediate& i : intermediates_) wrt.push_back(i.value);
  Derivation result;
  result.of_one_sample = !couples_samples(graph_, cost_);
  const auto each =
      gradients(graph_, cost_, wrt, result.of_one_sample ? OverSamples::keep : OverSamples::sum);
  Simplifier backward = simplifier_of(model_, false);
  // Named values come first, so that gradients are expressed in them.
  for (const auto& [value, name] : std::map(names_)) names_.emplace(backward(value), name);
  std::set<Value> numbered;
  for (const Value value : explained_) numbered.insert(backward(value));
  explained_ = numbered;
  const auto simple = backward(each);
  const auto count = static_cast<std::ptrdiff_t>(model_.parameters.size());
  parameter_gradients_.assign(simple.begin(), simple.begin() + count);
  for (std::size_t i = 0; i < intermediates_.size(); ++i)
    intermediates_[i].gradient = simple[model_.parameters.size() + i];
  find_errors();
  require_verifiable();
  name_errors();
  abbreviate();
  DerivationCheck check = checking();
  write_errors(check, result);
  write_parameters(check, result);
  write_abbreviations(result);
  if (model_.optimizer) derive_updates(model_, twin_, parameter_gradients_, result);
  for (Equation& e : result.equations) e.verified = e.difference <= derivation_tolerance;
  return result;
}

}  // namespace

bool Derivation::verified() const { return std::ranges::all_of(equations, &Equation::verified); }

Derivation derive(Model& model, Model& twin) { return Deriver(model, twin).run(); }

}  // namespace ebb
