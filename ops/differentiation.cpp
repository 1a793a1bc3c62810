// What differentiation sees of a value that passes unchanged.
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

void differentiation(Plugin& plugin) {
  plugin.family("differentiation");

  plugin.op("stop_gradient")
      .doc("x itself, but a constant for grad and for training.")
      .input("x")
      .elementwise([](auto x) { return x; })
      .vjp([](const Call& c) { return c.g.constant(0); })
      .gradient_by_definition("what is behind it is to stay as it is")
      .monotone()
      .notation("stop_gradient({0})")
      .range("(-inf, inf)")
      .example("stop_gradient([1, 2])", "[1, 2]");

  plugin.op("gradient_scale")
      .doc("x itself, but its gradient times a factor; with -1, a gradient that is reversed.")
      .input("x")
      .attr("factor", required, EBB_ATTR_REAL, "what the gradient is multiplied with")
      .elementwise([](auto x, auto) { return x; })
      .vjp([](const Call& c) { return c.attrs.real(0) * c.g; })
      .gradient_by_definition("what is behind it is to learn faster, slower or the other way")
      .monotone()
      .notation("gradient_scale({0}, {factor})")
      .range("(-inf, inf)")
      .example("gradient_scale([1, 2], factor = 0.5)", "[1, 2]");
}

}  // namespace ebb::ops
