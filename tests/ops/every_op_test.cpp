// What every registered op must keep, the core's primitives included.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdio>
#include <set>

#include "graph/core/gradient.hpp"
#include "tests/ops/cases.hpp"
#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(every_op)

namespace {

Value add(Graph& graph, const char* op, std::vector<Value> inputs, const NamedAttrs& attrs = {}) {
  return graph.add(registry().get(op), inputs, attrs);
}

// A scalar that is not linear in the op's result, so that second derivatives are seen.
Value objective_of(Probe& probe) {
  const Value y = probe.result;
  const Value square = add(probe.graph, "mul", {y, y});
  return weighted_sum(probe.graph, add(probe.graph, "add", {square, y}));
}

// Counts, for each op's input, the checks in which some derivative was not zero.
struct Tally {
  std::map<std::string, std::int64_t> checks, substantial;
  void count(const OpDef& op, std::size_t input, const GradientCheck& check) {
    const std::string key = op.name + ", input " + std::to_string(input);
    ++checks[key];
    substantial[key] += check.all_zero ? 0 : 1;
  }
};

bool is_real(const Probe& probe, std::size_t leaf) {
  return probe.graph.type(probe.leaves[leaf].leaf).dtype == DType::real;
}

// Tests the gradient with respect to every real input of every op that has a rule for it.
Tally check_first_order(Precision precision, double tolerance) {
  Tally tally;
  for_each_probe(ebb::test::registry(), [&](const OpDef& op, const Case& one,
                                            const std::vector<bool>& per_sample) {
    if (op.claims_(EBB_GRADIENT_BY_DEFINITION)) return;
    for (std::size_t i = 0; i < one.shapes.size(); ++i) {
      Probe probe = make_probe(registry(), op, one, per_sample, sample_count);
      if (!is_real(probe, i) || (!op.is_differentiable_in(i) && !op.claims_(EBB_ZERO_GRADIENT)))
        continue;
      const Value objective = objective_of(probe);
      const auto check = check_gradient(probe.graph, objective, probe.leaves[i].leaf, probe.leaves,
                                        sample_count, tolerance, precision);
      BOOST_TEST(check.passed, describe(op, one, per_sample)
                                   << ", input " << i << ": " << check.message);
      tally.count(op, i, check);
    }
  });
  return tally;
}

// The same for the gradient of a weighted sum of the gradient, in every pair of inputs.
Tally check_second_order(Precision precision, double tolerance) {
  Tally tally;
  for_each_probe(ebb::test::registry(), [&](const OpDef& op, const Case& one,
                                            const std::vector<bool>& per_sample) {
    if (op.claims_(EBB_GRADIENT_BY_DEFINITION)) return;
    if (op.claims_(EBB_FIRST_ORDER)) return;
    for (std::size_t i = 0; i < one.shapes.size(); ++i)
      for (std::size_t j = 0; j < one.shapes.size(); ++j) {
        Probe probe = make_probe(registry(), op, one, per_sample, sample_count);
        if (!is_real(probe, j) || !op.is_differentiable_in(i)) continue;
        const Value x = probe.leaves[i].leaf;
        const Value g = gradients(probe.graph, objective_of(probe), {&x, 1})[0];
        const Value objective = weighted_sum(probe.graph, g);
        const auto check = check_gradient(probe.graph, objective, probe.leaves[j].leaf,
                                          probe.leaves, sample_count, tolerance, precision);
        BOOST_TEST(check.passed, describe(op, one, per_sample)
                                     << ", inputs " << i << " and " << j << ": " << check.message);
        if (i == j) tally.count(op, i, check);
      }
  });
  return tally;
}

void check_not_vacuous(const Tally& tally) {
  BOOST_TEST(tally.checks.size() > 40);
  for (const auto& [key, count] : tally.checks) {
    const OpDef& op = registry().get(key.substr(0, key.find(',')));
    const auto substantial = tally.substantial.at(key);
    if (op.claims_(EBB_ZERO_GRADIENT))
      BOOST_TEST(substantial == 0, key << " has a gradient, but claims that it is zero");
    else
      BOOST_TEST(2 * substantial > count, key << ": most checks saw nothing but zeros");
  }
}

std::int64_t total(const Tensor& tensor) { return tensor.elements_per_sample() * tensor.samples(); }

}  // namespace

