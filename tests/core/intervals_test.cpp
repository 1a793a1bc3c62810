#include <boost/test/unit_test.hpp>
#include <ebb/plugin.hpp>

#include "graph/core/intervals.hpp"
#include "tests/support/graphs.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(intervals)

namespace {

constexpr double inf = INFINITY;

// Values and what is found of them, as text.
struct Analysis {
  Graph graph{registry()};
  Intervals intervals{graph};

  Value in(const Bounds& bounds, Shape shape = {}, bool per_sample = true) {
    const Value x = graph.input("x", real_type(std::move(shape), per_sample));
    intervals.set(x, bounds);
    return x;
  }
  Value of(const char* op, std::initializer_list<Value> inputs, const NamedAttrs& attrs = {}) {
    return graph.add(op, inputs, attrs);
  }
  std::string text(Value value) {
    const Bounds bounds = intervals(value);
    return to_string(bounds) + (bounds.known ? "" : " unknown") +
           (bounds.attained ? " attained" : "");
  }
};

constexpr Bounds open_unit{0, 1, true, true};
constexpr Bounds closed_unit{0, 1, false, false};
const Bounds unknown{.known = false};

using Dims = std::vector<std::int64_t>;

}  // namespace

BOOST_AUTO_TEST_CASE(a_constant_lies_between_its_elements) {
  Analysis a;
  BOOST_TEST(a.text(a.graph.constant(-3)) == "[-3, -3] attained");
  BOOST_TEST(a.text(a.graph.constant(Tensor::from_values(DType::f64, {3}, {2, -1, 5}))) ==
             "[-1, 5] attained");
}

BOOST_AUTO_TEST_CASE(a_parameter_may_be_any_number_and_an_input_is_unknown) {
  Analysis a;
  BOOST_TEST(a.text(a.graph.variable("w", real_type({2}))) == "(-inf, inf)");
  BOOST_TEST(a.text(a.graph.input("x", real_per_sample({2}))) == "(-inf, inf) unknown");
}

BOOST_AUTO_TEST_CASE(a_monotone_op_maps_the_corners) {
  Analysis a;
  const Value x = a.in(open_unit), y = a.in({-2, 3, false, true});
  BOOST_TEST(a.text(a.of("add", {x, y})) == "(-2, 4)");
  BOOST_TEST(a.text(a.of("sub", {x, y})) == "(-3, 3)");
  BOOST_TEST(a.text(a.of("mul", {x, y})) == "(-2, 3)");
  BOOST_TEST(a.text(a.of("scale", {y}, {{"factor", -2.0}})) == "(-6, 4]");
  BOOST_TEST(a.text(a.of("minimum", {x, y})) == "[-2, 1)");
  BOOST_TEST(a.text(a.of("maximum", {x, y})) == "(0, 3)");
  BOOST_TEST(a.text(a.of("log", {x})) == "(-inf, 0)");
  BOOST_TEST(a.text(a.of("exp", {a.in({-inf, 0, true, false})})) == "(0, 1]");
}

BOOST_AUTO_TEST_CASE(a_bound_that_is_only_approached_is_included_where_the_op_is_flat) {
  Analysis a;
  BOOST_TEST(a.text(a.of("relu", {a.in({-1, 2, true, true})})) == "[0, 2)");
  BOOST_TEST(a.text(a.of("mul", {a.in({0, 1, false, true}), a.in({2, 3, true, true})})) ==
             "[0, 3)");
}

BOOST_AUTO_TEST_CASE(turns_and_kinks_count_where_they_lie_inside) {
  Analysis a;
  const Value across = a.in({-2, 1, true, false}), above = a.in({1, 2, false, true});
  BOOST_TEST(a.text(a.of("abs", {across})) == "[0, 2)");
  BOOST_TEST(a.text(a.of("power", {across}, {{"n", std::int64_t{2}}})) == "[0, 4)");
  BOOST_TEST(a.text(a.of("power", {above}, {{"n", std::int64_t{2}}})) == "[1, 4)");
  BOOST_TEST(a.text(a.of("sigmoid'", {across})) == "(0.104993585404, 0.25]");
}

BOOST_AUTO_TEST_CASE(a_pole_inside_lets_everything_through) {
  Analysis a;
  const Value one = a.graph.constant(1);
  BOOST_TEST(a.text(a.of("div", {one, a.in({-2, 1, true, false})})) == "(-inf, inf)");
  BOOST_TEST(a.text(a.of("div", {one, a.in(open_unit)})) == "(1, inf)");
  BOOST_TEST(a.text(a.of("div", {one, a.in({-1, 0, false, true})})) == "(-inf, -1]");
}

BOOST_AUTO_TEST_CASE(a_value_times_itself_is_a_square) {
  Analysis a;
  const Value w = a.graph.variable("w", real_type({2})), v = a.graph.variable("v", real_type({2}));
  BOOST_TEST(a.text(a.of("mul", {w, w})) == "[0, inf)");
  BOOST_TEST(a.text(a.of("mul", {w, v})) == "(-inf, inf)");
}

BOOST_AUTO_TEST_CASE(the_declared_range_narrows) {
  Analysis a;
  const Value w = a.graph.variable("w", real_type({2}));
  const Value s = a.of("sigmoid", {w});
  BOOST_TEST(a.text(s) == "(0, 1)");
  BOOST_TEST(a.text(a.of("sub", {a.graph.constant(1), s})) == "(0, 1)");
  BOOST_TEST(a.text(a.of("softmax", {w})) == "(0, 1]");
  // 1 is what sigmoid(50) rounds to; it lies outside the range.
  BOOST_TEST(a.text(a.of("sigmoid", {a.in({50, 60, false, false})})) == "(0, 1)");
}

