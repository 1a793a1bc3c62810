#include "graph/cli/cost_of_plan.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <string>

#include "tests/support/model.hpp"

using namespace ebb;

BOOST_AUTO_TEST_SUITE(cost_of_plan)

namespace {

using Flops = std::map<std::string, double>;

// Of ops that are steps of their own, in a plan for 10 samples of the outputs.
Flops flops_by_op(const std::string& script) {
  const auto model = test::model_of(script);
  PlanRequest request{{}, {}, Precision::f32, 10};
  for (const NamedValue& output : model->outputs) request.fetches.push_back(output.value);
  const Plan plan = make_plan(model->graph, request);
  Flops flops;
  for (const Step& step : plan.steps)
    if (step.kind != StepKind::copy && step.kind != StepKind::gemm && step.instructions.empty())
      flops[model->graph.node(step.node).op->name] += flops_of(plan, step);
  return flops;
}

}  // namespace

// 4 channels of 8 x 8, each number of them 3 * 3 * 3 products, for whichever the op gives.
BOOST_AUTO_TEST_CASE(convolutions_multiply_windows_by_kernels) {
  const double products = 10 * (4 * 8 * 8) * (3 * 3 * 3);
  BOOST_TEST(
      (flops_by_op("input x[3, 8, 8]\ninput y[4, 8, 8]\nparam w[4, 3, 3, 3] ~ zeros\n"
                   "a = conv2d(x, w, padding = [1])\n"
                   "b = conv2d_transpose(y, w, padding = [1])\n"
                   "c = conv2d_weights(x, y, padding = [1], kernel = [3, 3])\n"
                   "output a\noutput b\noutput c\n") == Flops{{"conv2d", 2 * products},
                                                              {"conv2d_transpose", 2 * products},
                                                              {"conv2d_weights", 2 * products}}));
}

BOOST_AUTO_TEST_CASE(groups_see_their_own_channels_only) {
  BOOST_TEST((flops_by_op("input x[4, 10]\nparam w[6, 2, 3] ~ zeros\n"
                          "a = conv1d(x, w, groups = 2)\noutput a\n") ==
              Flops{{"conv1d", 2.0 * 10 * (6 * 8) * (2 * 3)}}));
}

BOOST_AUTO_TEST_CASE(stacks_of_matrices) {
  BOOST_TEST((flops_by_op("input a[5, 3, 2]\ninput b[5, 3, 4]\n"
                          "c = batched_matmul(a, b, ta = true)\noutput c\n") ==
              Flops{{"batched_matmul", 2.0 * 10 * 5 * (2 * 4) * 3}}));
}

BOOST_AUTO_TEST_CASE(other_ops_count_their_elements) {
  BOOST_TEST((flops_by_op("input x[1, 30]\na = max_pool(x, [2])\noutput a\n") ==
              Flops{{"max_pool", 300}}));
}

BOOST_AUTO_TEST_SUITE_END()
