#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

namespace {

double at(const char* op, double x, Precision precision = Precision::f64) {
  const Tensor point = real(x);
  return OneOp(op, {point}, {}).evaluate({point}, precision).at(0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(activations)

BOOST_AUTO_TEST_CASE(known_values) {
  const Tensor x = real({3}, {-2, 0, 1});
  BOOST_TEST(run("sigmoid", {x}) == "[0.1192029, 0.5, 0.7310586]");
  BOOST_TEST(run("sigmoid'", {x}) == "[0.1049936, 0.25, 0.1966119]");
  BOOST_TEST(run("tanh", {x}) == "[-0.9640276, 0, 0.7615942]");
  BOOST_TEST(run("tanh'", {x}) == "[0.07065082, 1, 0.4199743]");
  BOOST_TEST(run("relu", {x}) == "[0, 0, 1]");
  BOOST_TEST(run("relu'", {x}) == "[0, 0, 1]");
  BOOST_TEST(run("softplus", {x}) == "[0.126928, 0.6931472, 1.313262]");
  BOOST_TEST(run("log_sigmoid", {x}) == "[-2.126928, -0.6931472, -0.3132617]");
}

BOOST_AUTO_TEST_CASE(large_arguments_saturate_without_overflow) {
  const Tensor x = real({4}, {-1e4, -200, 200, 1e4});
  BOOST_TEST(run("tanh", {x}) == "[-1, -1, 1, 1]");
  BOOST_TEST(run("softplus", {x}) == "[0, 1.383897e-87, 200, 10000]");
  BOOST_TEST(run("log_sigmoid", {x}) == "[-10000, -200, -1.383897e-87, 0]");
  BOOST_TEST(run("sigmoid", {x}) == "[0, 1.383897e-87, 1, 1]");
  BOOST_TEST(run("sigmoid'", {x}) == "[0, 1.383897e-87, 1.383897e-87, 0]");
}

BOOST_AUTO_TEST_CASE(tails_keep_their_digits) {
  for (const double x : {-30.0, -20.0, -10.0}) {
    const double e = std::exp(x);
    BOOST_TEST(at("sigmoid", x) == e / (1 + e), boost::test_tools::tolerance(1e-15));
    BOOST_TEST(at("sigmoid'", -x) == e / ((1 + e) * (1 + e)), boost::test_tools::tolerance(1e-15));
    BOOST_TEST(at("log_sigmoid", -x) == -std::log1p(e), boost::test_tools::tolerance(1e-15));
    BOOST_TEST(at("softplus", x) == std::log1p(e), boost::test_tools::tolerance(1e-15));
    BOOST_TEST(at("sigmoid", x, Precision::f32) == e / (1 + e), boost::test_tools::tolerance(1e-6));
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_of_relu_at_zero_is_zero) {
  BOOST_TEST(gradient("relu", {real({3}, {-1, 0, 1})}, 0) == "[0, 0, 1]");
}

BOOST_AUTO_TEST_SUITE_END()
