#include "graph/core/proof.hpp"

#include <algorithm>
#include <cmath>

#include "graph/core/diagnostic.hpp"
#include "graph/core/evaluate.hpp"
#include "graph/core/gradient.hpp"
#include "graph/core/proof_cases.hpp"
#include "graph/core/proof_kernels.hpp"

namespace ebb {

namespace {

constexpr std::int64_t samples = 3;
constexpr double first_tolerance = 1e-7, second_tolerance = 1e-6;
// Second derivatives are the dear ones; the first cases have the fewest elements.
constexpr std::size_t second_order_cases = 3;

std::vector<std::string> claims_of(const OpDef& op) {
  std::vector<std::string> claims;
  if (op.claims_(EBB_ZERO_GRADIENT)) claims.emplace_back("its gradient is zero");
  if (op.claims_(EBB_GRADIENT_BY_DEFINITION))
    claims.push_back("its gradient is by definition, not the derivative: " + op.reason);
  if (op.claims_(EBB_FIRST_ORDER)) claims.emplace_back("it has first derivatives only");
  if (op.claims_(EBB_RANDOM)) claims.emplace_back("random: the same key, the same numbers");
  if (op.claims_(EBB_ACROSS_SAMPLES))
    claims.emplace_back("a sample's result depends on the others of its mini-batch");
  return claims;
}

class OpProver {
 public:
  OpProver(const OpRegistry& ops, const OpDef& op) : ops_(ops), op_(op) {
    proof_.op = op.name;
    proof_.claims = claims_of(op);
    seen_.resize(op.inputs.size());
  }

  OpProof operator()() {
    check_derivative();
    if (op_.kind >= EBB_KIND_OPTIMIZER) {
      prove_updates();
      return proof_;
    }
    const auto cases = proof_cases(ops_, op_);
    if (op_.is_elementwise()) prove_cut_spans(cases[0].attrs);
    for (const ProbeCase& one : cases) prove_case(one);
    // Where the gradient itself is wrong, this is the better thing to say.
    for (std::size_t i = 0; i < std::min(cases.size(), second_order_cases); ++i)
      prove_second_order(cases[i]);
    require_substance();
    if (!has_gradient()) proof_.claims.emplace_back("it can not be differentiated");
    return proof_;
  }

 private:
  // Of one input: the checks of its gradient, and those that saw another number than zero.
  struct Seen {
    std::int64_t checks = 0, substantial = 0;
  };

  void check_derivative() const {
    if (op_.derivative.empty()) return;
    const OpDef* derivative = ops_.find(op_.derivative);
    if (!derivative)
      throw OpError{"it names `" + op_.derivative + "` as its derivative, but there is no such op",
                    {}};
    if (op_.inputs.size() != 1 || derivative->inputs.size() != 1)
      throw OpError{"only an op of one input has an op as its derivative", {}};
  }
  bool has_gradient() const {
    for (std::size_t i = 0; i < op_.inputs.size(); ++i)
      if (op_.is_differentiable_in(i) || op_.claims_(EBB_ZERO_GRADIENT)) return true;
    return false;
  }
  std::string input_name(std::size_t i) const {
    return op_.inputs[std::min(i, op_.inputs.size() - 1)].name;
  }

  void prove_case(const ProbeCase& one) {
    for (const auto& way : sharings(one)) {
      if (!is_accepted(ops_, op_, one, way)) continue;
      const Probe probe = make_probe(ops_, op_, one, way, samples);
      prove_kernels(probe, probe.result.node);
      prove_integers(one, way);
      prove_sum_over_samples(one, way);
      for (std::size_t i = 0; i < one.shapes.size(); ++i) prove_first(one, way, i);
    }
  }
  void prove_second_order(const ProbeCase& one) {
    for (const auto& way : sharings(one)) {
      if (!is_accepted(ops_, op_, one, way)) continue;
      for (std::size_t i = 0; i < one.shapes.size(); ++i)
        for (std::size_t j = 0; j < one.shapes.size(); ++j) prove_second(one, way, i, j);
    }
  }

