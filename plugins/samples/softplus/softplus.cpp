#include <ebb/plugin.hpp>
using namespace ebb::sdk;

EBB_PLUGIN(softplus, "1.0") {
  plugin.op("sharp_softplus")
      .doc("Smooth ReLU: log(1 + exp(k x)) / k, element by element.")
      .input("x")
      .attr("k", 1.0, "sharpness, k > 0; the larger, the closer to ReLU", positive)
      .elementwise([](auto x, auto k) { return log1p(exp(-abs(k * x))) / k + maximum(x, 0); })
      .vjp([](const Call& c) { return c.g * call("sigmoid", c.attrs.real(0) * c[0]); })
      .notation("softplus({0})")
      .range("(0, inf)")
      .example("sharp_softplus(0.0)", "0.6931472");
}
