// Backward kernels in compiled plans.
#include <boost/test/unit_test.hpp>

#include "graph/compile/simplify.hpp"
#include "graph/core/gradient.hpp"
#include "tests/support/blend.hpp"
#include "tests/support/trial.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(backward_kernels)

namespace {

// The gradients of an objective with blend in it.
std::vector<Value> gradients_through_blend(Graph& graph, std::int64_t size, bool only_sum) {
  const Value x = graph.input("x", real_per_sample({size}));
  const Value m = graph.input("m", real_type({size}));
  const Value w = graph.variable("w", real_type({}));
  const Value y = graph.add("blend", {x, m, w});
  Value objective = graph.add("sin", {Value{y.node, 1}});
  if (!only_sum)
    objective = graph.add("add", {objective, graph.add("sum", {graph.add("cos", {y})})});
  const Value wrt[] = {x, w};
  return gradients(graph, objective, wrt);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_plan_agrees_with_plain_evaluation) {
  for (const Precision precision : {Precision::f64, Precision::f32}) {
    for (const bool only_sum : {false, true}) {
      for (const std::int64_t size : {3, 100}) {
        Graph graph(with_blend().ops);
        PlanRequest original;
        original.fetches = gradients_through_blend(graph, size, only_sum);
        original.precision = precision;
        original.max_samples = 5;
        PlanRequest request = original;
        request.fetches = Simplifier(graph, {})(original.fetches);
        Trial trial(graph, request, original);
        for (const std::int64_t samples : {5, 1, 3})
          BOOST_TEST(trial.run(samples) < (precision == Precision::f64 ? 1e-12 : 1e-4));
        const auto calls = std::ranges::count_if(trial.plan().steps, [](const Step& step) {
          return step.op && step.op->name == "blend.backward";
        });
        BOOST_TEST(calls == 1);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