  void prove_kernels(const Probe& probe, NodeId id) {
    proof_.kernel_runs += prove_kernel(probe.graph, id, inputs_of(probe, id), samples);
  }
  static std::vector<Tensor> inputs_of(const Probe& probe, NodeId id) {
    Evaluator evaluate(probe.graph, Precision::f64, samples);
    for (const LeafValue& leaf : probe.leaves) evaluate.set(leaf.leaf, leaf.value);
    std::vector<Tensor> inputs;
    for (const Value input : probe.graph.inputs(id)) inputs.push_back(evaluate(input));
    return inputs;
  }
  // Inputs that take every type are whole numbers, too.
  void prove_integers(const ProbeCase& one, const std::vector<bool>& way) {
    const auto any = [](const InputDef& input) { return input.dtype == EBB_ANY; };
    if (std::ranges::none_of(op_.inputs, any)) return;
    try {
      const Probe probe = make_probe(ops_, op_, one, way, samples, DType::i64);
      prove_kernels(probe, probe.result.node);
    } catch (const OpError&) {
      if (is_accepted(ops_, op_, one, way, nullptr, DType::i64)) throw;
    }
  }
  void prove_cut_spans(const NamedAttrs& attrs) {
    constexpr std::int64_t n = 37;
    const ProbeCase one{std::vector<Shape>(op_.inputs.size(), Shape{n}), attrs};
    const Probe probe =
        make_probe(ops_, op_, one, std::vector<bool>(op_.inputs.size(), false), samples);
    const NodeId id = probe.result.node;
    proof_.kernel_runs += prove_spans(probe.graph, id, inputs_of(probe, id));
  }
  // With the attribute that sums over the samples it gives the sum of what it gives without.
  void prove_sum_over_samples(ProbeCase one, const std::vector<bool>& way) {
    if (op_.over_samples.empty()) return;
    Probe probe = make_probe(ops_, op_, one, way, samples);
    if (!probe.graph.type(probe.result).per_sample) return;
    const Tensor sum = evaluated_sum(probe);
    one.attrs.emplace_back(op_.over_samples, true);
    const Probe summing = make_probe(ops_, op_, one, way, samples);
    prove_kernels(summing, summing.result.node);
    const Tensor own = evaluated(summing, Precision::f64, samples);
    if (!(own.type() == sum.type()))
      throw OpError{"with `" + op_.over_samples + "` it gives " + to_string(own.type()) +
                        ", where the sum over the samples is " + to_string(sum.type()),
                    {}};
    for (std::int64_t i = 0; i < own.elements_per_sample(); ++i)
      if (!(std::abs(own.at(i) - sum.at(i)) <= 1e-9 * std::max(1.0, std::abs(sum.at(i)))))
        throw OpError{"with `" + op_.over_samples + "` it gives " + nine_digits(own.at(i)) +
                          ", where the sum over the samples is " + nine_digits(sum.at(i)),
                      {}};
  }
  static Tensor evaluated_sum(Probe& probe) {
    Probe summed = probe;
    summed.result = summed.graph.add("sample_sum", {probe.result});
    return evaluated(summed, Precision::f64, samples);
  }

  // A scalar that is not linear in those real outputs of the probe that are asked for, -1 for all;
  // nothing where they are none.
  static Value objective_of(Probe& probe, std::int64_t output) {
    Graph& graph = probe.graph;
    Value sum;
    const auto count = static_cast<std::uint32_t>(graph.node(probe.result).outputs.size());
    for (std::uint32_t k = 0; k < count; ++k) {
      const Value y{probe.result.node, k};
      if (graph.type(y).dtype != DType::real || (output >= 0 && output != k)) continue;
      const Value part = weighted_sum(graph, graph.add("add", {graph.add("mul", {y, y}), y}));
      sum = sum ? graph.add("add", {sum, part}) : part;
    }
    return sum;
  }
  bool is_checked(const Probe& probe, std::size_t i) const {
    return probe.graph.type(probe.leaves[i].leaf).dtype == DType::real &&
           (op_.is_differentiable_in(i) || op_.claims_(EBB_ZERO_GRADIENT));
  }

