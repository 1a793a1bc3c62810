// Fused steps against plain evaluation: tiles end anywhere.
#include "graph/compile/fusion.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/trial.hpp"

namespace ebb {

using namespace test;

BOOST_AUTO_TEST_SUITE(fusion)

namespace {

// What a layer's elementwise part does, over rows, columns and single numbers of a matrix.
std::vector<Value> layer(Graph& g, const Shape& shape) {
  const Value x = g.input("x", real_per_sample(shape)), y = g.input("y", real_per_sample(shape));
  const Value column = g.variable("column", real_type({shape[0]}));
  const Value row = g.variable("row", real_type({1, shape[1]}));
  const Value own = g.input("own", real_per_sample({}));
  const Value a = g.add("sigmoid", {g.add("add", {g.add("mul", {x, row}), column})});
  const Value e = g.add("mul", {g.add("sub", {a, y}), own});
  const Value delta = g.add("mul", {e, g.add("mul", {a, g.add("sub", {g.constant(1), a})})});
  const Value positive = g.add("less", {g.constant(0), delta});
  return {a, g.add("sample_sum", {delta}), g.add("where", {positive, delta, e})};
}

}  // namespace

BOOST_AUTO_TEST_CASE(results_are_those_of_plain_evaluation_wherever_tiles_end) {
  for (const Shape& shape : {Shape{3, 5}, Shape{100, 7}, Shape{1, 129}, Shape{700, 3}}) {
    for (const Precision precision : {Precision::f32, Precision::f64}) {
      Graph g(registry());
      Trial trial(g, {layer(g, shape), {}, precision, 30});
      BOOST_TEST(trial.count(StepKind::elementwise) == 1u);
      const double tolerance = precision == Precision::f32 ? 1e-5 : 1e-14;
      for (const std::int64_t samples : {30, 1, 13}) BOOST_TEST(trial.run(samples) < tolerance);
    }
  }
}

BOOST_AUTO_TEST_CASE(variables_are_written_over_tile_by_tile) {
  Graph g(registry());
  const Shape shape{90, 70};
  const Value w = g.variable("w", real_type(shape)), m = g.variable("m", real_type(shape));
  const Value v = g.variable("v", real_type(shape)), gradient = g.input("g", real_type(shape));
  const auto mixed = [&](Value old, Value now, double rate) {
    return g.add("add", {g.add("scale", {old}, {{"factor", rate}}),
                         g.add("scale", {now}, {{"factor", 1 - rate}})});
  };
  const Value m_next = mixed(m, gradient, 0.9);
  const Value v_next = mixed(v, g.add("mul", {gradient, gradient}), 0.99);
  const Value change =
      g.add("div", {m_next, g.add("sqrt", {g.add("add", {v_next, g.constant(1)})})});
  Trial trial(g,
              {{}, {{m, m_next}, {v, v_next}, {w, g.add("sub", {w, change})}}, Precision::f64, 1});
  BOOST_TEST(trial.plan().steps.size() == 1u);
  for (int i = 0; i < 3; ++i) BOOST_TEST(trial.run(1) < 1e-14);
}

BOOST_AUTO_TEST_CASE(old_values_that_are_read_after_an_update_are_kept) {
  Graph g(registry());
  const Value v = g.variable("v", real_type({500})), w = g.variable("w", real_type({500}));
  const Value v_next = g.add("tanh", {v});
  // Nesterov's rule reads the state before and after.
  const Value w_next = g.add("sub", {w, g.add("sub", {g.add("scale", {v_next}, {{"factor", 1.9}}),
                                                      g.add("scale", {v}, {{"factor", 0.9}})})});
  Trial trial(g, {{}, {{v, v_next}, {w, w_next}}, Precision::f64, 1});
  for (int i = 0; i < 3; ++i) BOOST_TEST(trial.run(1) < 1e-14);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
