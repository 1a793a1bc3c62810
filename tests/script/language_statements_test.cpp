// language.md, "Statements": a test for each row of its table.
#include <boost/test/unit_test.hpp>

#include "tests/script/scripts.hpp"
#include "tests/support/scratch.hpp"

using namespace ebb;
using test::elaborate;
using test::messages_of;

using Numbers = std::vector<double>;

BOOST_AUTO_TEST_SUITE(language_statements)

BOOST_AUTO_TEST_CASE(option_is_a_constant_with_a_default_and_a_help_text) {
  const auto script = elaborate(
      "option n = 30 \"neurons\"\noption file = \"a.gz\" \"where\"\noption deep = true \"more\"\n"
      "assert n == 30 and file == \"a.gz\" and deep \"defaults\"\n");
  BOOST_TEST(script.messages == "");
  BOOST_REQUIRE_EQUAL(script.model->options.size(), 3u);
  BOOST_TEST(script.model->options[0].name == "n");
  BOOST_TEST(script.model->options[0].help == "neurons");
  BOOST_TEST(std::get<double>(script.model->options[0].fallback) == 30);
}

BOOST_AUTO_TEST_CASE(option_is_overridden_by_the_command_line_in_the_kind_of_its_default) {
  ElaborateOptions options;
  options.options = {{"n", "1e2"}, {"file", "7"}, {"deep", "false"}};
  const auto script = elaborate(
      "option n = 30 \"n\"\noption file = \"a\" \"f\"\noption deep = true \"d\"\n"
      "assert n == 100 and file == \"7\" and not deep \"overridden\"\n",
      options);
  BOOST_TEST(script.messages == "");
  BOOST_TEST(std::get<double>(script.model->options[0].fallback) == 30);
  BOOST_TEST(std::get<double>(script.model->options[0].value) == 100);
}

BOOST_AUTO_TEST_CASE(option_text_is_utf_8) {
  ElaborateOptions options;
  options.options = {{"who", "J\u00f6rg\xE9s"}};
  BOOST_TEST(messages_of("option who = \"a\" \"w\"\n", options) ==
             "--who:1:5: error[E0002]: invalid UTF-8: byte 0xE9\n"
             "  1 | J\u00f6rg\uFFFDs\n"
             "    |     ^\n"
             "  hint: options are UTF-8 text\n");
}

BOOST_AUTO_TEST_CASE(option_text_of_another_kind_is_an_error) {
  ElaborateOptions options;
  options.options = {{"n", "many"}, {"deep", "1"}};
  BOOST_TEST(messages_of("option n = 30 \"n\"\noption deep = true \"d\"\n", options) ==
             "--n:1:1: error[E0110]: `n` is a number, but `many` is none\n"
             "  1 | many\n"
             "    | ^^^^\n"
             "  at test.ebb:1:8:\n"
             "  1 | option n = 30 \"n\"\n"
             "    |        - declared here\n"
             "  hint: its default is 30\n"
             "--deep:1:1: error[E0110]: `deep` is a boolean, but `1` is none\n"
             "  1 | 1\n"
             "    | ^\n"
             "  at test.ebb:2:8:\n"
             "  2 | option deep = true \"d\"\n"
             "    |        ---- declared here\n"
             "  hint: write `true` or `false`\n");
}

BOOST_AUTO_TEST_CASE(option_that_the_script_does_not_have_is_an_error) {
  ElaborateOptions options;
  options.options = {{"hiden", "3"}};
  BOOST_TEST(messages_of("option hidden = 30 \"n\"\n", options) ==
             "--hiden:1:1: error: the script has no option `hiden`\n"
             "  1 | 3\n"
             "    | ^\n"
             "  hint: did you mean --hidden?\n");
}

BOOST_AUTO_TEST_CASE(option_named_like_a_flag_is_an_error) {
  for (const std::string& flag : command_line_flags()) {
    BOOST_TEST(!messages_of("option " + flag + " = 1 \"x\"\n").empty(), flag);
  }
}

