// Activation functions and their derivatives, stable for large |x|.
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

void sigmoid(Plugin& plugin) {
  // Where exp(-x) overflows, 1 / inf is the right 0.
  plugin.op("sigmoid")
      .doc("The logistic function 1 / (1 + exp(-x)), element by element.")
      .input("x")
      .elementwise([](auto x) { return 1 / (1 + exp(-x)); })
      .derivative("sigmoid'")
      .monotone()
      .notation("σ({0})")
      .range("(0, 1)")
      .example("sigmoid([0, 1])", "[0.5, 0.7310586]");

  plugin.op("sigmoid'")
      .doc("The derivative of sigmoid: sigmoid(x) .* (1 - sigmoid(x)), element by element.")
      .input("x")
      .elementwise([](auto x) { return exp(-abs(x)) / ((1 + exp(-abs(x))) * (1 + exp(-abs(x)))); })
      .vjp([](const Call& c) { return c.g * c.out() * (1 - 2 * call("sigmoid", c[0])); })
      .monotone({0})
      .notation("σ′({0})")
      .range("(0, 0.25]")
      .example("sigmoid'([0, 1])", "[0.25, 0.1966119]");

  plugin.op("log_sigmoid")
      .doc("log(sigmoid(x)), element by element, without its loss of digits.")
      .input("x")
      .elementwise([](auto x) { return minimum(x, 0) - log1p(exp(-abs(x))); })
      .vjp([](const Call& c) { return c.g * call("sigmoid", -c[0]); })
      .monotone()
      .notation("log σ({0})")
      .range("(-inf, 0)")
      .example("log_sigmoid([0, -100])", "[-0.6931472, -100]");

  plugin.op("softplus")
      .doc("log(1 + exp(x)), a smooth relu, element by element.")
      .input("x")
      .elementwise([](auto x) { return maximum(x, 0) + log1p(exp(-abs(x))); })
      .derivative("sigmoid")
      .monotone()
      .notation("softplus({0})")
      .range("(0, inf)")
      .example("softplus([0, 100])", "[0.6931472, 100]");
}

void tanh_and_relu(Plugin& plugin) {
  plugin.op("tanh")
      .doc("The hyperbolic tangent, element by element.")
      .input("x")
      .elementwise([](auto x) { return tanh(x); })
      .derivative("tanh'")
      .monotone()
      .notation("tanh({0})")
      .range("(-1, 1)")
      .example("tanh([0, 1])", "[0, 0.7615942]");

  plugin.op("tanh'")
      .doc("The derivative of tanh: 1 - tanh(x) .^ 2, element by element.")
      .input("x")
      .elementwise([](auto x) { return 1 - tanh(x) * tanh(x); })
      .vjp([](const Call& c) { return -2 * (c.g * call("tanh", c[0]) * c.out()); })
      .monotone({0})
      .notation("tanh′({0})")
      .range("(0, 1]")
      .example("tanh'([0, 1])", "[1, 0.4199743]");

  plugin.op("relu")
      .doc("The larger of x and 0, element by element. Its gradient at 0 is 0.")
      .input("x", EBB_REAL, any_number, {0})
      .elementwise([](auto x) { return maximum(x, 0); })
      .derivative("relu'")
      .monotone()
      .notation("relu({0})")
      .range("[0, inf)")
      .example("relu([-1, 2])", "[0, 2]");

  plugin.op("relu'")
      .doc("The derivative of relu: 1 where x > 0, else 0, element by element.")
      .input("x", EBB_REAL, any_number, {0})
      .elementwise([](auto x) { return x > 0; })
      .zero_gradient()
      .monotone()
      .notation("relu′({0})")
      .range("[0, 1]")
      .example("relu'([-1, 0, 2])", "[0, 0, 1]");
}

}  // namespace

void activations(Plugin& plugin) {
  plugin.family("activations");
  sigmoid(plugin);
  tanh_and_relu(plugin);
}

}  // namespace ebb::ops