  void prove_first(const ProbeCase& one, const std::vector<bool>& way, std::size_t i) {
    const std::int64_t alone = op_.outputs > 1 ? op_.outputs : 0;
    for (std::int64_t output = -1; output < alone; ++output) {
      Probe probe = make_probe(ops_, op_, one, way, samples);
      if (!is_checked(probe, i)) return;
      const Value objective = objective_of(probe, output);
      if (!objective) continue;
      const Value x = probe.leaves[i].leaf;
      if (output < 0) prove_backward(probe, objective, x);
      if (op_.claims_(EBB_GRADIENT_BY_DEFINITION)) return;
      const auto check =
          check_gradient(probe.graph, objective, x, probe.leaves, samples, first_tolerance);
      if (!check.passed) refuse_first(one, way, probe, i, check);
      proof_.first += check.compared;
      count(i, check);
    }
  }
  // The kernels of the plugin that the gradient runs: backward kernels.
  void prove_backward(Probe probe, Value objective, Value x) {
    gradients(probe.graph, objective, {&x, 1});
    if (!op_.backward) return;
    for (NodeId id = 0; id < probe.graph.size(); ++id)
      if (probe.graph.node(id).op == op_.backward) prove_kernels(probe, id);
  }
  void prove_second(const ProbeCase& one, const std::vector<bool>& way, std::size_t i,
                    std::size_t j) {
    if (op_.claims_(EBB_GRADIENT_BY_DEFINITION) || op_.claims_(EBB_FIRST_ORDER)) return;
    Probe probe = make_probe(ops_, op_, one, way, samples);
    if (!op_.is_differentiable_in(i) || !is_checked(probe, i) ||
        probe.graph.type(probe.leaves[j].leaf).dtype != DType::real)
      return;
    const Value objective = objective_of(probe, -1);
    if (!objective) return;
    const Value x = probe.leaves[i].leaf;
    GradientCheck check;
    try {
      const Value g = gradients(probe.graph, objective, {&x, 1})[0];
      check = check_gradient(probe.graph, weighted_sum(probe.graph, g), probe.leaves[j].leaf,
                             probe.leaves, samples, second_tolerance);
    } catch (const UserError& error) {
      throw OpError{"its gradient with respect to " + input_name(i) +
                        " has no gradient itself: " + error.diagnostic().message,
                    "let its rule call ops that can be differentiated, or claim first_order()"};
    }
    if (!check.passed)
      throw OpError{"the second derivative with respect to " + input_name(i) + " and " +
                        input_name(j) + " is wrong: " + differing(one, way, probe, j, check),
                    "the gradient itself agrees; an op that its rule calls has a wrong one"};
    proof_.second += check.compared;
    proof_.difference = std::max(proof_.difference, check.worst);
  }

  void count(std::size_t i, const GradientCheck& check) {
    Seen& seen = seen_[std::min(i, seen_.size() - 1)];
    ++seen.checks;
    seen.substantial += check.all_zero ? 0 : 1;
    proof_.difference = std::max(proof_.difference, check.worst);
  }

  // "at x = 0.5, y = 1.5 it is 1, central differences give 2"
  std::string differing(const ProbeCase& one, const std::vector<bool>& way, const Probe& probe,
                        std::size_t i, const GradientCheck& check) const {
    std::string at = "at " + input_name(i) + " = " + nine_digits(check.at);
    for (std::size_t k = 0; k < one.shapes.size(); ++k) {
      const Tensor& value = probe.leaves[k].value;
      if (k != i && value.elements_per_sample() * value.samples() == 1)
        at += ", " + input_name(k) + " = " + nine_digits(value.at(0));
    }
    for (const auto& [name, value] : one.attrs) at += ", " + name + " = " + to_string(value);
    const bool scalar = std::ranges::all_of(one.shapes, &Shape::is_scalar) &&
                        std::ranges::none_of(way, [](bool per_sample) { return per_sample; });
    if (!scalar) {
      at += " (an element; shapes";
      for (std::size_t k = 0; k < one.shapes.size(); ++k)
        at += (k ? ", " : " ") + to_string(one.shapes[k]) + (way[k] ? " per sample" : "");
      at += ")";
    }
    return at + " it is " + nine_digits(check.analytic) + ", central differences give " +
           nine_digits(check.numeric);
  }
  [[noreturn]] void refuse_first(const ProbeCase& one, const std::vector<bool>& way,
                                 const Probe& probe, std::size_t i,
                                 const GradientCheck& check) const {
    const std::string where = differing(one, way, probe, i, check);
    if (op_.claims_(EBB_ZERO_GRADIENT))
      throw OpError{"it claims that its gradient is zero, but with respect to " + input_name(i) +
                        " it is not: " + where,
                    "where it jumps is a kink of its record; else it needs a gradient rule"};
    throw OpError{"the gradient with respect to " + input_name(i) + " is wrong: " + where,
                  std::isfinite(check.numeric)
                      ? "correct its rule; where it is meant to differ from the derivative, claim "
                        "gradient_by_definition(\"why\")"
                      : "the op has no derivative there: give " + input_name(i) +
                            " its domain and its kinks"};
  }

