#include "graph/cli/layers.hpp"

#include <boost/test/unit_test.hpp>

#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/training.hpp"

using namespace ebb;

BOOST_AUTO_TEST_SUITE(layers)

namespace {

// A line for each step of the plan of an update.
std::string layers_of_steps(const std::string& network, const std::string& optimizer) {
  const test::Training training("input x[2]\ntarget y[1]\n" + network +
                                    "output z\ncost quadratic(z, y)\ndata train {\n"
                                    "  x = values([[1, 0], [0, 1]])\n  y = values([[1], [0]])\n}\n"
                                    "train {\n  optimizer = " +
                                    optimizer + "\n  minibatch = 2\n}\n",
                                Precision::f32);
  const Plan& plan = training.trainer.plan();
  std::string text;
  const std::vector<std::string> layers = layers_of(*training.model, plan);
  for (std::size_t i = 0; i < layers.size(); ++i)
    text += layers[i] + ": " + name_of(plan, plan.steps[i]) + "\n";
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(forwards_backwards_and_updates) {
  BOOST_TEST("\n" + layers_of_steps("h = dense(x, 3, act = tanh)\nz = dense(h, 1)\n", "sgd(0.1)") ==
             R"(
h: elementwise convert x, scale
: tensor sample_weight
h: gemm h.z
h: elementwise add h.z, tanh h
z: gemm z.z
z: elementwise convert y, add z.z, sub, mul, power, sample_sum, sample_sum, scale
: elementwise scale, mul
z: gemm
z: gemm
z: elementwise scale, mul, sub
h: elementwise power, sub, mul
h: tensor sample_sum
h: gemm
h: elementwise scale, sub
)");
}

BOOST_AUTO_TEST_CASE(rules_of_several_ops_belong_to_the_layer_of_their_parameter) {
  BOOST_TEST(
      "\n" + layers_of_steps("h = dense(x, 3, act = tanh)\nz = dense(h, 1)\n", "adam(0.1)") == R"(
: elementwise convert x
: tensor sample_weight
h: gemm h.z
h: elementwise add, convert, pow, sub, pow, sub
h: elementwise add h.z, tanh h
z: gemm z.z
z: elementwise convert y, add z.z, sub, mul, power, sample_sum, sample_sum
: elementwise scale, mul
z: gemm
z: gemm
z: elementwise power, scale, scale, add, div, sqrt, add, scale, scale, add, div, scale, div, sub
z: elementwise mul, power, scale, scale, add, div, sqrt, add, scale, mul, scale, add, div, scale, div, sub
h: elementwise power, sub, mul
h: tensor sample_sum
h: gemm
h: elementwise power, scale, scale, add, div, sqrt, add, scale, scale, add, div, scale, div, sub
h: elementwise power, scale, scale, add, div, sqrt, add, scale, scale, add, div, scale, div, sub
)");
}

BOOST_AUTO_TEST_CASE(layers_in_layers_are_told_by_their_whole_name) {
  BOOST_TEST(
      "\n" + layers_of_steps("layer twice(v) {\n  a = dense(v, 3)\n  return dense(tanh(a), 1)\n}\n"
                             "z = twice(x)\n",
                             "sgd(0.1)") ==
      R"(
z.a: elementwise convert x, scale
: tensor sample_weight
z.a: gemm z.a.z
z: elementwise add z.a.z, tanh
z.dense: gemm z.dense.z
z.dense: elementwise convert y, add z.dense.z, sub, mul, power, sample_sum, sample_sum, scale
: elementwise scale, mul
z.dense: gemm
z.dense: gemm
z.dense: elementwise scale, mul, sub
z: elementwise power, sub, mul
z.a: tensor sample_sum
z.a: gemm
z.a: elementwise scale, sub
)");
}

BOOST_AUTO_TEST_CASE(what_is_in_no_layer_has_none) {
  BOOST_TEST("\n" + layers_of_steps("param w[1, 2] ~ zeros\nz = w * x\n", "sgd(0.1)") == R"(
: elementwise convert x
: tensor sample_weight
: gemm z
: elementwise convert y, sub, mul, power, sample_sum, scale
: elementwise scale, mul
: gemm
)");
}

BOOST_AUTO_TEST_SUITE_END()
