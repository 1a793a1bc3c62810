// A square whose gradient lacks its factor 2.
#include <ebb/plugin.hpp>

using namespace ebb::sdk;

EBB_PLUGIN(wrong_gradient, "1.0") {
  plugin.op("wrong_square")
      .doc("x^2.")
      .input("x")
      .elementwise([](auto x) { return x * x; })
      .vjp([](const Call& c) { return c.g * c[0]; })
      .notation("wrong_square({0})");
}
