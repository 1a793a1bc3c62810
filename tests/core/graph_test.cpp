#include "graph/core/graph.hpp"

#include <boost/test/unit_test.hpp>

using namespace ebb;

BOOST_AUTO_TEST_SUITE(graph)

namespace {

const OpRegistry& registry() {
  static const OpRegistry all;
  return all;
}

Type real(Shape shape, bool per_sample = false) { return {DType::real, per_sample, shape}; }

std::string failure(Graph& graph, const char* op, std::vector<Value> inputs,
                    const NamedAttrs& attrs = {}) {
  try {
    graph.add(registry().get(op), inputs, attrs);
  } catch (const OpError& e) {
    return e.hint.empty() ? e.message : e.message + " | " + e.hint;
  }
  return "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(shapes_are_inferred_when_a_node_is_made) {
  Graph g(registry());
  const Value w = g.variable("w", real({30, 784})), x = g.input("x", real({784}, true));
  BOOST_TEST(to_string(g.type(g.add("matmul", {w, x}))) == "real[30] per sample");
  BOOST_TEST(to_string(g.type(g.add("transpose", {w}))) == "real[784, 30] shared");
  BOOST_TEST(to_string(g.type(g.add("transpose", {x}))) == "real[1, 784] per sample");
}

BOOST_AUTO_TEST_CASE(both_edges_of_x_times_x_are_kept) {
  Graph g(registry());
  const Value x = g.variable("x", real({}));
  const Value y = g.add("mul", {x, x});
  const auto inputs = g.inputs(y.node);
  BOOST_TEST(inputs.size() == 2u);
  BOOST_TEST((inputs[0] == x && inputs[1] == x));
}

BOOST_AUTO_TEST_CASE(arguments_keep_their_order) {
  Graph g(registry());
  const Value b = g.variable("b", real({3})), a = g.variable("a", real({2, 3}));
  const auto inputs = g.inputs(g.add("matmul", {a, b}).node);
  BOOST_TEST((inputs[0] == a && inputs[1] == b));
}

BOOST_AUTO_TEST_CASE(whole_numbers_stay_whole_and_become_real_where_they_meet_reals) {
  Graph g(registry());
  const Value i = g.input("i", {DType::i64, true, {}}), r = g.input("r", real({}, true));
  const Value b = g.input("b", {DType::boolean, true, {}}), u = g.data("u", {DType::u8, true, {}});
  BOOST_TEST(to_string(g.type(g.add("add", {i, i}))) == "int[] per sample");
  BOOST_TEST(to_string(g.type(g.add("add", {i, b}))) == "int[] per sample");
  BOOST_TEST(to_string(g.type(g.add("add", {u, u}))) == "int[] per sample");
  const Value sum = g.add("add", {i, r});
  BOOST_TEST(to_string(g.type(sum)) == "real[] per sample");
  BOOST_TEST(g.is(g.inputs(sum.node)[0], registry().core().convert));
}

BOOST_AUTO_TEST_CASE(messages_tell_both_shapes_and_what_to_do) {
  Graph g(registry());
  const Value w = g.variable("w", real({30, 785})), x = g.input("x", real({784}, true));
  const Value t = g.variable("t", real({2, 2, 2}));
  BOOST_TEST(failure(g, "matmul", {w, x}) ==
             "inner sizes differ: {0} is [30, 785], {1} is [784] | {0} has 785 columns where {1} "
             "has 784 rows");
  BOOST_TEST(
      failure(g, "matmul", {x, x}) ==
      "two vectors have no matrix product: {0} and {1} are both [784] | `.*` multiplies element by "
      "element; `{0}.T * {1}` is the inner product");
  BOOST_TEST(failure(g, "matmul", {w, t}) ==
             "the matrix product takes matrices, but {1} is [2, 2, 2] | batched_matmul multiplies "
             "stacks of "
             "matrices");
  BOOST_TEST(failure(g, "add", {w, x}) ==
             "shapes do not fit: {0} is [30, 785], {1} is [784] | shapes align at the first "
             "dimension; each "
             "must agree or be 1");
  BOOST_TEST(failure(g, "sample_sum", {w}) ==
             "there is nothing to sum: {0} is shared by all samples | sample_sum and sample_mean "
             "reduce values "
             "that are per sample");
  BOOST_TEST(failure(g, "add", {w}) == "add takes 2 inputs (a, b), but gets 1");
  BOOST_TEST(
      failure(g, "reshape", {x}, {{"shape", std::vector<std::int64_t>{28, 29}}}) ==
      "{0} is [784] and can not be reshaped to [28, 29] | the number of elements must stay: 784");
  BOOST_TEST(
      failure(g, "broadcast", {x}, {{"shape", std::vector<std::int64_t>{1 << 30, 1 << 30}}}) ==
      "{0} is [784] and can not be broadcast to [1073741824, 1073741824] | shapes align at the "
      "first "
      "dimension; each must agree or be 1");
}

BOOST_AUTO_TEST_CASE(the_first_name_stays) {
  Graph g(registry());
  const Value x = g.variable("x", real({}));
  g.set_name(x, "x");
  g.set_name(x, "a");
  BOOST_TEST(*g.name(x) == "x");
  BOOST_TEST((g.name(g.constant(1)) == nullptr));
}

BOOST_AUTO_TEST_CASE(live_nodes_are_those_the_roots_depend_on) {
  Graph g(registry());
  const Value x = g.variable("x", real({})), y = g.variable("y", real({}));
  const Value sum = g.add("add", {x, x});
  g.add("add", {y, y});
  const Value product = g.add("mul", {sum, x});
  const auto live = live_nodes(g, {&product, 1});
  BOOST_TEST(live == (std::vector<NodeId>{x.node, sum.node, product.node}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(constants_of_equal_elements_are_known) {
  Graph g(registry());
  double number = 0;
  BOOST_TEST(
      uniform_constant(g, g.constant(Tensor::from_values(DType::f64, {3}, {2, 2, 2})), number));
  BOOST_TEST(number == 2);
  BOOST_TEST(
      !uniform_constant(g, g.constant(Tensor::from_values(DType::f64, {2}, {2, 3})), number));
  BOOST_TEST(!uniform_constant(g, g.variable("x", real({})), number));
}

BOOST_AUTO_TEST_SUITE_END()