  void require_substance(const std::string& name, const Seen& seen) const {
    if (seen.checks == 0)
      throw OpError{"it has a gradient with respect to " + name +
                        ", but no test reached it: " + name + " or the result is no real number",
                    "an input without a gradient says no_gradient in place of a rule"};
    if (seen.substantial == 0 && !op_.claims_(EBB_ZERO_GRADIENT))
      throw OpError{"the gradient with respect to " + name +
                        " was zero wherever it was tested, which proves nothing",
                    "claim zero_gradient() if it is zero everywhere; else give " + name +
                        " a domain, or the op cases, where it is not"};
  }

  // A test that has seen nothing has tested nothing.
  void require_substance() const {
    if (op_.claims_(EBB_GRADIENT_BY_DEFINITION)) return;
    for (std::size_t i = 0; i < op_.inputs.size(); ++i)
      if (op_.is_differentiable_in(i)) require_substance(op_.inputs[i].name, seen_[i]);
  }

  // An optimizer or a schedule: two updates from the first values of its states.
  void prove_updates() {
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 3}}) {
      if (op_.kind == EBB_KIND_SCHEDULE && !shape.is_scalar()) break;
      ProbeCase one;
      const std::size_t settings = op_.inputs.size() - op_.settings().size();
      for (std::size_t i = 0; i < op_.inputs.size(); ++i)
        one.shapes.push_back(i < settings ? shape : Shape{});
      for (const AttrDef& attr : op_.attrs)
        if (!attr.fallback) one.attrs.emplace_back(attr.name, Attr(std::int64_t{1}));
      Probe probe =
          make_probe(ops_, op_, one, std::vector<bool>(op_.inputs.size(), false), samples);
      for (std::size_t i = 0; i < op_.inputs.size(); ++i) {
        const bool is_state = i >= op_.given_inputs() && i < settings;
        if (is_state) fill(probe.leaves[i].value, op_.states[i - op_.given_inputs()].initial);
        if (op_.inputs[i].fallback) fill(probe.leaves[i].value, *op_.inputs[i].fallback);
      }
      prove_kernels(probe, probe.result.node);
      advance(probe);
      prove_kernels(probe, probe.result.node);
    }
  }
  static void fill(Tensor& tensor, double value) {
    for (std::int64_t i = 0; i < tensor.elements_per_sample(); ++i) tensor.set(i, value);
  }
  void advance(Probe& probe) const {
    Evaluator evaluate(probe.graph);
    for (const LeafValue& leaf : probe.leaves) evaluate.set(leaf.leaf, leaf.value);
    std::vector<Tensor> next;
    for (std::uint32_t k = 0; k < static_cast<std::uint32_t>(op_.outputs); ++k)
      next.push_back(evaluate({probe.result.node, k}));
    if (op_.kind == EBB_KIND_OPTIMIZER) probe.leaves[0].value = next[0];
    for (std::size_t k = 0; k < op_.states.size(); ++k)
      probe.leaves[op_.given_inputs() + k].value = next[k + 1];
  }

  const OpRegistry& ops_;
  const OpDef& op_;
  OpProof proof_;
  std::vector<Seen> seen_;
};

OpProof prove_op(const OpRegistry& ops, const OpDef& op) {
  const auto refuse = [&](std::string message, std::vector<std::string> hints) {
    // What rules say begins with the names that stand here anyway.
    const std::string named = op.name + " of the plugin " + op.plugin + ": ";
    if (message.starts_with(named)) message.erase(0, named.size());
    return UserError("plugin " + op.plugin + ": op `" + op.name + "`: " + message,
                     std::move(hints));
  };
  try {
    return OpProver(ops, op)();
  } catch (const OpError& error) {
    std::vector<std::string> names;
    for (const InputDef& input : op.inputs) names.push_back(input.name);
    throw refuse(fill_in(error.message, names), hints_of(fill_in(error.hint, names)));
  } catch (const UserError& error) {
    throw refuse(error.diagnostic().message, error.diagnostic().hints);
  }
}

}  // namespace

std::vector<OpProof> prove(const Registry& registry, const std::string& plugin) {
  std::vector<OpProof> proofs;
  for (const auto& op : registry.ops.all())
    if (op->plugin == plugin && !op->backward_of) proofs.push_back(prove_op(registry.ops, *op));
  return proofs;
}

}  // namespace ebb
