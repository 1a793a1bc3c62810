#include "graph/run/derivation_check.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "graph/core/gradient.hpp"
#include "graph/run/random_point.hpp"
#include "tests/support/graphs.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(derivation_check)

namespace {

double difference(const Graph& graph, Value cost, Value wrt, Value gradient) {
  return DerivationCheck(graph, cost, {gradient}, {wrt}).difference(wrt, gradient);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_right_gradient_agrees_and_a_wrong_one_does_not) {
  Graph g(registry());
  const Value x = g.input("x", real_per_sample({3}));
  const Value cost = g.add("sum", {g.add("tanh", {x})});
  const Value right = gradients(g, cost, {&x, 1})[0];
  BOOST_TEST(difference(g, cost, x, right) < 1e-9);
  const Value wrong = g.add("scale", {right}, {{"factor", 1.001}});
  BOOST_TEST(difference(g, cost, x, wrong) > 1e-5);
}

BOOST_AUTO_TEST_CASE(a_kink_beside_the_point_does_not_matter) {
  Graph g(registry());
  const Value x = g.variable("x", real_type({}));
  const RandomPoint point(g, {x}, 1);
  Evaluator evaluate(g);
  point.fill(evaluate);
  // The step of 1e-3 leads over the kink, that of 1e-4 does not.
  const Value kink = g.constant(evaluate(x).at(0) - 4e-4);
  const Value cost = g.add("relu", {g.add("sub", {x, kink})});
  const Value gradient = gradients(g, cost, {&x, 1})[0];
  BOOST_TEST(difference(g, cost, x, gradient) < 1e-9);
}

BOOST_AUTO_TEST_CASE(samples_that_meet_are_checked_together) {
  Graph g(registry());
  const Value x = g.input("x", real_per_sample({2}));
  const Value w = g.variable("w", real_type({2}));
  const Value z = g.add("mul", {w, x});
  const Value centred = g.add("sub", {z, g.add("sample_sum", {z})});
  const Value cost = g.add("sum", {g.add("tanh", {centred})});
  BOOST_TEST(couples_samples(g, cost));
  BOOST_TEST(!couples_samples(g, z));
  for (const Value wrt : {w, x}) {
    const Value summed = gradients(g, cost, {&wrt, 1})[0];
    BOOST_TEST(difference(g, cost, wrt, summed) < 1e-9);
    const Value kept = gradients(g, cost, {&wrt, 1}, OverSamples::keep)[0];
    BOOST_TEST(difference(g, cost, wrt, kept) > 1e-3);
  }
}

// a = tanh(x w), b = a + x: the cost depends on x by both, and on w by a alone.
BOOST_AUTO_TEST_CASE(gradients_that_are_right_serve_those_after_them) {
  Graph g(registry());
  const Value x = g.input("x", real_per_sample({2})), w = g.variable("w", real_type({2}));
  const Value a = g.add("tanh", {g.add("mul", {x, w})}), b = g.add("add", {a, x});
  const Value cost = g.add("sum", {g.add("mul", {b, g.add("mul", {b, a})})});
  const std::vector<Value> wrt{b, a, w, x};
  const std::vector<Value> right = gradients(g, cost, wrt);
  DerivationCheck check(g, cost, right, wrt);
  for (std::size_t i = 0; i < wrt.size(); ++i)
    BOOST_TEST(check.difference(wrt[i], right[i]) < 1e-9);
  BOOST_TEST(check.difference(w, g.add("scale", {right[2]}, {{"factor", 1.001}})) > 1e-6);

  // What is wrong serves nobody.
  const Value wrong = g.add("scale", {right[0]}, {{"factor", 1.001}});
  DerivationCheck other(g, cost, {wrong, right[2]}, wrt);
  BOOST_TEST(other.difference(b, wrong) > 1e-6);
  BOOST_TEST(other.difference(w, right[2]) < 1e-9);
}

// Behind a value whose gradient is known no node is evaluated: none has a value there.
BOOST_AUTO_TEST_CASE(the_rest_of_a_long_graph_is_evaluated_once) {
  Graph g(registry());
  const Value x = g.variable("x", real_type({})), y = g.variable("y", real_type({}));
  const Value a = g.add("tanh", {x}), cost = g.add("mul", {g.add("tanh", {a}), y});
  Evaluator point(g);
  point.set(x, Tensor::scalar(0.5));
  point.set(a, Tensor::scalar(std::tanh(0.5)));
  const Differences differences(g, cost, x, point, 1, ByDefinition::follow,
                                {{a.node, Tensor::scalar(3.0)}});
  BOOST_TEST(differences.slope(0, 1e-3) == 3 * (1 - std::pow(std::tanh(0.5), 2)),
             boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_SUITE_END()
