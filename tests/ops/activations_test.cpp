#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;
using boost::test_tools::tolerance;

BOOST_AUTO_TEST_SUITE(activations)

namespace {

double at(const char* op, double x, Precision precision = Precision::f64) {
  const Tensor point = real(x);
  return OneOp(op, {point}, {}).evaluate({point}, precision).at(0);
}

double slope_at(const char* op, double x) { return std::stod(gradient(op, {real(x)}, 0)); }

}  // namespace

BOOST_AUTO_TEST_CASE(known_values) {
  const Tensor x = real({3}, {-2, 0, 1});
  BOOST_TEST(run("sigmoid", {x}) == "[0.1192029, 0.5, 0.7310586]");
  BOOST_TEST(run("sigmoid'", {x}) == "[0.1049936, 0.25, 0.1966119]");
  BOOST_TEST(run("softplus", {x}) == "[0.126928, 0.6931472, 1.313262]");
  BOOST_TEST(run("softplus", {x}, {{"sharpness", 2.0}}) == "[0.009074964, 0.3465736, 1.063464]");
  BOOST_TEST(run("log_sigmoid", {x}) == "[-2.126928, -0.6931472, -0.3132617]");
  BOOST_TEST(run("softsign", {x}) == "[-0.6666667, 0, 0.5]");
  BOOST_TEST(run("silu", {x}) == "[-0.2384058, 0, 0.7310586]");
  BOOST_TEST(run("mish", {x}) == "[-0.2525015, 0, 0.8650984]");
  BOOST_TEST(run("gelu", {x}) == "[-0.04550026, 0, 0.8413447]");
  BOOST_TEST(run("gelu_tanh", {x}) == "[-0.04540231, 0, 0.841192]");
}

BOOST_AUTO_TEST_CASE(large_arguments_saturate_without_overflow) {
  const Tensor x = real({4}, {-1e4, -200, 200, 1e4});
  BOOST_TEST(run("softplus", {x}) == "[0, 1.383897e-87, 200, 10000]");
  BOOST_TEST(run("log_sigmoid", {x}) == "[-10000, -200, -1.383897e-87, 0]");
  BOOST_TEST(run("sigmoid", {x}) == "[0, 1.383897e-87, 1, 1]");
  BOOST_TEST(run("sigmoid'", {x}) == "[0, 1.383897e-87, 1.383897e-87, 0]");
  BOOST_TEST(run("softsign", {x}) == "[-0.9999, -0.9950249, 0.9950249, 0.9999]");
}

BOOST_AUTO_TEST_CASE(gates_close_and_open_without_overflow) {
  const Tensor x = real({4}, {-1e4, -200, 200, 1e4});
  for (const char* op : {"silu", "mish"}) {
    BOOST_TEST_CONTEXT(op) {
      BOOST_TEST(run(op, {x}) == "[-0, -2.767793e-85, 200, 10000]");
      BOOST_TEST(std::abs(slope_at(op, -1e4)) == 0);
      BOOST_TEST(slope_at(op, -200) == -199 * std::exp(-200.0), tolerance(1e-6));
      BOOST_TEST(slope_at(op, 200) == 1);
      BOOST_TEST(slope_at(op, 1e4) == 1);
    }
  }
  for (const char* op : {"gelu", "gelu_tanh"}) {
    BOOST_TEST_CONTEXT(op) {
      BOOST_TEST(run(op, {x}) == "[-0, -0, 200, 10000]");
      BOOST_TEST(std::abs(slope_at(op, -1e4)) == 0);
      BOOST_TEST(std::abs(slope_at(op, -200)) == 0);
      BOOST_TEST(slope_at(op, 200) == 1);
      BOOST_TEST(slope_at(op, 1e4) == 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(tails_keep_their_digits) {
  for (const double x : {-30.0, -20.0, -10.0}) {
    const double e = std::exp(x);
    BOOST_TEST(at("sigmoid", x) == e / (1 + e), tolerance(1e-15));
    BOOST_TEST(at("sigmoid'", -x) == e / ((1 + e) * (1 + e)), tolerance(1e-15));
    BOOST_TEST(at("log_sigmoid", -x) == -std::log1p(e), tolerance(1e-15));
    BOOST_TEST(at("softplus", x) == std::log1p(e), tolerance(1e-15));
    BOOST_TEST(at("silu", x) == x * e / (1 + e), tolerance(1e-15));
    BOOST_TEST(at("mish", x) == x * std::tanh(std::log1p(e)), tolerance(1e-15));
    // An error of the argument counts x^2 times in exp(-x^2 / 2).
    BOOST_TEST(at("gelu", x) == x / 2 * std::erfc(-x / std::sqrt(2.0)), tolerance(x * x * 1e-15));
    BOOST_TEST(at("sigmoid", x, Precision::f32) == e / (1 + e), tolerance(1e-6));
  }
}

BOOST_AUTO_TEST_SUITE_END()
