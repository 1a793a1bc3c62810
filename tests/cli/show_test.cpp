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

const std::string forward = R"(x = input : real[3] per sample
y = input : real[] per sample
w = variable : real[3] shared
b = variable : real[] shared
%1 = transpose(w) : real[1, 3] shared
%2 = matmul(%1, x) : real[] per sample
z = add(%2, b) : real[] per sample
a = sigmoid(z) : real[] per sample
%3 = sub(a, y) : real[] per sample
%4 = power(%3, n = 2) : real[] per sample
%5 = sum(%4) : real[] per sample
cost = scale(%5, factor = 0.5) : real[] per sample
)";

bool has_line(const Outcome& outcome, const std::string& begin, const std::string& end) {
  for (const std::string& line : lines_of(outcome.out))
    if (line.starts_with(begin) && line.ends_with(end)) return true;
  return false;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(show, Binary)

BOOST_AUTO_TEST_CASE(text_has_a_line_per_node) {
  write("m.ebb", neuron);
  BOOST_TEST(ebb({"show", "m.ebb"}) == (Outcome{0, forward, ""}));
}

BOOST_AUTO_TEST_CASE(gradients_are_nodes_of_the_same_graph) {
  write("m.ebb", neuron);
  const Outcome outcome = ebb({"show", "m.ebb", "--gradients"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  BOOST_TEST(outcome.out.starts_with(forward));
  BOOST_TEST(has_line(outcome, "C = ", " : real[] shared"));
  BOOST_TEST(has_line(outcome, "%", " = sigmoid'(z) : real[] per sample"));
  BOOST_TEST(has_line(outcome, "∂C/∂w = ", " : real[3] shared"));
  BOOST_TEST(has_line(outcome, "∂C/∂b = ", " : real[] shared"));
}

BOOST_AUTO_TEST_CASE(update_shows_the_next_parameters) {
  write("m.ebb", neuron);
  const Outcome outcome = ebb({"show", "m.ebb", "--update"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  BOOST_TEST(has_line(outcome, "w' = sub(w, ", " : real[3] shared"));
  BOOST_TEST(has_line(outcome, "b' = sub(b, ", " : real[] shared"));
}

BOOST_AUTO_TEST_CASE(dot_is_for_graphviz) {
  write("m.ebb", "input x[3]\na = 2 - x\noutput a\n");
  BOOST_TEST(ebb({"show", "m.ebb", "--as", "dot"}) == (Outcome{0, R"(digraph G {
rankdir=BT;
node [fontname="sans-serif", fontsize=11];
edge [fontname="sans-serif", fontsize=9];
0[shape=ellipse, label="x\nreal[3] per sample"];
1[shape=ellipse, label="2"];
2[shape=box, label="a = sub\nreal[3] per sample"];
1->2 [label="a"];
0->2 [label="b"];
}
)",
                                                               ""}));
}

BOOST_AUTO_TEST_CASE(a_plan_has_its_steps_and_its_memory) {
  write("m.ebb", neuron);
  const Outcome outcome = ebb({"show", "m.ebb", "--plan"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  const auto lines = lines_of(outcome.out);
  BOOST_REQUIRE(!lines.empty());
  BOOST_TEST(lines.back().starts_with(std::to_string(lines.size() - 1) + " steps, "));
  BOOST_TEST(lines.back().ends_with(" bytes of arena for 4 samples"));
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
