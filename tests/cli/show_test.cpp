#include <boost/test/unit_test.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;

namespace {

const std::string neuron = R"(input  x[3]
target y
param w[3] ~ zeros
param b ~ zeros
z = w.T * x + b
a = sigmoid(z)
output a
cost quadratic(a, y)
train {
  optimizer = sgd(0.5)
  minibatch = 4
}
)";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(show, Binary)

BOOST_AUTO_TEST_CASE(text_has_a_line_per_node) {
  write("m.ebb", neuron);
  BOOST_TEST(ebb({"show", "m.ebb"}) == (Outcome{0, R"()", ""}));
}

BOOST_AUTO_TEST_CASE(gradients_are_nodes_of_the_same_graph) {
  write("m.ebb", neuron);
  BOOST_TEST(ebb({"show", "m.ebb", "--gradients"}) == (Outcome{0, R"()", ""}));
}

BOOST_AUTO_TEST_CASE(update_shows_the_next_parameters) {
  write("m.ebb", neuron);
  BOOST_TEST(ebb({"show", "m.ebb", "--update"}) == (Outcome{0, R"()", ""}));
}

BOOST_AUTO_TEST_CASE(dot_is_for_graphviz) {
  write("m.ebb", "input x[3]\na = 2 - x\noutput a\n");
  BOOST_TEST(ebb({"show", "m.ebb", "--as", "dot"}) == (Outcome{0, R"()", ""}));
}

BOOST_AUTO_TEST_CASE(a_plan_has_its_steps_and_its_memory) {
  write("m.ebb", neuron);
  const Outcome outcome = ebb({"show", "m.ebb", "--plan"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  BOOST_TEST(outcome.out.starts_with("0: gemm"));
}

BOOST_AUTO_TEST_CASE(forms_exclude_each_other) {
  write("m.ebb", neuron);
  const auto wrong = [](const std::string& what) {
    return Outcome{2, "", "ebb show: " + what + "\ntry `ebb help show`\n"};
  };
  BOOST_TEST(ebb({"show", "m.ebb", "--as", "png"}) == wrong("--as is text or dot, not `png`"));
  BOOST_TEST(ebb({"show", "m.ebb", "--plan", "--update"}) ==
             wrong("--gradients, --update and --plan exclude each other"));
  BOOST_TEST(ebb({"show", "m.ebb", "--plan", "--as", "dot"}) ==
             wrong("a plan is shown as text only"));
}

BOOST_AUTO_TEST_SUITE_END()