BOOST_FIXTURE_TEST_CASE(include_is_relative_to_the_including_file, test::Scratch) {
  std::filesystem::create_directory(path("parts"));
  write("parts/outer.ebb", "include \"inner.ebb\"\ndef outer(x) = inner(x) + 1\n");
  write("parts/inner.ebb", "def inner(x) = 10 * x\n");
  const auto script = elaborate("include \"parts/outer.ebb\"\nassert outer(2) == 21 \"both\"\n", {},
                                "main.ebb", folder());
  BOOST_TEST(script.messages == "");
}

BOOST_FIXTURE_TEST_CASE(include_reads_a_file_once, test::Scratch) {
  write("a.ebb", "include \"c.ebb\"\n");
  write("b.ebb", "include \"c.ebb\"\n");
  write("c.ebb", "def c(x) = x\n");
  BOOST_TEST(elaborate("include \"a.ebb\"\ninclude \"b.ebb\"\nassert c(1) == 1 \"once\"\n", {},
                       "main.ebb", folder())
                 .messages == "");
}

BOOST_FIXTURE_TEST_CASE(include_cycle_is_an_error, test::Scratch) {
  write("a.ebb", "include \"b.ebb\"\n");
  write("b.ebb", "include \"a.ebb\"\n");
  BOOST_TEST(messages_of("include \"a.ebb\"\n", {}, "main.ebb", folder()) ==
             "b.ebb:1:9: error[E0802]: \"a.ebb\" includes itself\n"
             "  1 | include \"a.ebb\"\n"
             "    |         ^^^^^^^\n"
             "  hint: files that need each other are one file\n");
}

BOOST_FIXTURE_TEST_CASE(include_reports_errors_in_the_included_file, test::Scratch) {
  write("a.ebb", "b = (1\n");
  write("c.ebb", "d = foo\n");
  BOOST_TEST(messages_of("include \"a.ebb\"\n", {}, "main.ebb", folder())
                 .starts_with("a.ebb:1:5: error[E0009]: "));
  BOOST_TEST(messages_of("include \"c.ebb\"\n", {}, "main.ebb", folder()) ==
             "c.ebb:1:5: error[E0101]: unknown name `foo`\n"
             "  1 | d = foo\n"
             "    |     ^^^\n"
             "  hint: a name is given before it is used; `ebb ops` lists the library's\n");
}

BOOST_AUTO_TEST_CASE(include_std_is_embedded) {
  BOOST_TEST(elaborate("include \"std/costs.ebb\"\n").messages == "");
}

BOOST_AUTO_TEST_CASE(def_is_a_function_in_short_and_long_form_with_defaults) {
  BOOST_TEST(elaborate("def f(a, b = 2 * a) = a + b\n"
                       "def g(a) {\n  b = a\n  for i in 0..3 { b = 2 * b }\n  return b\n}\n"
                       "assert f(1) == 3 and f(1, 5) == 6 and f(b = 1, a = 2) == 3 \"f\"\n"
                       "assert g(1) == 8 \"g\"\n")
                 .messages == "");
}

BOOST_AUTO_TEST_CASE(def_is_lexically_scoped) {
  BOOST_TEST(elaborate("k = 10\n"
                       "def f(a) = k * a\n"
                       "def outer(k) = f(1)\n"
                       "def make(n) {\n  def add(a) = a + n\n  return add\n}\n"
                       "plus = make(5)\n"
                       "assert outer(3) == 10 \"f sees the k where it stands\"\n"
                       "assert plus(1) == 6 \"n outlives its call\"\n")
                 .messages == "");
}

BOOST_AUTO_TEST_CASE(def_returns_from_within_a_loop) {
  BOOST_TEST(elaborate("def first_above(l, n) {\n"
                       "  for a in l { if a > n { return a } }\n  return -1\n}\n"
                       "assert first_above([1, 5, 9], 3) == 5 \"found\"\n"
                       "assert first_above([1], 3) == -1 \"none\"\n")
                 .messages == "");
}

