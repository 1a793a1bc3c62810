#include "graph/core/gradient.hpp"

#include <boost/test/unit_test.hpp>

#include "graph/core/evaluate.hpp"
#include "graph/core/gradient_check.hpp"

using namespace ebb;

BOOST_AUTO_TEST_SUITE(gradient)

namespace {

const OpRegistry& registry() {
  static const OpRegistry all;
  return all;
}

Type real(Shape shape, bool per_sample = false) { return {DType::real, per_sample, shape}; }

Tensor filled(const Graph& graph, Value value, std::int64_t samples) {
  const Type& type = graph.type(value);
  Tensor tensor(Type{DType::f64, type.per_sample, type.shape}, type.per_sample ? samples : 1);
  for (std::int64_t i = 0; i < tensor.elements_per_sample() * tensor.samples(); ++i)
    tensor.set(i, std::sin(1.0 + 0.7 * static_cast<double>(i)));
  return tensor;
}

// The squared sum of a value over all its elements: a scalar whose gradient is not constant.
Value square_sum(Graph& graph, Value v) {
  return graph.add("sum_to", {graph.add("mul", {v, v})}, {{"shape", std::vector<std::int64_t>{}}});
}

void check_all(Graph& graph, Value objective, const std::vector<Value>& leaves) {
  std::vector<LeafValue> values;
  for (const Value leaf : leaves) values.push_back({leaf, filled(graph, leaf, 3)});
  for (const Value leaf : leaves) {
    const auto check = check_gradient(graph, objective, leaf, values, 3, 1e-8);
    BOOST_TEST(check.passed, check.message);
    BOOST_TEST(!check.all_zero);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_a_layer_by_hand) {
  Graph g(registry());
  const Value w = g.variable("w", real({2, 3})), x = g.input("x", real({3}, true));
  const Value z = g.add("matmul", {w, x});
  const Value c = g.add("sample_sum", {square_sum(g, z)});
  const Value wrt[] = {w};
  const Value dw = gradients(g, c, wrt)[0];
  BOOST_TEST(to_string(g.type(dw)) == "real[2, 3] shared");
  Evaluator evaluate(g, Precision::f64, 2);
  evaluate.set(w, Tensor::from_values(DType::f64, {2, 3}, {1, 2, 3, 4, 5, 6}));
  Tensor batch(Type{DType::f64, true, {3}}, 2);
  const double numbers[] = {1, 0, -1, 2, 1, 0};
  for (int i = 0; i < 6; ++i) batch.set(i, numbers[i]);
  evaluate.set(x, batch);
  // z is (-2, -2) and (4, 13); dw = 2 (z1 x1ᵀ + z2 x2ᵀ), column by column.
  const Tensor& result = evaluate(dw);
  const double expected[] = {12, 48, 8, 26, 4, 4};
  for (int i = 0; i < 6; ++i) BOOST_TEST(result.at(i) == expected[i]);
}

BOOST_AUTO_TEST_CASE(of_every_form_of_the_matrix_product) {
  struct Case {
    Shape a, b;
    bool ta, tb;
  };
  const Case cases[] = {
      {{2, 3}, {3, 4}, false, false}, {{3, 2}, {3, 4}, true, false}, {{2, 3}, {4, 3}, false, true},
      {{3, 2}, {4, 3}, true, true},   {{2, 3}, {3}, false, false},   {{3, 2}, {3}, true, false},
      {{1, 3}, {3}, false, false},    {{3}, {3}, true, false},       {{2}, {3}, false, true},
      {{2}, {1, 3}, false, false},    {{3}, {3, 2}, true, false},    {{1}, {1}, false, false}};
  for (const bool a_samples : {false, true})
    for (const bool b_samples : {false, true})
      for (const Case& c : cases) {
        Graph g(registry());
        const Value a = g.input("a", real(c.a, a_samples)), b = g.input("b", real(c.b, b_samples));
        const Value product = g.add("matmul", {a, b}, {{"ta", c.ta}, {"tb", c.tb}});
        BOOST_TEST_CONTEXT(to_string(c.a)
                           << to_string(c.b) << c.ta << c.tb << a_samples << b_samples)
        check_all(g, square_sum(g, product), {a, b});
      }
}

BOOST_AUTO_TEST_CASE(of_a_product_summed_over_samples) {
  Graph g(registry());
  const Value a = g.input("a", real({2, 3}, true)), b = g.input("b", real({4, 3}, true));
  const Value sum = g.add("matmul", {a, b}, {{"tb", true}, {"over_samples", true}});
  BOOST_TEST(to_string(g.type(sum)) == "real[2, 4] shared");
  check_all(g, square_sum(g, sum), {a, b});
}

BOOST_AUTO_TEST_CASE(broadcasting_is_undone_by_the_driver) {
  for (const bool samples : {false, true}) {
    Graph g(registry());
    const Value m = g.input("m", real({2, 3}, samples)), v = g.variable("v", real({2}));
    const Value r = g.variable("r", real({1, 3})), s = g.variable("s", real({}));
    const Value sum = g.add("add", {g.add("mul", {m, v}), g.add("mul", {g.add("mul", {r, s}), m})});
    check_all(g, square_sum(g, sum), {m, v, r, s});
  }
}

BOOST_AUTO_TEST_CASE(of_the_other_primitives) {
  Graph g(registry());
  const Value x = g.input("x", real({2, 3}, true)), v = g.variable("v", real({3}));
  const Value reshaped = g.add("reshape", {x}, {{"shape", std::vector<std::int64_t>{3, 2}}});
  const Value turned = g.add("transpose", {reshaped});
  const Value row = g.add("transpose", {v});
  const Value scaled = g.add("scale", {g.add("mul", {turned, row})}, {{"factor", -0.5}});
  const Value mean = g.add("mul", {g.add("sample_sum", {scaled}), g.add("sample_weight", {})});
  const Value wide = g.add("broadcast", {mean},
                           {{"shape", std::vector<std::int64_t>{2, 3, 2}}, {"per_sample", true}});
  check_all(g, square_sum(g, wide), {x, v});
}

// (w x + v) .* (w x), marked as a checkpoint; `nested` marks the sum in it too.
Value checkpointed(Graph& g, Value x, Value w, Value v, bool nested) {
  const Value begin = g.add("checkpoint_begin", {x});
  const Value product = g.add("matmul", {w, begin});
  const Value inner = nested ? g.add("checkpoint_begin", {product}) : product;
  Value sum = g.add("add", {inner, v});
  if (nested) sum = g.add("checkpoint_end", {sum, inner});
  return g.add("checkpoint_end", {g.add("mul", {sum, product}), begin});
}

BOOST_AUTO_TEST_CASE(of_what_is_computed_again) {
  for (const bool nested : {false, true}) {
    Graph g(registry());
    const Value w = g.variable("w", real({3, 3})), v = g.variable("v", real({3}));
    const Value x = g.input("x", real({3}, true));
    const Value once = checkpointed(g, x, w, v, nested);
    const Value twice = checkpointed(g, once, w, v, nested);
    check_all(g, square_sum(g, twice), {x, w, v});
    const Value wrt[] = {x};
    const Value dx = gradients(g, square_sum(g, twice), wrt)[0];
    check_all(g, square_sum(g, dx), {x, w, v});
  }
}

BOOST_AUTO_TEST_CASE(what_is_computed_again_waits_for_the_gradient_of_its_end) {
  Graph g(registry());
  const Value w = g.variable("w", real({3, 3})), v = g.variable("v", real({3}));
  const Value x = g.input("x", real({3}, true));
  const Value end = checkpointed(g, x, w, v, false);
  const NodeId forward = end.node;
  const Value wrt[] = {w};
  const Value dw = gradients(g, square_sum(g, end), wrt)[0];
  // Of the forward pass the gradient reads the end alone, and what comes before the beginning.
  const auto& core = g.registry().core();
  std::size_t gates = 0;
  std::vector<Value> stack{dw};
  std::vector<bool> seen(g.size());
  while (!stack.empty()) {
    const Value top = stack.back();
    stack.pop_back();
    if (seen[top.node]) continue;
    seen[top.node] = true;
    gates += g.is(top, core.after) ? 1 : 0;
    if (top == end) continue;
    BOOST_TEST((top.node > forward || g.node(top).op->leaf));
    for (const Value input : g.inputs(top.node)) stack.push_back(input);
  }
  BOOST_TEST(gates == 1u);
}

BOOST_AUTO_TEST_CASE(second_derivatives_are_gradients_of_gradients) {
  Graph g(registry());
  const Value w = g.variable("w", real({2, 3})), x = g.input("x", real({3}, true));
  const Value c = square_sum(g, g.add("mul", {g.add("matmul", {w, x}), g.add("matmul", {w, x})}));
  const Value wrt[] = {x};
  const Value dx = gradients(g, c, wrt)[0];
  check_all(g, square_sum(g, dx), {w, x});
}

BOOST_AUTO_TEST_CASE(what_is_not_reached_has_zeros) {
  Graph g(registry());
  const Value x = g.variable("x", real({2})), other = g.variable("other", real({3}));
  const Value wrt[] = {other, x};
  const auto result = gradients(g, square_sum(g, x), wrt);
  BOOST_TEST(to_string(g.type(result[0])) == "real[3] shared");
  Evaluator evaluate(g);
  const Tensor& zeros = evaluate(result[0]);
  for (int i = 0; i < 3; ++i) BOOST_TEST(zeros.at(i) == 0);
}

BOOST_AUTO_TEST_CASE(kept_per_sample_it_sums_to_the_whole) {
  Graph g(registry());
  const Value w = g.variable("w", real({2, 3})), x = g.input("x", real({3}, true));
  const Value c = square_sum(g, g.add("matmul", {g.add("scale", {w}, {{"factor", 2.0}}), x}));
  const Value wrt[] = {w};
  const Value sum = gradients(g, c, wrt)[0];
  const Value each = gradients(g, c, wrt, OverSamples::keep)[0];
  BOOST_TEST(to_string(g.type(sum)) == "real[2, 3] shared");
  BOOST_TEST(to_string(g.type(each)) == "real[2, 3] per sample");
  Evaluator evaluate(g, Precision::f64, 3);
  evaluate.set(w, filled(g, w, 3));
  evaluate.set(x, filled(g, x, 3));
  for (int i = 0; i < 6; ++i) {
    double total = 0;
    for (int s = 0; s < 3; ++s) total += evaluate(each).at(6 * s + i);
    BOOST_TEST(total == evaluate(sum).at(i), boost::test_tools::tolerance(1e-14));
  }
}

BOOST_AUTO_TEST_CASE(gradient_nodes_bear_the_span_of_their_forward_node) {
  const SourceFile file("f.ebb", "y = x .* x\n");
  Graph g(registry());
  const Value x = g.variable("x", real({}), {&file, 4, 5});
  const Value both[] = {x, x};
  const Value y = g.add(registry().get("mul"), both, {}, {&file, 4, 10});
  const Value wrt[] = {x};
  const NodeId before = static_cast<NodeId>(g.size());
  gradients(g, y, wrt);
  BOOST_TEST(g.size() > before);
  for (NodeId id = before; id < g.size(); ++id)
    BOOST_TEST(to_string(g.node(id).span) == "f.ebb:1:5");
}

BOOST_AUTO_TEST_CASE(only_a_real_scalar_has_a_gradient) {
  Graph g(registry());
  const Value x = g.variable("x", real({2}));
  const Value wrt[] = {x};
  BOOST_CHECK_EXCEPTION(gradients(g, x, wrt), UserError, [](const UserError& e) {
    return to_string(e.diagnostic()) ==
           "error: only a real scalar has a gradient, but this is real[2] shared\n"
           "  hint: `sum(...)` of it is a scalar\n";
  });
}

BOOST_AUTO_TEST_SUITE_END()
