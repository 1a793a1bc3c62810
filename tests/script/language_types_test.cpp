// language.md, "Types and shapes" and "Cost functions and library names": a test for each rule.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <set>

#include "tests/script/scripts.hpp"

using namespace ebb;
using test::elaborate;
using test::messages_of;

using Numbers = std::vector<double>;

BOOST_AUTO_TEST_SUITE(language_types, *boost::unit_test::tolerance(1e-12))

namespace {

// Asserts `condition` in a script; "" where it holds.
std::string holds(const std::string& condition) {
  return messages_of("assert " + condition + " \"it does not hold\"\n");
}

// The value of an expression over a = [1, 2], b = [3, 4], m = [[1, 2, 3], [4, 5, 6]], s = 2.
const std::string shared =
    "param a[2] ~ [1, 2]\nparam b[2] ~ [3, 4]\nparam m[2, 3] ~ [[1, 2, 3], [4, 5, 6]]\n"
    "param s ~ constant(2)\n";
Numbers value(const std::string& expression) {
  const auto script = elaborate(shared + "r = " + expression + "\noutput r\n");
  BOOST_REQUIRE_MESSAGE(script.model, script.messages);
  return script.numbers("r");
}
std::string type(const std::string& expression) {
  const auto script =
      elaborate(shared + "input x[2]\ninput t[2] : int\ninput f[2] : bool\nr = " + expression +
                "\noutput r\n");
  return script.model ? script.type("r") : script.messages;
}
std::string first_line(const std::string& expression) {
  const std::string messages = messages_of(shared + "r = " + expression + "\noutput r\n");
  return messages.substr(0, messages.find('\n'));
}

void check(const std::string& expression, const Numbers& expected) {
  BOOST_TEST_CONTEXT(expression) {
    BOOST_TEST(value(expression) == expected, boost::test_tools::per_element());
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_depends_on_inputs_is_per_sample_the_rest_is_shared) {
  BOOST_TEST(type("x + 1") == "real[2] per sample");
  BOOST_TEST(type("x .* a") == "real[2] per sample");
  BOOST_TEST(type("a + b") == "real[2] shared");
  BOOST_TEST(type("sum([1, 2, 3])") == "real[] shared");
}

BOOST_AUTO_TEST_CASE(int_and_bool_become_real_where_they_meet_it) {
  BOOST_TEST(type("t + x") == "real[2] per sample");
  BOOST_TEST(type("f .* x") == "real[2] per sample");
  BOOST_TEST(type("t + t") == "int[2] per sample");
  BOOST_TEST(type("t + 1") == "int[2] per sample");
  BOOST_TEST(type("t + 0.5") == "real[2] per sample");
  BOOST_TEST(type("2 * t") == "int[2] per sample");
  BOOST_TEST(type("t < 3") == "bool[2] per sample");
}

BOOST_AUTO_TEST_CASE(int_and_bool_become_real_where_they_are_divided) {
  BOOST_TEST(type("t / 2") == "real[2] per sample");
  BOOST_TEST(type("t ./ t") == "real[2] per sample");
}

BOOST_AUTO_TEST_CASE(numbers_are_of_one_kind_and_divide_as_reals) {
  BOOST_TEST(holds("7 / 2 == 3.5") == "");
  BOOST_TEST(holds("2 ^ 10 == 1024 and 2 ^ -1 == 0.5 and -2 ^ 2 == -4") == "");
  BOOST_TEST(holds("1 + 2 * 3 - 4 / 2 == 5") == "");
  BOOST_TEST(holds("2 .* 3 == 6 and 6 ./ 3 == 2 and 2 .^ 3 == 8") == "");
}

BOOST_AUTO_TEST_CASE(ops_of_numbers_are_evaluated_at_once) {
  BOOST_TEST(holds("sqrt(16) == 4 and exp(0) == 1 and minimum(3, 5) == 3") == "");
  BOOST_TEST(holds("abs(-3) == 3 and sign(-3) == -1") == "");
  const auto script = elaborate("input x[4]\nparam w[sqrt(size(x)), 4] ~ zeros\noutput w * x\n");
  BOOST_TEST(script.type("w") == "real[2, 4] shared");
}

BOOST_AUTO_TEST_CASE(a_size_an_index_and_a_count_must_be_whole) {
  BOOST_TEST(
      messages_of("param w[5 / 2] ~ zeros\n")
          .starts_with("test.ebb:1:9: error[E0305]: a size of `w` is a whole number, not 2.5\n"));
  BOOST_TEST(first_line("a[0.5]") ==
             "test.ebb:5:7: error[E0305]: an index is a whole number, not 0.5");
  BOOST_TEST(messages_of("for i in 0..2.5 { }\n")
                 .starts_with("test.ebb:1:13: error[E0305]: the second end of a range is a whole "
                              "number, not 2.5\n"));
  BOOST_TEST(first_line("one_hot(1, 2.5)") ==
             "test.ebb:5:16: error[E0208]: one_hot: classes must be a whole number, but is 2.5");
}

BOOST_AUTO_TEST_CASE(strings_booleans_lists_and_ranges_are_values_of_the_script) {
  BOOST_TEST(holds("\"a\" == \"a\" and \"a\" != \"b\"") == "");
  BOOST_TEST(holds("true and not false and (false or true)") == "");
  BOOST_TEST(holds("[1, [2, 3]][1][0] == 2 and [4, 5, 6][1..3] == [5, 6]") == "");
  BOOST_TEST(holds("(3..7)[1] == 4 and size(3..7) == 4 and (3..7)[1..3] == (4..6)") == "");
  BOOST_TEST(holds("[1, 2] != [1, 3] and [] == []") == "");
}

BOOST_AUTO_TEST_CASE(and_and_or_of_booleans_look_at_the_right_side_only_if_it_matters) {
  BOOST_TEST(holds("true or 1 / 0 == 1") == "");
  BOOST_TEST(holds("not (false and 1 / 0 == 1)") == "");
}

BOOST_AUTO_TEST_CASE(training_is_a_constant) {
  const std::string text =
      "param a[2] ~ [1, 2]\nif training { r = 2 * a } else { r = a }\noutput r\n";
  ElaborateOptions training;
  training.training = true;
  BOOST_TEST(elaborate(text, training).numbers("r") == (Numbers{2, 4}),
             boost::test_tools::per_element());
  BOOST_TEST(elaborate(text).numbers("r") == (Numbers{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ops_for_training_only_are_the_identity_outside_it) {
  const std::string text = "input x[2]\ny = dropout(x, 0.5)\noutput y\n";
  ElaborateOptions training;
  training.training = true;
  BOOST_TEST((elaborate(text).value("y") == elaborate(text).value("x")));
  const auto trained = elaborate(text, training);
  BOOST_TEST((trained.value("y") != trained.value("x")));
  BOOST_TEST(static_cast<bool>(trained.model->epoch));
  BOOST_TEST(to_string(trained.model->graph.type(trained.model->sample_index)) ==
             "int[] per sample");
}

BOOST_AUTO_TEST_CASE(
    random_nodes_have_streams_of_their_own_that_do_not_depend_on_what_stands_before) {
  ElaborateOptions training;
  training.training = true;
  const auto keys = [&](const std::string& before) {
    const auto script =
        elaborate("layer noisy(x) {\n  y = dropout(x)\n  return dropout(y)\n}\ninput x[2]\n" +
                      before + "a = noisy(x)\nb = noisy(a)\noutput b\n",
                  training);
    std::vector<std::int64_t> result;
    const Graph& graph = script.model->graph;
    for (NodeId id = 0; id < graph.size(); ++id) {
      const OpDef& op = *graph.node(id).op;
      if (!op.claims_(EBB_RANDOM)) continue;
      const auto at = static_cast<std::size_t>(op.find_attr("key"));
      result.push_back(std::get<std::int64_t>((*graph.node(id).attrs)[at]));
    }
    return result;
  };
  const auto alone = keys(""), behind = keys("c = sum(x) + 1\noutput c\n");
  BOOST_REQUIRE_EQUAL(alone.size(), 4u);
  BOOST_TEST(alone == behind, boost::test_tools::per_element());
  BOOST_TEST(std::set<std::int64_t>(alone.begin(), alone.end()).size() == 4u);
}

BOOST_AUTO_TEST_CASE(star_is_the_matrix_product) {
  check("m * [1, 1, 1]", {6, 15});
  check("m * m.T", {14, 32, 32, 77});
}

BOOST_AUTO_TEST_CASE(star_scales_where_one_side_is_a_scalar) {
  check("3 * a", {3, 6});
  check("a * 3", {3, 6});
  check("s * m", {2, 4, 6, 8, 10, 12});
  check("m * s", {2, 4, 6, 8, 10, 12});
  check("s * s", {4});
}

BOOST_AUTO_TEST_CASE(point_star_is_the_hadamard_product) {
  check("a .* b", {3, 8});
  check("a ⊙ b", {3, 8});
  check("2 .* a", {2, 4});
}

BOOST_AUTO_TEST_CASE(point_slash_and_point_caret_work_element_by_element) {
  check("b ./ a", {3, 2});
  check("a .^ b", {1, 16});
  check("2 .^ a", {2, 4});
  check("a .^ 0.5", {1, std::sqrt(2)});
}

BOOST_AUTO_TEST_CASE(slash_divides_by_a_scalar) {
  check("a / 2", {0.5, 1});
  check("a / s", {0.5, 1});
  check("1 / s", {0.5});
  BOOST_TEST(first_line("a / b") ==
             "test.ebb:5:7: error[E0302]: `/` divides by a scalar, but b is [2]");
}

BOOST_AUTO_TEST_CASE(a_whole_constant_exponent_is_exact_for_negative_bases) {
  check("(-s) ^ 3", {-8});
  check("(-a) .^ 2", {1, 4});
  check("(-s) ^ -1", {-0.5});
}

BOOST_AUTO_TEST_CASE(caret_takes_scalars_only) {
  check("s ^ 0.5", {std::sqrt(2)});
  check("3 ^ s", {9});
  BOOST_TEST(messages_of(shared + "r = a ^ 2\n") ==
             "test.ebb:5:7: error[E0302]: `^` takes scalars, but a is [2]\n"
             "  1 | param a[2] ~ [1, 2]\n"
             "    |       - a is [2], declared here\n"
             "  ...\n"
             "  5 | r = a ^ 2\n"
             "    |       ^\n"
             "  fix: `.^` works element by element\n");
}

BOOST_AUTO_TEST_CASE(star_of_two_vectors_names_the_hadamard_product) {
  BOOST_TEST(messages_of(shared + "r = a * b\n") ==
             "test.ebb:5:7: error[E0301]: matmul: two vectors have no matrix product: a and b are "
             "both [2]\n"
             "  1 | param a[2] ~ [1, 2]\n"
             "    |       - a is [2], declared here\n"
             "  2 | param b[2] ~ [3, 4]\n"
             "    |       - b is [2], declared here\n"
             "  ...\n"
             "  5 | r = a * b\n"
             "    |       ^\n"
             "  hint: `.*` multiplies element by element; `a.T * b` is the inner product\n");
}

BOOST_AUTO_TEST_CASE(a_vector_is_a_column) {
  BOOST_TEST(type("a.T") == "real[1, 2] shared");
  check("a * b.T", {3, 4, 6, 8});
  check("a.T * b", {11});
  BOOST_TEST(type("a.T * b") == "real[] shared");
}

BOOST_AUTO_TEST_CASE(star_beyond_rank_two_names_batched_matmul) {
  const std::string messages = messages_of(shared + "r = reshape(m, [1, 2, 3]) * a\n");
  BOOST_TEST(messages.find("error[E0301]: matmul: the matrix product takes matrices") !=
             std::string::npos);
  BOOST_TEST(messages.find("hint: batched_matmul") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(comparisons_logic_and_minus_are_as_usual) {
  check("where(a > 1, 10, 20)", {20, 10});
  check("where(a >= 1 and b != 3, 1, 0)", {0, 1});
  check("where(not (a == 1) or b == 3, 1, 0)", {1, 1});
  check("-a", {-1, -2});
  check("1 - a", {0, -1});
  check("a - 1", {0, 1});
}

BOOST_AUTO_TEST_CASE(a_scalar_meets_anything) {
  check("a + 1", {2, 3});
  check("s + m", {3, 4, 5, 6, 7, 8});
}

BOOST_AUTO_TEST_CASE(shapes_align_at_the_first_dimension) { check("a + m", {2, 3, 4, 6, 7, 8}); }

BOOST_AUTO_TEST_CASE(a_dimension_of_one_stretches) {
  check("a + b.T", {4, 5, 5, 6});
  BOOST_TEST(
      first_line("m + [1, 2, 3]") ==
      "test.ebb:5:7: error[E0301]: add: shapes do not fit: m is [2, 3], the right side is [3]");
}

BOOST_AUTO_TEST_CASE(shared_meets_per_sample) {
  const auto script = elaborate("input x[2]\nparam w[2] ~ [10, 20]\ny = x + w\noutput y\n");
  BOOST_TEST(script.numbers("y", 2, {{"x", {1, 2, 3, 4}}}) == (Numbers{11, 22, 13, 24}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(indices_and_slices_count_from_zero_and_are_half_open) {
  check("a[1]", {2});
  check("m[1]", {4, 5, 6});
  check("m[1, 2]", {6});
  check("m[:, 1]", {2, 5});
  check("m[:, 1..3]", {2, 3, 5, 6});
  check("m[0..1]", {1, 2, 3});
  check("m[1][0]", {4});
  BOOST_TEST(type("m[0..1, 2]") == "real[1] shared");
  BOOST_TEST(first_line("a[2]") == "test.ebb:5:7: error[E0306]: index 2 is out of range: a is [2]");
}

BOOST_AUTO_TEST_CASE(size_and_shape_are_numbers_of_the_script) {
  BOOST_TEST(messages_of("input x[3, 4]\n"
                         "assert size(x) == 12 and size(x, 0) == 3 and size(x, 1) == 4 \"size\"\n"
                         "assert shape(x) == [3, 4] and shape(sum(x)) == [] \"shape\"\n"
                         "assert size([1, 2, 3]) == 3 \"of a list\"\noutput x\n") == "");
}

BOOST_AUTO_TEST_CASE(a_call_takes_positional_then_named_arguments) {
  check("softmax(x = [0, 0])", {0.5, 0.5});
  check("sum(m, 0)", {5, 7, 9});
  check("sum(m, dims = 1)", {6, 15});
  check("one_hot(1, classes = 3)", {0, 1, 0});
}

BOOST_AUTO_TEST_CASE(a_function_may_be_an_argument) {
  const auto script = elaborate(
      "layer dense(x, n, act = sigmoid) {\n  param w[n, size(x)] ~ constant(-1)\n"
      "  return act(w * x)\n}\n"
      "def half(x) = x / 2\n"
      "param x[2] ~ [1, 2]\na = dense(x, 1, act = relu)\nb = dense(x, 1, half)\n"
      "output a\noutput b\n");
  BOOST_TEST(script.messages == "");
  BOOST_TEST(script.numbers("a") == Numbers{0}, boost::test_tools::per_element());
  BOOST_TEST(script.numbers("b") == Numbers{-1.5}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lists_of_numbers_are_constants_where_an_op_takes_a_value) {
  check("a + [10, 20]", {11, 22});
  check("concat(a, [7])", {1, 2, 7});
  check("[[1, 0], [0, 2]] * a", {1, 4});
}

BOOST_AUTO_TEST_CASE(append_makes_a_longer_list_and_leaves_the_old_one) {
  BOOST_TEST(holds("append([1, 2], 3) == [1, 2, 3]") == "");
  BOOST_TEST(holds("append([], [1]) == [[1]]") == "");
  const auto script = elaborate(
      "old = [1]\nxs = old\nfor i in 0..3 { xs = append(xs, i) }\n"
      "assert xs == [1, 0, 1, 2] \"\"\nassert old == [1] \"\"\nparam a[1] ~ [1]\noutput a\n");
  BOOST_TEST(script.messages == "");
}

BOOST_AUTO_TEST_CASE(a_list_of_values_of_the_graph_stands_for_its_items_where_an_op_takes_several) {
  check("concat([a, [7], 2 * a])", {1, 2, 7, 2, 4});
  check("concat(append([a], a), 9)", {1, 2, 1, 2, 9});
}

BOOST_AUTO_TEST_CASE(reshape_flatten_and_literals_go_in_c_order) {
  check("m", {1, 2, 3, 4, 5, 6});
  check("reshape(m, [3, 2])[1]", {3, 4});
  check("reshape([1, 2, 3, 4, 5, 6], [2, 3])[:, 0]", {1, 4});
}

BOOST_AUTO_TEST_CASE(costs_are_for_one_sample_summed_over_its_components) {
  const auto script = elaborate(
      "input a[2]\ninput y[2]\nq = quadratic(a, y)\nc = cross_entropy(a, y)\n"
      "s = softmax_cross_entropy(a, y)\noutput q\noutput c\noutput s\n");
  BOOST_TEST(script.messages == "");
  const std::vector<std::pair<std::string, Numbers>> leaves{{"a", {0.5, 0.25, 0.5, 0.5}},
                                                            {"y", {1, 0, 0, 1}}};
  BOOST_TEST(script.numbers("q", 2, leaves) == (Numbers{0.15625, 0.25}),
             boost::test_tools::per_element());
  BOOST_TEST(script.numbers("c", 2, leaves) ==
                 (Numbers{-std::log(0.5) - std::log(0.75), -2 * std::log(0.5)}),
             boost::test_tools::per_element());
  BOOST_TEST(script.numbers("s", 2, leaves) ==
                 (Numbers{std::log(std::exp(0.5) + std::exp(0.25)) - 0.5, std::log(2)}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(binary_minimum_and_maximum_reducing_min_and_max) {
  check("minimum(a, 1.5)", {1, 1.5});
  check("maximum(a, 1.5)", {1.5, 2});
  check("min(m)", {1});
  check("max(m)", {6});
}

BOOST_AUTO_TEST_SUITE_END()