BOOST_AUTO_TEST_CASE(every_op_is_documented) {
  for (const auto& op : ebb::test::registry().all()) {
    BOOST_TEST_CONTEXT(op->name) {
      BOOST_TEST(op->doc.ends_with('.') + op->doc.ends_with(").") >= 1);
      BOOST_TEST(!op->family.empty());
      if (op->leaf) continue;
      BOOST_TEST(!op->notation.empty());
      BOOST_TEST(op->precedence >= 1);
      BOOST_TEST(op->precedence <= 10);
      for (const AttrDef& attr : op->attrs) BOOST_TEST(!attr.doc.empty());
      if (op->plugin != "ops") continue;
      BOOST_TEST(!op->range.empty());
      BOOST_TEST(!op->example.empty());
      BOOST_TEST(!op->example_result.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(every_op_can_be_loaded_again_into_another_registry) {
  OpRegistry other;
  other.load(&ebb_ops_main);
  BOOST_TEST(other.names() == ebb::test::registry().names(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_op_has_cases) {
  for (const auto& op : ebb::test::registry().all())
    if (!op->leaf) BOOST_TEST(!cases_of(*op).empty(), op->name << " has no cases in cases.cpp");
}

BOOST_AUTO_TEST_CASE(gradients_agree_with_central_differences_in_double) {
  check_not_vacuous(check_first_order(Precision::f64, 1e-8));
}

BOOST_AUTO_TEST_CASE(gradients_agree_with_central_differences_in_float) {
  check_not_vacuous(check_first_order(Precision::f32, 1e-4));
}

BOOST_AUTO_TEST_CASE(second_derivatives_agree_with_central_differences_in_double) {
  check_not_vacuous(check_second_order(Precision::f64, 1e-7));
}

BOOST_AUTO_TEST_CASE(second_derivatives_agree_with_central_differences_in_float) {
  check_not_vacuous(check_second_order(Precision::f32, 1e-3));
}

BOOST_AUTO_TEST_CASE(an_op_without_a_rule_has_no_real_result_or_says_why) {
  for (const auto& op : ebb::test::registry().all()) {
    if (op->leaf || op->inputs.empty() || op->claims_(EBB_ZERO_GRADIENT)) continue;
    bool real_inputs = false;
    for (const InputDef& input : op->inputs)
      real_inputs = real_inputs || input.dtype == EBB_REAL || input.dtype == EBB_ANY;
    BOOST_TEST((!real_inputs || op->is_differentiable_in(0) || op->is_differentiable_in(1)),
               op->name);
  }
}

BOOST_AUTO_TEST_CASE(float_agrees_with_double) {
  for_each_probe(ebb::test::registry(), [&](const OpDef& op, const Case& one,
                                            const std::vector<bool>& per_sample) {
    const Probe probe = make_probe(ebb::test::registry(), op, one, per_sample, sample_count);
    const Tensor a = evaluated(probe, Precision::f32, sample_count);
    const Tensor b = evaluated(probe, Precision::f64, sample_count);
    for (std::int64_t i = 0; i < total(b); ++i)
      BOOST_TEST(std::abs(a.at(i) - b.at(i)) <= 1e-5 * std::max(1.0, std::abs(b.at(i))),
                 describe(op, one, per_sample));
  });
}

BOOST_AUTO_TEST_CASE(a_sample_alone_gives_the_same_bits_as_in_a_mini_batch) {
  std::int64_t compared = 0;
  for_each_probe(ebb::test::registry(), [&](const OpDef& op, const Case& one,
                                            const std::vector<bool>& per_sample) {
    const Probe probe = make_probe(ebb::test::registry(), op, one, per_sample, sample_count);
    if (!probe.graph.type(probe.result).per_sample || op.claims_(EBB_ACROSS_SAMPLES)) return;
    for (const auto precision : {Precision::f32, Precision::f64}) {
      const Tensor together = evaluated(probe, precision, sample_count);
      for (std::int64_t s = 0; s < sample_count; ++s) {
        Probe alone = probe;
        for (LeafValue& leaf : alone.leaves) leaf.value = one_sample(leaf.value, s);
        BOOST_TEST(one_sample(together, s).same_bits(evaluated(alone, precision, 1)),
                   describe(op, one, per_sample));
        ++compared;
      }
    }
  });
  BOOST_TEST(compared > 500);
}

BOOST_AUTO_TEST_CASE(results_lie_in_the_documented_range) {
  std::set<std::string> checked;
  for_each_probe(ebb::test::registry(), [&](const OpDef& op, const Case& one,
                                            const std::vector<bool>& per_sample) {
    double lower = 0, upper = 0;
    char open = 0, close = 0;
    if (std::sscanf(op.range.c_str(), "%c%lf, %lf%c", &open, &lower, &upper, &close) != 4) return;
    checked.insert(op.name);
    const Probe probe = make_probe(ebb::test::registry(), op, one, per_sample, sample_count);
    const Tensor y = evaluated(probe, Precision::f64, sample_count);
    for (std::int64_t i = 0; i < total(y); ++i) {
      BOOST_TEST((open == '(' ? y.at(i) > lower : y.at(i) >= lower), describe(op, one, per_sample));
      BOOST_TEST((close == ')' ? y.at(i) < upper : y.at(i) <= upper),
                 describe(op, one, per_sample));
    }
  });
  BOOST_TEST(checked.size() > 30u);
}

BOOST_AUTO_TEST_CASE(commutative_ops_do_not_mind_the_order) {
  for (const auto& op : ebb::test::registry().all()) {
    if (!op->claims_(EBB_COMMUTATIVE)) continue;
    const Case one{{{3}, {3}}, {}};
    Probe probe = make_probe(ebb::test::registry(), *op, one, {false, false}, 1);
    const Tensor forward = evaluated(probe, Precision::f64, 1);
    std::swap(probe.leaves[0].value, probe.leaves[1].value);
    BOOST_TEST(forward.same_bits(evaluated(probe, Precision::f64, 1)), op->name);
  }
}

BOOST_AUTO_TEST_CASE(a_derivative_is_a_unary_op_whose_values_are_the_slopes) {
  std::set<std::string> seen;
  for (const auto& op : ebb::test::registry().all()) {
    if (op->derivative.empty()) continue;
    const OpDef* derivative = ebb::test::registry().find(op->derivative);
    BOOST_REQUIRE_MESSAGE(derivative, op->name << " names `" << op->derivative << "`");
    seen.insert(op->name);
    BOOST_TEST(derivative->inputs.size() == 1u);
    const Case one{{{5}}, {}};
    Probe probe = make_probe(ebb::test::registry(), *op, one, {false}, 1);
    const Value slope = probe.graph.add(*derivative, {&probe.leaves[0].leaf, 1});
    const auto at = [&](double shift, Value value) {
      Tensor moved = probe.leaves[0].value.converted(DType::f64);
      Tensor x(moved.type());
      for (std::int64_t i = 0; i < 5; ++i) x.set(i, moved.at(i) + shift);
      Evaluator evaluator(probe.graph);
      evaluator.set(probe.leaves[0].leaf, x);
      return evaluator(value);
    };
    const double h = 1e-5;
    const Tensor up = at(h, probe.result), down = at(-h, probe.result), exact = at(0, slope);
    for (std::int64_t i = 0; i < 5; ++i)
      BOOST_TEST(std::abs((up.at(i) - down.at(i)) / (2 * h) - exact.at(i)) < 1e-8, op->name);
  }
  const std::set<std::string> wanted = {"abs", "cosh",    "lgamma", "relu",
                                        "sin", "sigmoid", "sinh",   "tanh"};
  BOOST_TEST(seen == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(training_ops_keep_the_type_of_their_first_input) {
  for_each_probe(ebb::test::registry(), [&](const OpDef& op, const Case& one,
                                            const std::vector<bool>& per_sample) {
    if (!op.claims_(EBB_TRAINING)) return;
    const Probe probe = make_probe(ebb::test::registry(), op, one, per_sample, sample_count);
    BOOST_TEST((probe.graph.type(probe.result) == probe.graph.type(probe.leaves[0].leaf)));
  });
}

BOOST_AUTO_TEST_SUITE_END()
