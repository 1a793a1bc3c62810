#include "graph/run/derivation_check.hpp"

#include <boost/test/unit_test.hpp>

#include "graph/core/gradient.hpp"
#include "graph/run/random_point.hpp"
#include "tests/support/graphs.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(derivation_check)

BOOST_AUTO_TEST_CASE(a_right_gradient_agrees_and_a_wrong_one_does_not) {
  Graph g(registry());
  const Value x = g.input("x", real_per_sample({3}));
  const Value cost = g.add("sum", {g.add("tanh", {x})});
  const Value right = gradients(g, cost, {&x, 1})[0];
  BOOST_TEST(gradient_difference(g, cost, x, right) < 1e-9);
  const Value wrong = g.add("scale", {right}, {{"factor", 1.001}});
  BOOST_TEST(gradient_difference(g, cost, x, wrong) > 1e-5);
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
  BOOST_TEST(gradient_difference(g, cost, x, gradient) < 1e-9);
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
    BOOST_TEST(gradient_difference(g, cost, wrt, summed) < 1e-9);
    const Value kept = gradients(g, cost, {&wrt, 1}, OverSamples::keep)[0];
    BOOST_TEST(gradient_difference(g, cost, wrt, kept) > 1e-3);
  }
}

BOOST_AUTO_TEST_SUITE_END()
