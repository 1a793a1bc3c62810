// Rounding to whole numbers, element by element. What is whole stays as it is.
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

// Where a rounding jumps: here the places nearest to 0, which recur with the period 1.
const std::vector<double> whole_numbers = {-2, -1, 0, 1, 2};
const std::vector<double> halves = {-1.5, -0.5, 0.5, 1.5};

template <class F>
Op rounding(Plugin& plugin, const char* name, const std::vector<double>& jumps, F f) {
  Op op = plugin.op(name);
  op.input("x", EBB_ANY, any_number, jumps)
      .elementwise<integer(integer)>([](auto x) { return x; })
      .elementwise(f)
      .zero_gradient()
      .range("(-inf, inf)");
  return op;
}

}  // namespace

void rounding(Plugin& plugin) {
  plugin.family("rounding");

  rounding(plugin, "floor", whole_numbers, [](auto x) { return floor(x); })
      .doc("The largest whole number that is not above x, element by element.")
      .notation("⌊{0}⌋")
      .example("floor([-1.5, 1.5])", "[-2, 1]");

  rounding(plugin, "ceil", whole_numbers, [](auto x) { return ceil(x); })
      .doc("The smallest whole number that is not below x, element by element.")
      .notation("⌈{0}⌉")
      .example("ceil([-1.5, 1.5])", "[-1, 2]");

  rounding(plugin, "round", halves, [](auto x) { return std::nearbyint(x); })
      .doc("The nearest whole number, of two the even one, element by element.")
      .notation("round({0})")
      .example("round([0.5, 1.5, -2.7])", "[0, 2, -3]");

  rounding(plugin, "trunc", whole_numbers, [](auto x) { return std::trunc(x); })
      .doc("x without its fraction, element by element.")
      .notation("trunc({0})")
      .example("trunc([-1.5, 1.5])", "[-1, 1]");
}

}  // namespace ebb::ops