BOOST_AUTO_TEST_CASE(elements_that_are_picked_or_averaged_stay_between_those_they_come_from) {
  Analysis a;
  const Value x = a.in(open_unit, {2, 3}), y = a.in({-1, 1, false, false}, {2, 3});
  BOOST_TEST(a.text(a.of("reshape", {x}, {{"shape", Dims{6}}})) == "(0, 1)");
  BOOST_TEST(a.text(a.of("concat", {x, y})) == "[-1, 1]");
  BOOST_TEST(a.text(a.of("mean", {x})) == "(0, 1)");
  BOOST_TEST(a.text(a.of("max", {y})) == "[-1, 1]");
}

BOOST_AUTO_TEST_CASE(sums_grow_with_what_is_summed) {
  Analysis a;
  const Value x = a.in({-1, 2, true, false}, {2, 3}), y = a.in(closed_unit, {4});
  BOOST_TEST(a.text(a.of("sum", {x})) == "(-6, 12]");
  BOOST_TEST(a.text(a.of("sum_to", {x}, {{"shape", Dims{2}}})) == "(-3, 6]");
  BOOST_TEST(a.text(a.of("sample_sum", {x})) == "(-inf, inf)");
  BOOST_TEST(a.text(a.of("sample_sum", {y})) == "[0, inf)");
}

BOOST_AUTO_TEST_CASE(what_is_computed_from_unknown_data_is_unknown_until_it_is_bounded) {
  Analysis a;
  const Value x = a.in(unknown, {2}), w = a.graph.variable("w", real_type({2}));
  BOOST_TEST(a.text(a.of("sub", {x, a.graph.constant(1)})) == "(-inf, inf) unknown");
  BOOST_TEST(a.text(a.of("div", {x, a.in(open_unit)})) == "(-inf, inf) unknown");
  BOOST_TEST(a.text(a.of("add", {x, w})) == "(-inf, inf)");
  BOOST_TEST(a.text(a.of("relu", {x})) == "[0, inf)");
  BOOST_TEST(a.text(a.of("tanh", {x})) == "(-1, 1)");
}

BOOST_AUTO_TEST_CASE(a_condition_narrows_the_value_that_it_compares) {
  Analysis a;
  const Value x = a.graph.variable("w", real_type({2})), zero = a.graph.constant(0),
              one = a.graph.constant(1), y = a.in(unknown);
  const auto guarded = [&](const char* op, Value left, Value right, Value then, Value otherwise) {
    return a.text(a.of("where", {a.of(op, {left, right}), then, otherwise}));
  };
  BOOST_TEST(guarded("greater", x, zero, x, one) == "(0, inf)");
  BOOST_TEST(guarded("greater_equal", x, zero, x, one) == "[0, inf)");
  BOOST_TEST(guarded("less", zero, x, x, one) == "(0, inf)");
  BOOST_TEST(guarded("less_equal", x, zero, one, x) == "(0, inf)");
  BOOST_TEST(guarded("less", x, one, x, zero) == "(-inf, 1)");
  BOOST_TEST(guarded("greater", y, zero, y, one) == "(0, inf)");
  // The condition is of another value, or tells nothing of an order.
  BOOST_TEST(guarded("greater", y, zero, x, one) == "(-inf, inf)");
  BOOST_TEST(guarded("not_equal", x, zero, x, one) == "(-inf, inf)");
}

BOOST_AUTO_TEST_CASE(what_has_left_a_domain_counts_no_further) {
  Analysis a;
  BOOST_TEST(a.text(a.of("sqrt", {a.in({-4, 9, false, false})})) == "[0, 3]");
  BOOST_TEST(a.text(a.of("sqrt", {a.in({-4, -1, false, false})})) == "[0, inf)");
}

BOOST_AUTO_TEST_CASE(values_are_asked_for_in_any_order_while_the_graph_grows) {
  Analysis a;
  const Value x = a.in(open_unit), y = a.of("add", {x, x});
  BOOST_TEST(a.text(y) == "(0, 2)");
  BOOST_TEST(a.text(x) == "(0, 1)");
  BOOST_TEST(a.text(a.of("add", {y, x})) == "(0, 3)");
}

BOOST_AUTO_TEST_CASE(containment_says_inside_partly_or_outside) {
  const Domain positive{0, inf, true, false, {}}, unit{0, 1, false, false, {}};
  BOOST_TEST((containment(open_unit, positive) == Containment::inside));
  BOOST_TEST((containment(closed_unit, positive) == Containment::partly));
  BOOST_TEST((containment(closed_unit, unit) == Containment::inside));
  BOOST_TEST((containment({-1, 0, true, false}, positive) == Containment::outside));
  BOOST_TEST((containment({-1, 0, true, false}, unit) == Containment::partly));
  BOOST_TEST((containment({-1, 0, true, true}, unit) == Containment::outside));
  // Of a constant the bounds themselves are numbers.
  BOOST_TEST((containment({-1, 1, false, false, true, true}, unit) == Containment::outside));
  BOOST_TEST((containment({}, positive) == Containment::partly));
  BOOST_TEST((containment(unknown, positive) == Containment::inside));
}

BOOST_AUTO_TEST_SUITE_END()
