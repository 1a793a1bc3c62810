// A cube, as it should be.
#include <ebb/plugin.hpp>

using namespace ebb::sdk;

EBB_PLUGIN(right, "1.0") {
  plugin.op("right_cube")
      .doc("x^3.")
      .input("x")
      .elementwise([](auto x) { return x * x * x; })
      .vjp([](const Call& c) { return 3 * (c.g * c[0] * c[0]); })
      .notation("right_cube({0})");
}
