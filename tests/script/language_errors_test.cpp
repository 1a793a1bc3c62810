// language.md, "Errors", and its example: a test for each rule. The folder wrong/ holds many more.
#include <boost/test/unit_test.hpp>

#include "tests/script/scripts.hpp"
#include "tests/support/scratch.hpp"

using namespace ebb;
using test::elaborate;
using test::messages_of;

BOOST_AUTO_TEST_SUITE(language_errors)

namespace {

const std::filesystem::path scripts = std::filesystem::path(EBB_SOURCE_DIR) / "scripts";

std::string digits() { return test::read_file(scripts / "digits.ebb"); }

// What the only warning or error of a script is about.
std::string message_of(const std::string& text) {
  const std::string messages = messages_of(text);
  const auto begin = messages.find(": ") + 2;
  return messages.substr(begin, messages.find('\n') - begin);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_example_of_an_error_is_given_word_for_word) {
  std::string text = digits();
  const std::string shape = "w[n, size(x)]";
  text.replace(text.find(shape), shape.size(), "w[n, size(x) + 1]");
  text.insert(text.find('\n') + 1, "\n");
  text.erase(text.find("\n\n\n"), 1);
  BOOST_TEST(
      messages_of(text, {}, "digits.ebb") ==
      "digits.ebb:9:9: error[E0301]: matmul: inner sizes differ: w is [30, 785], x is [784]\n"
      "   7 |   param w[n, size(x) + 1] ~ normal(0, 1 / sqrt(size(x)))\n"
      "     |         - w is [30, 785], declared here\n"
      "  ...\n"
      "   9 |   z = w * x + b\n"
      "     |         ^\n"
      "  ...\n"
      "  13 | input  x[784]\n"
      "     |        - x is [784], declared here\n"
      "  in dense(x, 30), called at digits.ebb:17:29\n"
      "  hint: w has 785 columns where x has 784 rows\n");
}

BOOST_AUTO_TEST_CASE(the_example_elaborates_as_the_language_says) {
  ElaborateOptions options;
  options.training = true;
  options.data_blocks = {"train", "test"};
  const auto script = elaborate(digits(), options, "digits.ebb");
  BOOST_TEST(script.messages == "");
  const std::vector<std::pair<std::string, std::string>> types = {
      {"a[0].w", "real[30, 784] shared"}, {"a[0].b", "real[30] shared"},
      {"a[1].w", "real[10, 30] shared"},  {"a[1].b", "real[10] shared"},
      {"a[0].z", "real[30] per sample"},  {"a[1].z", "real[10] per sample"},
      {"a", "real[10] per sample"},       {"cost", "real[] per sample"},
      {"accuracy", "real[] per sample"},  {"x", "real[784] per sample"},
      {"y", "real[10] per sample"},
  };
  for (const auto& [name, type] : types) BOOST_TEST(script.type(name) == type, name);
  BOOST_TEST(script.model->parameters.size() == 4u);
  BOOST_TEST(script.model->outputs[0].name == "a");
  BOOST_TEST(script.model->metrics[0].name == "accuracy");
  BOOST_TEST(script.model->optimizer_text == "sgd(eta)");
  BOOST_TEST(script.model->train.minibatch == 10);
  BOOST_TEST(script.model->train.epochs == 30);
  BOOST_REQUIRE_EQUAL(script.model->data.size(), 2u);
  BOOST_TEST(script.model->data[0].samples == 5);
}

BOOST_AUTO_TEST_CASE(every_example_script_elaborates_in_training_and_outside_it) {
  for (const auto& entry : std::filesystem::directory_iterator(scripts)) {
    if (entry.path().extension() != ".ebb") continue;
    // Plugins are none of this floor; tests/sources runs the script that uses one.
    if (test::read_file(entry.path()).find("\nuse ") != std::string::npos) continue;
    for (const bool training : {false, true}) {
      ElaborateOptions options;
      options.training = training;
      BOOST_TEST_CONTEXT(entry.path().filename().string()) {
        BOOST_TEST(messages_of(test::read_file(entry.path()), options) == "");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(unknown_names_suggest_the_nearest) {
  BOOST_TEST(messages_of("param w[3] ~ nrmal(0, 1)\n") ==
             "test.ebb:1:14: error[E0101]: unknown name `nrmal`\n"
             "  1 | param w[3] ~ nrmal(0, 1)\n"
             "    |              ^^^^^\n"
             "  fix: write `normal`\n");
  BOOST_TEST(messages_of("a = sigmoid([1], k = 3)\n").find("hint: it is sigmoid(x)") !=
             std::string::npos);
  BOOST_TEST(messages_of("train { epoch = 3 }\n").find("fix: write `epochs`") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_stack_shows_calls_with_the_values_of_their_arguments) {
  const std::string messages = messages_of(
      "layer inner(x, n, act = sigmoid) {\n  return act(x) + [1, 2]\n}\n"
      "layer outer(v, n) {\n  h = inner(v, n + 1, act = relu)\n  return h\n}\n"
      "input x[3]\nfor i in 0..1 { a = outer(x, 4) }\noutput a\n");
  BOOST_TEST(messages.find("  in inner(x, 5, act = relu), called at test.ebb:5:7\n"
                           "  in outer(x, 4), called at test.ebb:9:21\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_cost_without_parameters_is_an_error) {
  BOOST_TEST(
      message_of("input x\ncost x ^ 2\n") ==
      "error[E0408]: there is nothing to minimise this cost with: the script has no parameters");
}

BOOST_AUTO_TEST_CASE(a_parameter_that_the_cost_does_not_reach_is_an_error) {
  BOOST_TEST(message_of("param w ~ zeros\nparam u ~ zeros\ncost w ^ 2\n") ==
             "error[E0409]: the cost does not depend on the parameter u");
}

BOOST_AUTO_TEST_CASE(what_a_layers_calls_lack_is_one_error) {
  BOOST_TEST(test::messages_of("layer idle(x) {\n  param w ~ zeros\n  param v ~ zeros\n"
                               "  param u ~ zeros\n  return u * x\n}\n"
                               "param z ~ zeros\na = idle(z)\ncost idle(a)\n") ==
             "test.ebb:2:9: error[E0409]: the cost does not depend on the parameters a.w, a.v, "
             "idle.w, idle.v\n"
             "  2 |   param w ~ zeros\n"
             "    |         ^\n"
             "  3 |   param v ~ zeros\n"
             "    |         - and this\n"
             "  ...\n"
             "  9 | cost idle(a)\n"
             "    |      ------- this cost\n"
             "  hint: use them on the way to the cost, or take them out\n");
}

BOOST_AUTO_TEST_CASE(a_value_that_certainly_leaves_a_domain_is_an_error) {
  BOOST_TEST(message_of("a = log([1, -1])\n") ==
             "error[E0309]: log is defined on (0, inf), but [1, -1] lies in [-1, 1]");
}

BOOST_AUTO_TEST_CASE(a_value_that_may_leave_a_domain_is_a_warning) {
  BOOST_TEST(message_of("input x[2]\na = log(relu(x))\noutput a\n") ==
             "warning[W0002]: log is defined on (0, inf), but relu(x) lies in [0, inf)");
  BOOST_TEST(messages_of("input x[2]\na = log(sigmoid(x))\noutput a\n") == "");
}

BOOST_AUTO_TEST_CASE(an_unused_value_is_a_warning) {
  const auto script = elaborate("input x[2]\na = 2 * x\nb = 3 * x\noutput b\n");
  BOOST_TEST(script.model != nullptr);
  BOOST_TEST(script.messages ==
             "test.ebb:2:1: warning[W0001]: `a` is not used\n"
             "  2 | a = 2 * x\n"
             "    | ^\n"
             "  hint: take it out, or make it an output to see it\n");
}

BOOST_AUTO_TEST_CASE(a_value_used_in_code_that_does_not_run_this_time_is_no_warning) {
  BOOST_TEST(messages_of("input x[2]\na = 2 * x\nif training { y = a } else { y = x }\n"
                         "output y\n") == "");
  BOOST_TEST(messages_of("input x[2]\na = 2 * x\ndef f() = a\noutput x\n") == "");
}

BOOST_AUTO_TEST_CASE(several_errors_are_reported_in_one_run) {
  const std::string messages = messages_of("a = foo\nb = 1 / 0\nc = a + b\nd = bar\n");
  BOOST_TEST(messages.find("1:5") != std::string::npos);
  BOOST_TEST(messages.find("2:7") != std::string::npos);
  BOOST_TEST(messages.find("3:") == std::string::npos, "what follows from an error is none");
  BOOST_TEST(messages.find("4:5") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_error_in_a_layer_that_is_called_often_is_one) {
  const std::string messages = messages_of(
      "layer bad(x) { return x + [1, 2] }\ninput x[3]\n"
      "a = bad(x); b = bad(x); c = bad(x)\noutput x\n");
  BOOST_TEST(messages.find("error", messages.find("error") + 1) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_script_hangs_the_front_end) {
  ElaborateOptions options;
  options.limits.steps = 100'000;
  for (const char* text : {
           "def f(n) = f(n) + f(n)\na = f(1)\n",
           "def f(g) = g(g)\na = f(f)\n",
           "for i in 0..1000 { for j in 0..1000 { for k in 0..1000 { a = 1 } } }\n",
           "a = [1]\nfor i in 0..100 { a = [a, a] }\n",
           "a = []\nfor i in 0..5000 { a = append(a, i) }\n",
           "param w ~ zeros\na = w\nfor i in 0..1000000 { a = a + w }\noutput a\n",
       }) {
    BOOST_TEST(messages_of(text, options).find("error[") != std::string::npos, text);
  }
}

// Names that are given twice have a script elaborated again, but not one that a limit stops.
BOOST_AUTO_TEST_CASE(a_script_that_is_too_large_is_elaborated_once) {
  std::string text = "layer l0(x) {\n  param w ~ zeros\n  return w * x\n}\n";
  for (int i = 1; i < 30; ++i) {
    const std::string below = "l" + std::to_string(i - 1);
    text += "layer l" + std::to_string(i) + "(x) { return " + below + "(" + below + "(x)) }\n";
  }
  std::int64_t calls = 0;
  EditorHooks editor;
  editor.observe = [&](Span at, const std::string&) { calls += at.begin == 9 ? 1 : 0; };
  ElaborateOptions options;
  options.limits.nodes = 20'000;
  options.editor = &editor;
  const std::string messages = messages_of(text + "input x\noutput l29(x)\n", options);
  BOOST_TEST(messages.find("the graph has more than 20000 nodes") != std::string::npos, messages);
  // A call makes two nodes and the first value of the parameter.
  BOOST_TEST(calls <= 20'000 / 3 + 1);
}

BOOST_AUTO_TEST_CASE(what_a_messages_points_into_outlives_the_model) {
  Diagnostics diagnostics;
  elaborate_text("gone.ebb", "a = foo\n", {}, test::everything(), {}, diagnostics);
  BOOST_TEST(diagnostics.to_string() ==
             "gone.ebb:1:5: error[E0101]: unknown name `foo`\n"
             "  1 | a = foo\n"
             "    |     ^^^\n"
             "  hint: a name is given before it is used; `ebb ops` lists the library's\n");
}

BOOST_AUTO_TEST_CASE(a_script_that_cannot_be_read_is_an_error) {
  Diagnostics diagnostics;
  BOOST_TEST(load_script("nowhere.ebb", test::everything(), {}, diagnostics) == nullptr);
  BOOST_TEST(diagnostics.to_string() ==
             "error: cannot read nowhere.ebb: No such file or directory\n");
}

BOOST_AUTO_TEST_SUITE_END()
