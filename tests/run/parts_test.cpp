// Slices and concatenations in place against copies of them.
#include "graph/compile/parts.hpp"

#include <boost/test/unit_test.hpp>

#include "graph/core/gradient.hpp"
#include "graph/run/thread_pool.hpp"
#include "tests/support/trial.hpp"

namespace ebb {

using namespace test;

BOOST_AUTO_TEST_SUITE(parts)

namespace {

// Gates that join input and state at each of some steps, and their gradients.
PlanRequest gates(Graph& g, std::int64_t n, Precision precision, std::int64_t samples) {
  const Value x = g.input("x", real_per_sample({3, 4}));
  const Value w = g.variable("w", real_type({3 * n, 3 + n}));
  const Value first = g.input("h", real_per_sample({n}));
  Value h = first;
  std::vector<Value> states;
  for (std::int64_t t = 0; t < 4; ++t) {
    const Value product = g.add("matmul", {w, g.add("concat", {column(g, x, t), h})});
    const Value z = g.add("scale", {product}, {{"factor", 0.1}});
    const Value open = g.add("sigmoid", {rows(g, z, 0, n)});
    const Value kept = g.add("mul", {g.add("tanh", {rows(g, z, n, 2 * n)}), open});
    h = g.add("add", {kept, g.add("mul", {g.add("sigmoid", {rows(g, z, 2 * n, 3 * n)}), h})});
    states.push_back(h);
  }
  const Value all =
      g.add("stack", {states[0], states[1], states[2], states[3]}, {{"dim", std::int64_t{1}}});
  const Value sum =
      g.add("sum_to", {g.add("square", {all})}, {{"shape", std::vector<std::int64_t>{}}});
  const Value cost = g.add("sample_sum", {sum});
  const Value slope = gradients(g, cost, std::vector{w})[0];
  const Value step = g.add("scale", {slope}, {{"factor", 1e-5}});
  return {{cost, all, slope}, {{w, g.add("sub", {w, step})}}, precision, samples};
}

}  // namespace

BOOST_AUTO_TEST_CASE(results_are_the_same_bits_as_those_of_copies) {
  for (const Precision precision : {Precision::f32, Precision::f64})
    for (const std::int64_t n : {1, 5, 16, 70})
      for (const int threads : {1, 2}) {
        ThreadPool::shared().resize(threads);
        Graph g(registry());
        PlanRequest request = gates(g, n, precision, 40);
        Trial in_place(g, request);
        request.parts_in_place = false;
        Trial copied(g, request);
        BOOST_TEST(in_place.plan().steps.size() < copied.plan().steps.size());
        for (const std::int64_t samples : {40, 1, 13}) {
          BOOST_TEST(in_place.run(samples) < (precision == Precision::f32 ? 1e-3 : 1e-10));
          copied.run(samples);
          for (const Value value : request.fetches)
            BOOST_TEST(difference(in_place.fetched(value), copied.fetched(value)) == 0);
        }
      }
  ThreadPool::shared().resize(1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
