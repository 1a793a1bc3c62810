#include <boost/test/unit_test.hpp>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(rectifiers)

BOOST_AUTO_TEST_CASE(known_values) {
  const Tensor x = real({4}, {-2, 0, 1, 8});
  BOOST_TEST(run("relu", {x}) == "[0, 0, 1, 8]");
  BOOST_TEST(run("relu'", {x}) == "[0, 0, 1, 1]");
  BOOST_TEST(run("relu6", {x}) == "[0, 0, 1, 6]");
  BOOST_TEST(run("leaky_relu", {x}) == "[-0.02, 0, 1, 8]");
  BOOST_TEST(run("leaky_relu", {x}, {{"slope", 0.25}}) == "[-0.5, 0, 1, 8]");
  BOOST_TEST(run("threshold", {x}, {{"at", 1.0}, {"value", -3.0}}) == "[-3, -3, -3, 8]");
  BOOST_TEST(run("elu", {x}) == "[-0.8646647, 0, 1, 8]");
  BOOST_TEST(run("elu", {x}, {{"alpha", 2.0}}) == "[-1.729329, 0, 1, 8]");
  BOOST_TEST(run("selu", {x}) == "[-1.520166, 0, 1.050701, 8.405608]");
  BOOST_TEST(run("celu", {x}, {{"alpha", 2.0}}) == "[-1.264241, 0, 1, 8]");
  BOOST_TEST(run("hard_tanh", {x}) == "[-1, 0, 1, 1]");
  BOOST_TEST(run("hard_sigmoid", {x}) == "[0.1666667, 0.5, 0.6666667, 1]");
  BOOST_TEST(run("hard_sigmoid", {x}, {{"slope", 0.2}}) == "[0.1, 0.5, 0.7, 1]");
  BOOST_TEST(run("hard_swish", {x}) == "[-0.3333333, 0, 0.6666667, 8]");
}

BOOST_AUTO_TEST_CASE(prelu_has_a_slope_a_channel) {
  const Tensor x = real({2, 2}, {-1, 2, -3, 4}), slope = real({2}, {0.5, 0.1});
  BOOST_TEST(run("prelu", {x, slope}) == "[[-0.5, 2], [-0.3, 4]]");
  BOOST_TEST(gradient("prelu", {x, slope}, 0) == "[[0.5, 1], [0.1, 1]]");
  BOOST_TEST(gradient("prelu", {x, slope}, 1) == "[-1, -3]");
}

BOOST_AUTO_TEST_CASE(gradients_at_kinks_are_as_documented) {
  const Tensor zero = real({3}, {-1, 0, 1});
  BOOST_TEST(gradient("relu", {zero}, 0) == "[0, 0, 1]");
  BOOST_TEST(gradient("relu6", {real({4}, {0, 1, 6, 7})}, 0) == "[0, 1, 0, 0]");
  BOOST_TEST(gradient("leaky_relu", {zero}, 0, {{"slope", 0.25}}) == "[0.25, 0.25, 1]");
  BOOST_TEST(gradient("prelu", {zero, real(0.25)}, 0) == "[0.25, 0.25, 1]");
  BOOST_TEST(gradient("threshold", {zero}, 0) == "[0, 0, 1]");
  BOOST_TEST(gradient("threshold", {zero}, 0, {{"at", 1.0}}) == "[0, 0, 0]");
  BOOST_TEST(gradient("elu", {zero}, 0, {{"alpha", 2.0}}) == "[0.7357589, 2, 1]");
  BOOST_TEST(gradient("selu", {zero}, 0) == "[0.6467686, 1.758099, 1.050701]");
  BOOST_TEST(gradient("celu", {zero}, 0, {{"alpha", 2.0}}) == "[0.6065307, 1, 1]");
  BOOST_TEST(gradient("hard_tanh", {real({4}, {-1, 0, 1, 2})}, 0) == "[0, 1, 0, 0]");
  const Tensor three = real({3}, {-3, 0, 3});
  BOOST_TEST(gradient("hard_sigmoid", {three}, 0) == "[0, 0.1666667, 0]");
  BOOST_TEST(gradient("hard_swish", {three}, 0) == "[0, 0.5, 1]");
}

BOOST_AUTO_TEST_CASE(large_arguments_neither_overflow_nor_lose_their_gradient) {
  const Tensor x = real({2}, {-1e4, 1e4});
  for (const char* op : {"elu", "celu"}) {
    BOOST_TEST(run(op, {x}) == "[-1, 10000]", op);
    BOOST_TEST(gradient(op, {x}, 0) == "[0, 1]", op);
  }
  BOOST_TEST(run("selu", {x}) == "[-1.758099, 10507.01]");
  BOOST_TEST(gradient("selu", {x}, 0) == "[0, 1.050701]");
}

BOOST_AUTO_TEST_SUITE_END()
