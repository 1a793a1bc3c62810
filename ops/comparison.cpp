// Comparisons, logic and choice, element by element.
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

template <class F>
Op compare(Plugin& plugin, const char* name, F f) {
  Op op = plugin.op(name);
  op.input("a", EBB_ANY)
      .input("b", EBB_ANY)
      .elementwise<boolean(integer, integer), boolean(real, real)>(f)
      .zero_gradient()
      .range("{false, true}");
  return op;
}

template <class F>
Op classify(Plugin& plugin, const char* name, F f) {
  Op op = plugin.op(name);
  op.input("x").elementwise<boolean(real)>(f).zero_gradient().range("{false, true}");
  return op;
}

void classes(Plugin& plugin) {
  classify(plugin, "isnan", [](auto x) { return std::isnan(x); })
      .doc("Whether x is no number, such as 0 / 0, element by element.")
      .notation("isnan({0})")
      .example("isnan([0, 1] ./ [0, 0])", "[true, false]");

  classify(plugin, "isinf", [](auto x) { return std::isinf(x); })
      .doc("Whether x is inf or -inf, such as 1 / 0, element by element.")
      .notation("isinf({0})")
      .example("isinf([0, 1] ./ [0, 0])", "[false, true]");

  classify(plugin, "isfinite", [](auto x) { return std::isfinite(x); })
      .doc("Whether x is a number and not infinite, element by element.")
      .notation("isfinite({0})")
      .example("isfinite([0, 1] ./ [0, 2])", "[false, true]");
}

void comparisons(Plugin& plugin) {
  compare(plugin, "equal", [](auto a, auto b) { return a == b; })
      .doc("Whether a and b are the same number, element by element.")
      .notation("{0} = {1}", 4)
      .commutative()
      .operator_text("==")
      .example("equal([1, 2], [1, 3])", "[true, false]");

  compare(plugin, "not_equal", [](auto a, auto b) { return a != b; })
      .doc("Whether a and b are different numbers, element by element.")
      .notation("{0} ≠ {1}", 4)
      .commutative()
      .operator_text("!=")
      .example("not_equal([1, 2], [1, 3])", "[false, true]");

  compare(plugin, "less", [](auto a, auto b) { return a < b; })
      .doc("Whether a is below b, element by element.")
      .notation("{0} < {1}", 4)
      .operator_text("<")
      .example("less([1, 2, 3], 2)", "[true, false, false]");

  compare(plugin, "less_equal", [](auto a, auto b) { return a <= b; })
      .doc("Whether a is at most b, element by element.")
      .notation("{0} ≤ {1}", 4)
      .operator_text("<=")
      .example("less_equal([1, 2, 3], 2)", "[true, true, false]");

  compare(plugin, "greater", [](auto a, auto b) { return a > b; })
      .doc("Whether a is above b, element by element.")
      .notation("{0} > {1}", 4)
      .operator_text(">")
      .example("greater([1, 2, 3], 2)", "[false, false, true]");

  compare(plugin, "greater_equal", [](auto a, auto b) { return a >= b; })
      .doc("Whether a is at least b, element by element.")
      .notation("{0} ≥ {1}", 4)
      .operator_text(">=")
      .example("greater_equal([1, 2, 3], 2)", "[false, true, true]");
}

void logic(Plugin& plugin) {
  plugin.op("and")
      .doc("Whether both a and b are true, element by element.")
      .input("a", EBB_BOOL)
      .input("b", EBB_BOOL)
      .elementwise<boolean(boolean, boolean)>([](auto a, auto b) { return a && b; })
      .notation("{0} and {1}", 2)
      .commutative()
      .operator_text("and")
      .range("{false, true}")
      .example("greater([1, 2, 3], 1) and less([1, 2, 3], 3)", "[false, true, false]");

  plugin.op("or")
      .doc("Whether a or b is true, or both, element by element.")
      .input("a", EBB_BOOL)
      .input("b", EBB_BOOL)
      .elementwise<boolean(boolean, boolean)>([](auto a, auto b) { return a || b; })
      .notation("{0} or {1}", 1)
      .commutative()
      .operator_text("or")
      .range("{false, true}")
      .example("less([1, 2, 3], 2) or greater([1, 2, 3], 2)", "[true, false, true]");

  plugin.op("xor")
      .doc("Whether one of a and b is true, but not both, element by element.")
      .input("a", EBB_BOOL)
      .input("b", EBB_BOOL)
      .elementwise<boolean(boolean, boolean)>([](auto a, auto b) { return a != b; })
      .notation("xor({0}, {1})")
      .commutative()
      .range("{false, true}")
      .example("xor([1, 2] > 1, [3, 4] > 2)", "[true, false]");

  plugin.op("not")
      .doc("Whether a is false, element by element.")
      .input("a", EBB_BOOL)
      .elementwise<boolean(boolean)>([](auto a) { return !a; })
      .notation("not {0}", 3)
      .operator_text("not")
      .range("{false, true}")
      .example("not equal([1, 2], [1, 3])", "[false, true]");

  plugin.op("where")
      .doc("a where the condition is true, b elsewhere, element by element.")
      .input("condition", EBB_BOOL)
      .input("a", EBB_ANY)
      .input("b", EBB_ANY)
      .elementwise<boolean(boolean, boolean, boolean), integer(boolean, integer, integer),
                   real(boolean, real, real)>([](auto c, auto a, auto b) { return c ? a : b; })
      .vjp(
          no_gradient,
          [](const Call& c) {
            return call("where", {c[0], c.g, c.g.constant(0)});
          },
          [](const Call& c) {
            return call("where", {c[0], c.g.constant(0), c.g});
          })
      .notation("where({0}, {1}, {2})")
      .range("(-inf, inf)")
      .example("where(greater([1, 2], 1), [10, 20], 0)", "[0, 20]");
}

}  // namespace

void comparison(Plugin& plugin) {
  plugin.family("comparison");
  comparisons(plugin);
  classes(plugin);
  logic(plugin);
}

}  // namespace ebb::ops
