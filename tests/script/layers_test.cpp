// The library's layers on numbers worked out by hand. Recurrent layers and the transformer block
// are held against PyTorch in tests/golden/gradients.
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/script/scripts.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(layers)

namespace {

using Numbers = std::vector<double>;

void check(const Numbers& got, const Numbers& expected) {
  BOOST_REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) BOOST_TEST(std::abs(got[i] - expected[i]) < 1e-12);
}

ElaborateOptions in_training() {
  ElaborateOptions options;
  options.training = true;
  return options;
}

std::vector<std::string> parameters_of(const Elaborated& script) {
  std::vector<std::string> names;
  for (const Parameter& p : script.model->parameters)
    names.push_back(p.name + to_string(script.model->graph.type(p.value).shape));
  return names;
}

double variance_normalised(double x, double mean, double variance) {
  return (x - mean) / std::sqrt(variance + 1e-5);
}

}  // namespace

BOOST_AUTO_TEST_CASE(dense_sees_a_vector_or_each_column) {
  const std::vector<std::pair<std::string, Numbers>> leaves = {{"x", {1, 2}},
                                                               {"m", {1, 0, 2, 1}},
                                                               {"a.w", {1, 2, 3, 4, 5, 6}},
                                                               {"a.b", {10, 20, 30}},
                                                               {"c.w", {1, -1}}};
  const auto script = elaborate(
      "input x[2]\ninput m[2, 2]\na = dense(x, 3)\nc = dense(m, 1, act = relu, bias = false)\n"
      "output a\noutput c\n");
  BOOST_TEST(script.messages == "");
  check(script.numbers("a", 1, leaves), {15, 31, 47});
  check(script.numbers("c", 1, leaves), {0, 0});
  BOOST_TEST(
      parameters_of(script) == (std::vector<std::string>{"a.w[3, 2]", "a.b[3]", "c.w[1, 2]"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(residual_adds_its_argument) {
  const auto script =
      elaborate("param x[2] ~ [1, 2]\ndef f(x) = 10 * x\nr = residual(x, f)\noutput r\n");
  check(script.numbers("r"), {11, 22});
}

BOOST_AUTO_TEST_CASE(an_embedding_has_a_column_for_each_number) {
  const auto script = elaborate(
      "input t[3] : int\ne = embedding(t, 4, 2)\nk = embedding(t[0], 4, 2)\n"
      "output e\noutput k\n");
  const Numbers w = {0, 1, 2, 3, 10, 11, 12, 13};
  check(script.numbers("e", 1, {{"t", {2, 0, 2}}, {"e.w", w}}), {2, 0, 2, 12, 10, 12});
  check(script.numbers("k", 1, {{"t", {3, 0, 2}}, {"k.w", w}}), {3, 13});
}

BOOST_AUTO_TEST_CASE(layer_norm_works_on_each_column) {
  const auto script = elaborate("input x[2, 2]\ny = layer_norm(x)\noutput y\n");
  const auto y =
      script.numbers("y", 1, {{"x", {1, 5, 3, 5}}, {"y.gain", {1, 10}}, {"y.bias", {0, 7}}});
  check(y, {variance_normalised(1, 2, 1), 0, 10 * variance_normalised(3, 2, 1) + 7, 7});
}

BOOST_AUTO_TEST_CASE(batch_norm_uses_the_mini_batch_in_training_and_running_statistics_outside) {
  const std::string text = "input x[2]\ny = batch_norm(x)\noutput y\n";
  const std::vector<std::pair<std::string, Numbers>> leaves = {
      {"x", {1, 10, 3, 30}}, {"y.gain", {2, 1}}, {"y.bias", {0, 5}}};
  const auto training = elaborate(text, in_training());
  check(training.numbers("y", 2, leaves),
        {2 * variance_normalised(1, 2, 1), variance_normalised(10, 20, 100) + 5,
         2 * variance_normalised(3, 2, 1), variance_normalised(30, 20, 100) + 5});
  const auto& states = training.model->states;
  BOOST_REQUIRE(states.size() == 2u);
  BOOST_TEST(states[0].name == "y.running_mean");
  BOOST_TEST(states[1].name == "y.running_variance");
  check(training.numbers(states[0].next, 2, leaves), {0.2, 2});
  check(training.numbers(states[1].next, 2, leaves), {1, 10.9});
  const auto outside = elaborate(text);
  check(outside.numbers("y", 2, leaves),
        {2 * variance_normalised(1, 0, 1), variance_normalised(10, 0, 1) + 5,
         2 * variance_normalised(3, 0, 1), variance_normalised(30, 0, 1) + 5});
}

BOOST_AUTO_TEST_CASE(batch_norm_of_images_has_statistics_per_channel) {
  const auto script = elaborate("input x[1, 1, 2]\ny = batch_norm(x)\noutput y\n", in_training());
  check(script.numbers("y", 2, {{"x", {0, 2, 4, 6}}}),
        {variance_normalised(0, 3, 5), variance_normalised(2, 3, 5), variance_normalised(4, 3, 5),
         variance_normalised(6, 3, 5)});
}

BOOST_AUTO_TEST_CASE(attention_is_a_mean_by_fit) {
  const std::string qkv =
      "param q[1, 2] ~ [[0, 1]]\nparam k[1, 2] ~ [[0, 2]]\nparam v[1, 2] ~ [[10, 20]]\n";
  const double e2 = std::exp(2.0);
  check(elaborate(qkv + "a = attention(q, k, v)\noutput a\n").numbers("a"),
        {15, (10 + 20 * e2) / (1 + e2)});
  check(elaborate(qkv + "a = attention(q, k, v, causal = true)\noutput a\n").numbers("a"),
        {10, (10 + 20 * e2) / (1 + e2)});
}

BOOST_AUTO_TEST_CASE(heads_share_the_rows) {
  const auto script = elaborate("input x[6, 3]\ny = multi_head_attention(x, x, 4)\noutput y\n");
  BOOST_TEST(script.messages ==
             "test.ebb:2:5: error[E0315]: the heads share the rows of x, so their number "
             "divides that of the rows\n"
             "    2 | y = multi_head_attention(x, x, 4)\n"
             "      |     ^^^^^^^^^^^^^^^^^^^^\n"
             "  at std/layers.ebb:157:10:\n"
             "  157 |   assert heads * share == n \"the heads share the rows of x, so their number "
             "divides that of the rows\"\n"
             "      |          ------------------ in multi_head_attention(x, x, 4)\n"
             "  hint: the script asserts that heads * share == n\n");
}

BOOST_AUTO_TEST_SUITE_END()