BOOST_AUTO_TEST_CASE(layer_makes_parameters_of_its_own_in_each_call) {
  const auto script = elaborate(
      "layer dense(x, n) {\n  param w[n, size(x)] ~ zeros\n  return w * x\n}\n"
      "input x[3]\na = dense(x, 4)\nb = dense(a, 2)\noutput b\n");
  BOOST_REQUIRE_EQUAL(script.model->parameters.size(), 2u);
  BOOST_TEST(script.type("a.w") == "real[4, 3] shared");
  BOOST_TEST(script.type("b.w") == "real[2, 4] shared");
}

BOOST_AUTO_TEST_CASE(state_takes_effect_in_training_only_and_is_saved) {
  const std::string text =
      "layer centred(x) {\n  state m[2] = constant(5)\n"
      "  m' = 0.9 * m + 0.1 * sample_mean(x)\n  return x - m\n}\n"
      "input x[2]\ny = centred(x)\noutput y\n";
  ElaborateOptions training;
  training.training = true;
  const auto trained = elaborate(text, training), used = elaborate(text);
  BOOST_TEST(trained.messages + used.messages == "");
  BOOST_REQUIRE_EQUAL(trained.model->states.size(), 1u);
  BOOST_TEST(trained.model->states[0].name == "y.m");
  BOOST_TEST(trained.numbers(trained.model->states[0].next, 2, {{"x", {1, 2, 3, 4}}}) ==
                 (Numbers{4.7, 4.8}),
             boost::test_tools::per_element());
  BOOST_TEST(!used.model->states[0].next);
  BOOST_TEST(used.numbers("y", 1, {{"x", {1, 2}}}) == (Numbers{-4, -3}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(input_and_target_are_fed_for_one_sample) {
  const auto script =
      elaborate("input x[28, 28]\ninput s\ntarget t[32] : int\ninput b : bool\noutput x\n");
  BOOST_TEST(script.type("x") == "real[28, 28] per sample");
  BOOST_TEST(script.type("s") == "real[] per sample");
  BOOST_TEST(script.type("t") == "int[32] per sample");
  BOOST_TEST(script.type("b") == "bool[] per sample");
  BOOST_REQUIRE_EQUAL(script.model->inputs.size(), 4u);
  BOOST_TEST(script.model->inputs[2].target);
  BOOST_TEST(!script.model->inputs[3].target);
}

BOOST_AUTO_TEST_CASE(param_begins_with_its_initial_value) {
  const auto script = elaborate(
      "param a[3] ~ zeros\nparam b[2] ~ constant(1.5)\nparam c[2, 2] ~ [[1, 2], [3, 4]]\n"
      "param d[2] ~ 7\nparam e[2] ~ 2 * [1, 2] + 1\nparam f ~ 1 / 4\n");
  BOOST_TEST(script.messages == "");
  const auto start = [&](std::size_t i) {
    return script.numbers(script.model->parameters[i].init);
  };
  BOOST_TEST(start(0) == (Numbers{0, 0, 0}), boost::test_tools::per_element());
  BOOST_TEST(start(1) == (Numbers{1.5, 1.5}), boost::test_tools::per_element());
  BOOST_TEST(start(2) == (Numbers{1, 2, 3, 4}), boost::test_tools::per_element());
  BOOST_TEST(start(3) == (Numbers{7, 7}), boost::test_tools::per_element());
  BOOST_TEST(start(4) == (Numbers{3, 5}), boost::test_tools::per_element());
  BOOST_TEST(start(5) == (Numbers{0.25}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(param_draws_depend_on_the_seed_and_the_name_alone) {
  const std::string text = "param a[4] ~ normal(0, 1)\nparam b[4] ~ normal(0, 1)\n";
  ElaborateOptions other;
  other.seed = 2;
  const auto first = elaborate(text), same = elaborate("k = 1\n" + text),
             second = elaborate(text, other);
  const auto start = [](const test::Elaborated& script, std::size_t i) {
    return script.numbers(script.model->parameters[i].init);
  };
  BOOST_TEST(start(first, 0) == start(same, 0), boost::test_tools::per_element());
  BOOST_TEST((start(first, 0) != start(first, 1)));
  BOOST_TEST((start(first, 0) != start(second, 0)));
}

BOOST_AUTO_TEST_CASE(param_initializers_are_values_that_functions_pass_on) {
  const auto script = elaborate(
      "def small(n) = uniform(-1 / n, 1 / n)\n"
      "layer dense(x, n, start = glorot) {\n"
      "  param w[n, size(x)] ~ start\n  param v[n, size(x)] ~ small(1000)\n"
      "  return (w + v) * x\n}\n"
      "input x[3]\na = dense(x, 2)\nb = dense(x, 2, start = constant(2))\noutput a\noutput b\n");
  BOOST_TEST(script.messages == "");
  BOOST_TEST(script.numbers("b.w") == Numbers(6, 2), boost::test_tools::per_element());
  for (const double v : script.numbers("a.v")) BOOST_TEST(std::abs(v) <= 0.001);
}

BOOST_AUTO_TEST_CASE(assignment_again_makes_a_new_value) {
  const auto script = elaborate("param x ~ constant(1)\na = x\na = a + 1\na = a .* a\noutput a\n");
  BOOST_TEST(script.numbers("a") == Numbers{4}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(for_runs_over_ranges_and_lists_and_opens_no_scope) {
  BOOST_TEST(elaborate("sum_of = 0\nfor i in 2..5 { sum_of = sum_of + i }\n"
                       "last = 0\nfor n in [30, 10] { last = n }\n"
                       "for i in 3..3 { sum_of = 100 }\n"
                       "assert sum_of == 9 and last == 10 \"loops\"\n"
                       "assert n == 10 \"the variable stays\"\n")
                 .messages == "");
}

BOOST_AUTO_TEST_CASE(if_chooses_and_opens_no_scope) {
  BOOST_TEST(elaborate("def sign_of(n) {\n"
                       "  if n > 0 { s = 1 } else if n < 0 { s = -1 } else { s = 0 }\n"
                       "  return s\n}\n"
                       "assert [sign_of(5), sign_of(-5), sign_of(0)] == [1, -1, 0] \"signs\"\n")
                 .messages == "");
}

BOOST_AUTO_TEST_CASE(outputs_may_be_several_and_bear_their_names) {
  const auto script = elaborate("input x[2]\na = 2 * x\noutput a\noutput sum(x)\noutput x + 1\n");
  BOOST_REQUIRE_EQUAL(script.model->outputs.size(), 3u);
  BOOST_TEST(script.model->outputs[0].name == "a");
  BOOST_TEST(script.model->outputs[1].name == "sum");
  BOOST_TEST(script.model->outputs[2].name == "output");
}

BOOST_AUTO_TEST_CASE(cost_is_one_scalar_per_sample_or_shared) {
  const auto per_sample = elaborate("input x[2]\nparam w[2] ~ zeros\ncost sum((w - x) .^ 2)\n");
  BOOST_REQUIRE(per_sample.model->cost.has_value());
  BOOST_TEST(per_sample.type("cost") == "real[] per sample");
  BOOST_TEST(elaborate("param w[2] ~ zeros\ncost sum(w .^ 2)\n").type("cost") == "real[] shared");
}

BOOST_AUTO_TEST_CASE(metrics_are_named_after_their_function_or_as_the_script_says) {
  const auto script = elaborate(
      "input x[2]\ntarget y[2]\nmetric accuracy(x, y)\nmetric off = sum(x - y)\n"
      "metric wrong = argmax(x) != argmax(y)\n");
  BOOST_TEST(script.messages == "");
  BOOST_REQUIRE_EQUAL(script.model->metrics.size(), 3u);
  BOOST_TEST(script.model->metrics[0].name == "accuracy");
  BOOST_TEST(script.model->metrics[1].name == "off");
  const Type type = script.model->graph.type(script.model->metrics[2].value);
  BOOST_TEST(to_string(type) == "real[] per sample", "a boolean is reported as 0 or 1");
}

BOOST_AUTO_TEST_CASE(rewrite_is_an_identity_proved_when_it_is_registered) {
  const auto script = elaborate("rewrite exp(x) .* exp(y) => exp(x + y)\n");
  BOOST_TEST(script.messages == "");
  BOOST_TEST(script.model->rewrites.back().text == "exp(x) .* exp(y) => exp(x + y)");
  BOOST_TEST(messages_of("rewrite exp(x) => x\n").find("this rewrite is not an identity") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(train_sets_what_the_run_needs) {
  const auto script = elaborate(
      "train {\n  minibatch = 2 * 5\n  batch = 100\n  epochs = 3; steps = 7\n  patience = 2\n"
      "  accumulate = 4\n  average = 0.9\n}\n");
  BOOST_TEST(script.messages == "");
  const TrainSettings& train = script.model->train;
  BOOST_TEST(train.minibatch == 10);
  BOOST_TEST(train.batch == 100);
  BOOST_TEST(train.epochs == 3);
  BOOST_TEST(train.steps == 7);
  BOOST_TEST(train.patience == 2);
  BOOST_TEST(train.accumulate == 4);
  BOOST_TEST(train.average == 0.9);
}

BOOST_AUTO_TEST_CASE(train_keys_have_a_type_a_default_and_a_help_text) {
  for (const TrainKey& key : train_keys()) {
    BOOST_TEST(!std::string(key.type).empty());
    BOOST_TEST(!std::string(key.fallback).empty());
    BOOST_TEST(!std::string(key.help).empty());
  }
}

BOOST_AUTO_TEST_CASE(train_keys_are_overridden_by_set) {
  ElaborateOptions options;
  options.settings = {
      {"train.epochs", "4"}, {"train.epochs", "5"}, {"train.optimizer", "momentum(0.1)"}};
  const auto script = elaborate("train { epochs = 3; optimizer = sgd(1) }\n", options);
  BOOST_TEST(script.messages == "");
  BOOST_TEST(script.model->train.epochs == 5, "the last one counts");
  BOOST_TEST(script.model->optimizer_text == "momentum(0.1)");
}

BOOST_AUTO_TEST_CASE(set_is_checked_like_a_script) {
  ElaborateOptions options;
  options.settings = {
      {"train.epochs", "0"}, {"train.epoch", "3"}, {"epochs", "3"}, {"train.batch", "(1"}};
  const std::string messages = messages_of("", options);
  BOOST_TEST(
      messages.find("--set train.epochs:1:1: error[E0603]: epochs is at least 1, but is 0") !=
      std::string::npos);
  BOOST_TEST(messages.find("--set:1:7: error[E0601]: train has no key `epoch`\n"
                           "  1 | train.epoch=3\n"
                           "    |       ^^^^^\n"
                           "  fix: write `epochs`\n") != std::string::npos);
  BOOST_TEST(messages.find("--set:1:1: error[E0601]: unknown setting `epochs`\n"
                           "  1 | epochs=3\n"
                           "    | ^^^^^^\n"
                           "  hint: keys of the train block") != std::string::npos);
  BOOST_TEST(messages.find("--set train.batch:1:1: error[E0009]:") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_set_wrong_is_shown_with_what_the_script_says) {
  ElaborateOptions options;
  options.settings = {{"train.epochs", "2.5"}};
  BOOST_TEST(messages_of("train {\n  optimizer = sgd(1)\n  epochs = 7\n}\n", options) ==
             "--set train.epochs:1:1: error[E0305]: epochs is a whole number, not 2.5\n"
             "  1 | 2.5\n"
             "    | ^^^\n"
             "  at test.ebb:3:3:\n"
             "  3 |   epochs = 7\n"
             "    |   ------ set here\n");
}

BOOST_AUTO_TEST_CASE(assert_is_checked_when_the_script_is_loaded) {
  BOOST_TEST(messages_of("n = 3\nassert n > 5 \"n is too small\"\n") ==
             "test.ebb:2:8: error[E0315]: n is too small\n"
             "  2 | assert n > 5 \"n is too small\"\n"
             "    |        ^^^^^\n"
             "  hint: the script asserts that n > 5\n");
}

BOOST_AUTO_TEST_CASE(use_of_a_plugin_that_is_not_there_is_one_error) {
  BOOST_TEST(messages_of("use lbfgs\nx = lbfgs(3)\n") ==
             "test.ebb:1:5: error[E0803]: there is no plugin `lbfgs`\n"
             "  1 | use lbfgs\n"
             "    |     ^^^^^\n");
}

BOOST_AUTO_TEST_SUITE_END()
