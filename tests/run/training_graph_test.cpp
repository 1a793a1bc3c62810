#include "graph/run/training_graph.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "graph/compile/simplify.hpp"
#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/model.hpp"

namespace ebb {

using namespace test;

BOOST_AUTO_TEST_SUITE(training_graph)

namespace {

// How many matrix products one update of two dense layers takes with this optimizer, and how many
// of them are added in place.
std::pair<std::int64_t, std::int64_t> products(const std::string& optimizer) {
  const auto model = model_of(
      "input x[20]\ntarget y[4]\nz = dense(sigmoid(dense(x, 30)), 4)\ncost quadratic(z, y)\n"
      "train { optimizer = " +
      optimizer + " }\n");
  const TrainingGraph training = make_training_graph(*model, nullptr);
  const Plan plan =
      make_plan(model->graph, {{training.objective}, training.assignments, Precision::f32, 10});
  return {std::ranges::count(plan.steps, StepKind::gemm, &Step::kind),
          std::ranges::count_if(plan.steps, [](const Step& s) { return s.gemm.accumulate; })};
}

// The weights after some steps in double, without these rewrites.
std::vector<double> trained(const std::vector<std::string>& without) {
  ElaborateOptions options = for_training();
  const auto model = model_of(
      "input x[3]\ntarget y[2]\na = dense(tanh(dense(x, 4)), 2, sigmoid)\ncost cross_entropy(a, "
      "y)\n"
      "data train {\n  x = values([[1, 2, 3], [4, 5, 6], [7, 8, 9], [1, 0, 1], [0, 1, 0]])\n"
      "  y = values([[0, 1], [1, 0], [0, 1], [1, 1], [0, 0]])\n}\n"
      "train {\n  optimizer = momentum(0.1)\n  minibatch = 2\n  epochs = 5\n}\n",
      options);
  model->without = without;
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, nullptr, store, {Precision::f64, 1});
  trainer.run([](const EpochReport&) { return true; });
  std::vector<double> weights;
  for (const auto& [name, tensor] : store.all())
    for (std::int64_t i = 0; i < tensor.elements_per_sample(); ++i) weights.push_back(tensor.at(i));
  return weights;
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_rewrite_changes_what_is_learned) {
  const auto wanted = trained({});
  BOOST_TEST(wanted.size() == 52u);  // 26 weights and their velocities
  auto names = rewrite_names(model_of("x = 1\n")->rewrites);
  std::vector<std::vector<std::string>> cases;
  for (const std::string& name : names) cases.push_back({name});
  cases.push_back(std::move(names));
  for (const auto& without : cases) {
    const auto weights = trained(without);
    BOOST_REQUIRE(weights.size() == wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i)
      BOOST_TEST(std::abs(weights[i] - wanted[i]) <= 1e-9 * std::max(1.0, std::abs(wanted[i])),
                 without.front() << ": " << weights[i] << ", not " << wanted[i]);
  }
}

// Two forward, one delta, one for each gradient.
BOOST_AUTO_TEST_CASE(each_gradient_is_one_product_whatever_the_update_rule) {
  using Counts = std::pair<std::int64_t, std::int64_t>;
  BOOST_TEST((products("sgd(0.1)") == Counts{5, 2}));
  BOOST_TEST((products("sgd(step_decay(0.1, 100))") == Counts{5, 2}));
  BOOST_TEST((products("momentum(0.1)") == Counts{5, 2}));
  BOOST_TEST((products("nesterov(0.1)") == Counts{5, 0}));
  BOOST_TEST((products("adam(0.1)") == Counts{5, 0}));
  BOOST_TEST((products("weight_decay(sgd(0.1), 0.001)") == Counts{5, 2}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
