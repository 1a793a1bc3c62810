// Products that are added to what is there, held against plain evaluation.
#include "graph/run/gemm_call.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/network.hpp"
#include "tests/support/trial.hpp"

namespace ebb {

using namespace test;

namespace {

using Kind = Gemm::Samples;

struct Products {
  Graph g{registry()};
  Value w = g.variable("w", real_type({4, 3}));
  Value x = g.input("x", real_per_sample({3}));
  Value y = g.input("y", real_per_sample({4}));
  Value m = g.input("m", real_per_sample({4, 3}));
};

std::vector<const Step*> added(const Plan& plan) {
  std::vector<const Step*> result;
  for (const Step& step : plan.steps)
    if (step.gemm.accumulate) result.push_back(&step);
  return result;
}

// Whether the product's result lies where what it is added to lies.
bool in_place(const Plan& plan, const Step& step) {
  const Buffer &from = plan.buffers[step.inputs[2]], &to = plan.buffers[step.outputs[0]];
  return from.home == to.home && from.offset == to.offset &&
         (from.home == Home::arena || from.root == to.root);
}

// Runs the request in both precisions, with as many samples as there is room for and with fewer;
// returns the last trial.
Trial held(const Graph& graph, PlanRequest request, PlanRequest original) {
  request.max_samples = original.max_samples = 5;
  std::unique_ptr<Trial> trial;
  for (const Precision precision : {Precision::f32, Precision::f64}) {
    request.precision = original.precision = precision;
    trial = std::make_unique<Trial>(graph, request, original);
    for (const std::int64_t samples : {5, 2, 5, 1})
      BOOST_TEST(trial->run(samples) < (precision == Precision::f64 ? 1e-12 : 2e-5));
  }
  return std::move(*trial);
}
Trial held(const Graph& graph, const PlanRequest& request) { return held(graph, request, request); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(gemm_call, Products)

BOOST_AUTO_TEST_CASE(products_of_every_kind_are_added_in_place) {
  const Value v = g.variable("v", real_type({3, 3}));
  const auto over = [&](Value a, Value b, const char* flag) {
    return g.add("matmul", {a, b}, {{flag, true}, {"over_samples", true}});
  };
  const auto plus = [&](Value value, Value product) { return g.add("add", {value, product}); };
  const std::pair<Value, Kind> sums[] = {
      {plus(g.add("exp", {v}), g.add("matmul", {w, w}, {{"ta", true}})), Kind::none},
      {plus(g.add("matmul", {w, x}), g.add("tanh", {y})), Kind::in_n},
      {plus(g.add("exp", {w}), over(y, x, "tb")), Kind::in_k},
      {plus(g.add("tanh", {m}), g.add("matmul", {m, v})), Kind::batch},
      {plus(g.add("exp", {v}), over(m, m, "ta")), Kind::summed}};
  for (const auto& [sum, samples] : sums) {
    const Trial trial = held(g, {{sum}, {}, Precision::f64, 5});
    const auto steps = added(trial.plan());
    BOOST_REQUIRE(steps.size() == 1u);
    BOOST_TEST((steps[0]->gemm.samples == samples));
    BOOST_TEST(in_place(trial.plan(), *steps[0]));
  }
}

BOOST_AUTO_TEST_CASE(a_variable_grows_by_a_product_in_place) {
  const Value product = g.add("matmul", {y, x}, {{"tb", true}, {"over_samples", true}});
  const Value next = g.add("add", {w, product});
  const Trial trial = held(g, {{g.add("matmul", {w, x})}, {{w, next}}, Precision::f64, 5});
  const auto steps = added(trial.plan());
  BOOST_REQUIRE(steps.size() == 1u);
  BOOST_TEST(in_place(trial.plan(), *steps[0]));
  BOOST_TEST(trial.plan().steps.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_velocity_is_scaled_and_grows_in_place) {
  const Value product = g.add("matmul", {y, x}, {{"tb", true}, {"over_samples", true}});
  const Value next = g.add("add", {g.add("scale", {w}, {{"factor", 0.9}}), product});
  const Trial trial = held(g, {{}, {{w, next}}, Precision::f64, 5});
  const auto steps = added(trial.plan());
  BOOST_REQUIRE(steps.size() == 1u);
  BOOST_TEST(in_place(trial.plan(), *steps[0]));
  BOOST_TEST(trial.plan().arena_bytes == 0u);
}

BOOST_AUTO_TEST_CASE(the_second_of_two_products_is_added_to_the_first) {
  const Value u = g.variable("u", real_type({4, 4}));
  const Value sum = g.add("add", {g.add("matmul", {w, x}), g.add("matmul", {u, y})});
  const Trial trial = held(g, {{g.add("tanh", {sum})}, {}, Precision::f64, 5});
  const auto steps = added(trial.plan());
  BOOST_REQUIRE(steps.size() == 1u);
  BOOST_TEST(in_place(trial.plan(), *steps[0]));
  BOOST_TEST(trial.count(StepKind::gemm) == 2u);
}

BOOST_AUTO_TEST_CASE(a_product_of_the_variable_itself_goes_to_other_memory_first) {
  const Value v = g.variable("v", real_type({3, 3}));
  const Value next = g.add("add", {v, g.add("matmul", {v, v}, {{"ta", true}})});
  const Trial trial = held(g, {{}, {{v, next}}, Precision::f64, 5});
  const auto steps = added(trial.plan());
  BOOST_REQUIRE(steps.size() == 1u);
  BOOST_TEST(!in_place(trial.plan(), *steps[0]));
  BOOST_TEST(trial.count(StepKind::copy) == 1u);
}

BOOST_AUTO_TEST_CASE(two_variables_that_grow_by_products_of_one_another) {
  const Value v = g.variable("v", real_type({3, 3})), u = g.variable("u", real_type({3, 3}));
  const Value v_next = g.add("add", {v, g.add("matmul", {u, u})});
  const Value u_next = g.add("add", {u, g.add("matmul", {v, v})});
  held(g, {{}, {{v, v_next}, {u, u_next}}, Precision::f64, 5});
}

BOOST_AUTO_TEST_CASE(what_others_read_is_not_added_to) {
  const Value e = g.add("tanh", {y});
  const Value product = g.add("matmul", {w, x});
  for (const Value sum : {g.add("add", {e, product}), g.add("add", {y, product})}) {
    const Trial trial = held(g, {{sum, e}, {}, Precision::f64, 5});
    BOOST_TEST(added(trial.plan()).empty());
  }
  const Trial trial = held(g, {{g.add("add", {g.add("tanh", {y}), product}), product}, {}});
  BOOST_TEST(added(trial.plan()).empty());
}

BOOST_AUTO_TEST_CASE(a_network_of_three_layers_is_updated_by_products_alone) {
  SigmoidNetwork network({7, 6, 5, 3}, 0.5);
  const Trial trial = held(network.graph(), network.training(Precision::f64, 5),
                           network.original(Precision::f64, 5));
  const auto steps = added(trial.plan());
  BOOST_TEST(steps.size() == 3u);
  for (const Step* step : steps) BOOST_TEST(in_place(trial.plan(), *step));
  BOOST_TEST(trial.count(StepKind::copy) == 0u);
  // Three forward, two deltas, three updates.
  BOOST_TEST(trial.count(StepKind::gemm) == 8u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
