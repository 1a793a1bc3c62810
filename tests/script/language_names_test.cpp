// language.md, "Names": a test for each rule.
#include <boost/test/unit_test.hpp>

#include "graph/script/naming.hpp"
#include "tests/script/scripts.hpp"

using namespace ebb;
using test::elaborate;
using test::messages_of;

BOOST_AUTO_TEST_SUITE(language_names)

namespace {

const std::string dense =
    "layer dense(x, n) {\n  param w[n, size(x)] ~ glorot\n  z = w * x\n  return sigmoid(z)\n}\n";

std::string parameters(const test::Elaborated& script) {
  std::string names;
  for (const Parameter& parameter : script.model->parameters) {
    names += (names.empty() ? "" : " ") + parameter.name;
  }
  return names;
}

// The parameters' names, of a script that begins with the layer and an input.
std::string names_in(const std::string& text) {
  const auto script = elaborate(dense + "input x[3]\n" + text);
  return script.model ? parameters(script) : script.messages;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_value_gets_the_name_it_is_assigned_to) {
  const auto script = elaborate("input x[3]\nh = 2 * x\noutput h\n");
  BOOST_TEST(*script.model->graph.name(script.value("h")) == "h");
}

BOOST_AUTO_TEST_CASE(the_first_name_stays_a_values_name) {
  const auto script = elaborate("input x[3]\na = x\nb = a\noutput b\n");
  BOOST_TEST(*script.model->graph.name(script.value("b")) == "x");
}

BOOST_AUTO_TEST_CASE(a_layer_call_opens_a_scope) {
  const auto script = elaborate(dense + "input x[3]\nh = dense(x, 2)\noutput h\n");
  BOOST_TEST(script.type("h.w") == "real[2, 3] shared");
  BOOST_TEST(script.type("h.z") == "real[2] per sample");
  BOOST_TEST(*script.model->graph.name(script.value("h")) == "h");
}

BOOST_AUTO_TEST_CASE(layers_in_a_loop_are_numbered_by_iteration) {
  const auto script =
      elaborate(dense + "input x[3]\na = x\nfor n in [4, 2] { a = dense(a, n) }\noutput a\n");
  BOOST_TEST(parameters(script) == "a[0].w a[1].w");
  BOOST_TEST(script.type("a[0].z") == "real[4] per sample");
  BOOST_TEST(script.type("a[0]") == "real[4] per sample");
  BOOST_TEST((script.value("a") == script.value("a[1]")), "a is the last of them");
}

BOOST_AUTO_TEST_CASE(nested_loops_nest_the_numbers) {
  BOOST_TEST(names_in("a = x\nfor i in 0..2 { for j in 0..2 { a = dense(a, 3) } }\noutput a\n") ==
             "a[0][0].w a[0][1].w a[1][0].w a[1][1].w");
}

BOOST_AUTO_TEST_CASE(names_repeated_outside_loops_are_numbered_by_order) {
  BOOST_TEST(names_in("a = dense(x, 4)\na = dense(a, 2)\nb = dense(a, 1)\noutput b\n") ==
             "a[0].w a[1].w b.w");
}

BOOST_AUTO_TEST_CASE(loops_and_single_calls_of_one_name_count_on) {
  BOOST_TEST(names_in("a = dense(x, 4)\nfor n in [3, 2] { a = dense(a, n) }\na = dense(a, 1)\n"
                      "output a\n") == "a[0].w a[1].w a[2].w a[3].w");
  BOOST_TEST(
      names_in("a = x\nfor i in 0..2 { a = dense(a, 4) }\nfor i in 0..2 { a = dense(a, 4) }\n"
               "output a\n") == "a[0].w a[1].w a[2].w a[3].w");
}

BOOST_AUTO_TEST_CASE(two_calls_of_one_name_in_an_iteration_are_numbered_within_it) {
  BOOST_TEST(names_in("a = x\nfor i in 0..2 { a = dense(a, 4); a = dense(a, 3) }\noutput a\n") ==
             "a[0][0].w a[0][1].w a[1][0].w a[1][1].w");
}

BOOST_AUTO_TEST_CASE(a_call_that_is_not_assigned_takes_the_layers_name) {
  BOOST_TEST(names_in("output relu(dense(x, 4))\n") == "dense.w");
  BOOST_TEST(names_in("a = dense(dense(dense(x, 4), 3), 2)\noutput a\n") ==
             "dense[0].w dense[1].w a.w");
}

BOOST_AUTO_TEST_CASE(layers_in_layers_have_scopes_in_scopes) {
  const std::string block =
      "layer block(x, n) {\n  for i in 0..2 { x = dense(x, n) }\n  out = dense(x, n)\n"
      "  return out\n}\n";
  BOOST_TEST(names_in(block + "a = x\nfor n in [2, 5] { a = block(a, n) }\noutput a\n") ==
             "a[0].x[0].w a[0].x[1].w a[0].out.w a[1].x[0].w a[1].x[1].w a[1].out.w");
}

BOOST_AUTO_TEST_CASE(layers_in_defs_stand_in_the_callers_scope) {
  const std::string twice = "def twice(x, n) {\n  h = dense(x, n)\n  return dense(h, n)\n}\n";
  BOOST_TEST(names_in(twice + "p = twice(x, 2)\noutput p\n") == "h.w dense.w");
  BOOST_TEST(names_in(twice + "p = twice(twice(x, 2), 5)\noutput p\n") ==
             "h[0].w dense[0].w h[1].w dense[1].w");
}

BOOST_AUTO_TEST_CASE(only_layer_calls_are_numbered) {
  const auto script = elaborate("input x[3]\nh = x\nfor i in 0..3 { h = relu(h) }\noutput h\n");
  BOOST_TEST(script.model->names.size() == 2u);
  BOOST_TEST(script.type("h") == "real[3] per sample");
}

BOOST_AUTO_TEST_CASE(scoped_names_are_legal_wherever_a_name_is) {
  const auto script =
      elaborate(dense +
                "input x[3]\na = x\nfor n in [4, 2] { a = dense(a, n) }\n"
                "penalty = 0\nfor i in 0..2 { penalty = penalty + sum(a[i].w .^ 2) }\n"
                "output a[0].z\noutput a[1].w.T\noutput penalty\n");
  BOOST_TEST(script.messages == "");
  BOOST_TEST(script.model->outputs[0].name == "a[0].z");
  BOOST_TEST((script.model->outputs[0].value == script.value("a[0].z")));
}

BOOST_AUTO_TEST_CASE(scoped_names_are_looked_for_from_the_layer_outward) {
  const std::string outer = "layer outer(x) {\n  h = dense(x, 2)\n  return h + sum(h.w)\n}\n";
  const auto script = elaborate(dense + outer +
                                "input x[3]\nh = dense(x, 2)\na = outer(x)\n"
                                "output a\noutput h\n");
  BOOST_TEST(script.messages == "");
  BOOST_TEST(script.type("a.h.w") == "real[2, 3] shared");
}

BOOST_AUTO_TEST_CASE(an_index_without_a_part_is_an_element) {
  const auto script = elaborate(dense +
                                "input x[3]\na = x\nfor n in [4, 2] { a = dense(a, n) }\nb = a[0]\n"
                                "output b\n");
  BOOST_TEST(script.type("b") == "real[] per sample");
}

BOOST_AUTO_TEST_CASE(parameters_lists_those_that_match) {
  const auto script =
      elaborate(dense +
                "input x[3]\nparam b ~ zeros\na = x\nfor n in [4, 2] { a = dense(a, n) }\n"
                "assert size(parameters(\"*.w\")) == 2 \"all w\"\n"
                "assert size(parameters(\"a[1].?\")) == 1 \"? is one character\"\n"
                "assert size(parameters(\"*\")) == 3 \"all\"\n"
                "assert size(parameters(\"b\")) == 1 \"one\"\noutput a\noutput b\n");
  BOOST_TEST(script.messages == "");
}

BOOST_AUTO_TEST_CASE(only_star_and_question_mark_are_special_in_patterns) {
  using script::matches;
  BOOST_TEST(matches("*.w", "a[0].w"));
  BOOST_TEST(matches("a[?].w", "a[0].w"));
  BOOST_TEST(!matches("a[0-9].w", "a[0].w"));
  BOOST_TEST(matches("*a*b*", "xxaxxbxx"));
  BOOST_TEST(!matches("*a*b", "xxaxxbxx"));
  BOOST_TEST(matches("η?", "ηδ"));
  BOOST_TEST(matches("", ""));
  BOOST_TEST(!matches("", "a"));
}

BOOST_AUTO_TEST_CASE(a_repeated_parameter_in_one_scope_is_an_error) {
  BOOST_TEST(messages_of("param w ~ zeros\nparam w ~ zeros\n") ==
             "test.ebb:2:7: error[E0103]: `w` is already a parameter; a parameter needs a name of "
             "its own\n"
             "  1 | param w ~ zeros\n"
             "    |       - named here first\n"
             "  2 | param w ~ zeros\n"
             "    |       ^\n"
             "  hint: choose another name\n");
}

BOOST_AUTO_TEST_CASE(names_of_the_library_may_be_taken_by_the_script) {
  const auto script = elaborate(
      "def quadratic(a, y) = sum(a - y)\ninput x[2]\ntarget y[2]\nmean = x\noutput mean\n"
      "metric quadratic(mean, y)\n");
  BOOST_TEST(script.messages == "");
}

BOOST_AUTO_TEST_SUITE_END()
