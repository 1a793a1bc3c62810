// What records claim of their gradients, tested as claims.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <ebb/plugin.hpp>
#include <optional>
#include <set>

#include "graph/core/gradient.hpp"
#include "tests/ops/cases.hpp"
#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(claims)

namespace {

Value sum_of_squares(Graph& graph, Value x) {
  return graph.add("sum_to", {graph.add("mul", {x, x})}, {{"shape", Ints{}}});
}

bool is_real(const Probe& probe, std::size_t leaf) {
  return probe.graph.type(probe.leaves[leaf].leaf).dtype == DType::real;
}

// An op that claims to have derivatives of first order only: the error of taking the second.
std::string second_derivative_error(const OpRegistry& ops, const OpDef& op, const Case& one,
                                    std::size_t input) {
  Probe probe = make_probe(ops, op, one, std::vector<bool>(one.shapes.size(), false), 1);
  const auto derive = [&](Value y) {
    return gradients(probe.graph, sum_of_squares(probe.graph, y),
                     {&probe.leaves[input].leaf, 1})[0];
  };
  const Value first = derive(probe.result);
  try {
    derive(first);
  } catch (const UserError& error) {
    return error.diagnostic().message;
  }
  return "it has one";
}

// A cube whose slope is an op without a rule.
void cubes(sdk::Plugin& plugin) {
  plugin.op("cube_slope").doc("3 x^2.").input("x").elementwise([](auto x) { return 3 * x * x; });
  plugin.op("cube")
      .doc("x^3.")
      .input("x")
      .elementwise([](auto x) { return x * x * x; })
      .vjp([](const sdk::Call& c) { return c.g * sdk::call("cube_slope", c[0]); })
      .first_order();
}

int cubes_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  return sdk::detail::plugin_main<&cubes>("cubes", "1.0", host, context, info);
}

// A unary elementwise op on a scalar leaf.
struct Curve {
  Graph graph{registry()};
  Value x = graph.input("x", {DType::real, false, {}});
  Value y, slope;
  Curve(const OpDef& op, const NamedAttrs& attrs) {
    y = graph.add(op, {&x, 1}, attrs);
    slope = gradients(graph, y, {&x, 1})[0];
  }
  double at(Value value, double point) const {
    Evaluator evaluate(graph);
    evaluate.set(x, Tensor::scalar(point));
    return evaluate(value).at(0);
  }
};

// What the documentation says of the gradient at a kink: "Its gradient at 0 is 0." A word in place
// of the number, an attribute's name, gives nan; nothing where it is silent.
std::optional<double> documented_gradient(const OpDef& op) {
  for (const std::string subject : {"gradient at ", "gradient there ", "gradient where "}) {
    const auto at = op.doc.find(subject);
    if (at == std::string::npos) continue;
    const std::string said = op.doc.substr(op.doc.find("is ", at) + 3);
    char* end = nullptr;
    const double number = std::strtod(said.c_str(), &end);
    return end == said.c_str() ? std::nan("") : number;
  }
  if (op.doc.find("gradient is ") != std::string::npos) return std::nan("");
  return std::nullopt;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_gradient_by_definition_is_not_the_derivative) {
  std::map<std::string, bool> differs;
  for_each_probe(ebb::test::registry(), [&](const OpDef& op, const Case& one,
                                            const std::vector<bool>& per_sample) {
    if (!op.claims_(EBB_GRADIENT_BY_DEFINITION)) return;
    for (std::size_t i = 0; i < one.shapes.size(); ++i) {
      Probe probe = make_probe(ebb::test::registry(), op, one, per_sample, sample_count);
      if (!is_real(probe, i) || !op.is_differentiable_in(i)) continue;
      const Value objective = sum_of_squares(probe.graph, probe.result);
      const auto check = check_gradient(probe.graph, objective, probe.leaves[i].leaf, probe.leaves,
                                        sample_count, 1e-3);
      differs[op.name] = differs[op.name] || !check.passed;
    }
  });
  BOOST_TEST(differs.size() >= 2u);
  for (const auto& [name, does] : differs)
    BOOST_TEST(does, name << " has the derivative as its gradient, but claims another");
}

