#include "graph/run/training_graph.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/support/model.hpp"

namespace ebb {

using namespace test;

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

}  // namespace

BOOST_AUTO_TEST_SUITE(training_graph)

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