BOOST_AUTO_TEST_CASE(a_second_derivative_is_refused_where_there_is_a_first_only) {
  const auto refused = [](const OpRegistry& ops, const OpDef& op, const Case& one, std::size_t i) {
    return second_derivative_error(ops, op, one, i)
        .ends_with(" can not be differentiated, but lies on the way to the objective");
  };
  OpRegistry own;
  own.load(&cubes_main);
  const Case vector{{{3}}, {}};
  BOOST_TEST(second_derivative_error(own, own.get("cube"), vector, 0) ==
             "cube_slope can not be differentiated, but lies on the way to the objective");
  BOOST_TEST(second_derivative_error(own, own.get("scale"), {{{3}}, {{"factor", 2.0}}}, 0) ==
             "it has one");
  for (const auto& op : ebb::test::registry().all()) {
    if (!op->claims_(EBB_FIRST_ORDER)) continue;
    for (const Case& one : cases_of(*op))
      for (std::size_t i = 0; i < one.shapes.size(); ++i)
        if (op->is_differentiable_in(i))
          BOOST_TEST(refused(ebb::test::registry(), *op, one, i), op->name);
  }
}

BOOST_AUTO_TEST_CASE(at_a_kink_the_gradient_is_the_documented_one_of_those_beside_it) {
  std::set<std::string> seen, compared;
  constexpr double h = 1e-6;
  for (const auto& op : ebb::test::registry().all()) {
    if (op->inputs.size() != 1 || !op->is_elementwise() || !op->is_differentiable_in(0) ||
        op->claims_(EBB_GRADIENT_BY_DEFINITION))
      continue;
    for (const Case& one : cases_of(*op)) {
      std::vector<double> kinks = one.kinks;
      const Domain& domain = op->inputs[0].domain;
      kinks.insert(kinks.end(), domain.kinks.begin(), domain.kinks.end());
      for (const double kink : kinks) {
        if (!one.shapes[0].is_scalar() || kink <= domain.lower || kink >= domain.upper) continue;
        const Curve curve(*op, one.attrs);
        const double y = curve.at(curve.y, kink);
        const double left = (y - curve.at(curve.y, kink - h)) / h;
        const double right = (curve.at(curve.y, kink + h) - y) / h;
        // A pole, a jump, or no kink with these attributes.
        if (!(std::abs(left) < 1e3 && std::abs(right) < 1e3) || std::abs(left - right) < 1e-3)
          continue;
        const double slope = curve.at(curve.slope, kink);
        seen.insert(op->name);
        BOOST_TEST(slope >= std::min(left, right) - 1e-5, op->name << " at " << kink);
        BOOST_TEST(slope <= std::max(left, right) + 1e-5, op->name << " at " << kink);
        const auto documented = documented_gradient(*op);
        BOOST_TEST(documented.has_value(),
                   op->name << " has a kink at " << kink << ", but says nothing of its gradient");
        if (!documented || std::isnan(*documented)) continue;
        compared.insert(op->name);
        // Documentation has five digits.
        BOOST_TEST(std::abs(slope - *documented) < 5e-5, op->name << " at " << kink);
      }
    }
  }
  BOOST_TEST(seen.size() >= 8u);
  for (const char* name : {"abs", "relu", "relu6"}) BOOST_TEST(compared.contains(name), name);
}

BOOST_AUTO_TEST_CASE(an_op_that_couples_samples_says_so) {
  std::map<std::string, bool> depends;
  for_each_probe(ebb::test::registry(), [&](const OpDef& op, const Case& one,
                                            const std::vector<bool>& per_sample) {
    if (!op.claims_(EBB_ACROSS_SAMPLES)) return;
    const Probe probe = make_probe(ebb::test::registry(), op, one, per_sample, sample_count);
    const Tensor together = evaluated(probe, Precision::f64, sample_count);
    for (std::int64_t s = 0; s < sample_count; ++s) {
      Probe alone = probe;
      for (LeafValue& leaf : alone.leaves) leaf.value = one_sample(leaf.value, s);
      depends[op.name] = depends[op.name] ||
                         !one_sample(together, s).same_bits(evaluated(alone, Precision::f64, 1));
    }
  });
  BOOST_TEST(!depends.empty());
  for (const auto& [name, does] : depends) BOOST_TEST(does, name);
}

BOOST_AUTO_TEST_SUITE_END()
