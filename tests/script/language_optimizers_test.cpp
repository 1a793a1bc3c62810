// language.md, "Optimizers are scripts too": a test for each rule.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>

#include "tests/script/scripts.hpp"

using namespace ebb;
using test::elaborate;

using Numbers = std::vector<double>;

BOOST_AUTO_TEST_SUITE(language_optimizers, *boost::unit_test::tolerance(1e-12))

namespace {

// A script with the parameter w = [3, 4], whose gradient is w itself, and what its optimizer stage
// makes of it.
struct Stage {
  test::Elaborated script;
  std::vector<Update> updates;

  explicit Stage(const std::string& text) : script(elaborate(text)) {
    BOOST_REQUIRE_MESSAGE(script.model, script.messages);
    BOOST_REQUIRE(script.model->optimizer);
    std::vector<Value> parameters;
    for (const Parameter& p : script.model->parameters) parameters.push_back(p.value);
    const auto found = gradients(script.model->graph, script.model->cost->value, parameters);
    updates = script.model->optimizer(*script.model, found);
  }

  // The parameter's next value when the counters stand at these.
  Numbers next(std::size_t parameter = 0, double step = 0, double epoch = 0) const {
    Evaluator evaluate(script.model->graph);
    const auto counter = [&](Value value, double number) {
      if (value) evaluate.set(value, Tensor::from_values(DType::f64, {}, {number}));
    };
    counter(script.model->step, step);
    counter(script.model->epoch, epoch);
    counter(script.model->last_validation, 7);
    for (const Parameter& p : script.model->parameters) evaluate.set(p.value, evaluate(p.init));
    for (const Update& update : updates) {
      for (const State& state : update.states) evaluate.set(state.value, evaluate(state.init));
    }
    const Array array = to_array(evaluate(updates.at(parameter).next));
    return {array.data<double>(), array.data<double>() + array.elements()};
  }
};

const std::string model = "param w[2] ~ [3, 4]\ncost 0.5 * sum(w .^ 2)\n";

}  // namespace

BOOST_AUTO_TEST_CASE(a_rule_says_what_the_next_value_is) {
  const Stage stage(model +
                    "optimizer mine(w, g; eta = 0.5) { w' = w - eta * g }\n"
                    "train { optimizer = mine }\n");
  BOOST_TEST(stage.next() == (Numbers{1.5, 2}), boost::test_tools::per_element());
  BOOST_TEST(stage.updates[0].states.empty());
}

BOOST_AUTO_TEST_CASE(rules_of_the_library_are_found_by_name) {
  BOOST_TEST(Stage(model + "train { optimizer = sgd(0.1) }\n").next() == (Numbers{2.7, 3.6}),
             boost::test_tools::per_element());
  // The first step of Adam is eta times the sign of the gradient.
  const Numbers next = Stage(model + "train { optimizer = adam(0.1, epsilon = 0) }\n").next();
  BOOST_TEST(next == (Numbers{2.9, 3.9}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_rule_of_the_script_stands_before_one_of_the_library) {
  const Stage stage(model +
                    "optimizer sgd(w, g; eta = 0.1) { w' = w }\n"
                    "train { optimizer = sgd }\n");
  BOOST_TEST(stage.next() == (Numbers{3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(states_have_the_shape_of_w_unless_they_say_otherwise) {
  const Stage stage(
      "param w[2, 3] ~ zeros\ncost sum(w)\n"
      "optimizer mine(w, g) {\n  state v = constant(2)\n  state r[size(w, 0)] = zeros\n"
      "  state n[1] = 3\n  v' = v + g\n  w' = w - v' + r\n}\n"
      "train { optimizer = mine() }\n");
  const auto& states = stage.updates[0].states;
  BOOST_REQUIRE_EQUAL(states.size(), 3u);
  const auto type = [&](std::size_t i) {
    return to_string(stage.script.model->graph.type(states[i].value));
  };
  BOOST_TEST(type(0) == "real[2, 3] shared");
  BOOST_TEST(type(1) == "real[2] shared");
  BOOST_TEST(type(2) == "real[1] shared");
  BOOST_TEST(static_cast<bool>(states[0].next));
  BOOST_TEST(!states[1].next);
  BOOST_TEST(stage.next() == Numbers(6, -3), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(states_are_named_after_the_parameter) {
  const Stage stage(
      "layer dense(x, n) {\n  param w[n, size(x)] ~ glorot\n  return w * x\n}\n"
      "input x[2]\na = x\nfor n in [3, 1] { a = dense(a, n) }\ncost sum(a)\n"
      "train { optimizer = momentum(0.1) }\n");
  BOOST_TEST(stage.updates[0].states[0].name == "a[0].w/v");
  BOOST_TEST(stage.updates[1].states[0].name == "a[1].w/v");
  BOOST_TEST((stage.script.value("a[1].w/v") == stage.updates[1].states[0].value));
}

BOOST_AUTO_TEST_CASE(a_rule_may_use_the_global_norm_and_the_counters) {
  const std::string clip = "optimizer clipped(w, g; eta = 1) { w' = w - eta * g / global_norm }\n";
  const Stage stage(
      "param w[2] ~ [3, 4]\nparam u ~ constant(12)\n"
      "cost 0.5 * sum(w .^ 2) + 0.5 * u ^ 2\n" +
      clip + "train { optimizer = clipped }\n");
  BOOST_TEST(stage.next(0) == (Numbers{3 - 3. / 13, 4 - 4. / 13}),
             boost::test_tools::per_element());
  BOOST_TEST(stage.next(1) == Numbers{12 - 12. / 13}, boost::test_tools::per_element());
  const Stage counting(model +
                       "optimizer counting(w, g) {\n"
                       "  w' = w + 100 * step + 1000 * epoch + last_validation\n}\n"
                       "train { optimizer = counting }\n");
  BOOST_TEST(counting.next(0, 2, 3) == (Numbers{3210, 3211}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_rule_may_take_another_rule_and_call_it) {
  const std::string twice =
      "optimizer twice(w, g; inner = sgd) {\n  u = inner(w, g)\n  w' = inner(u, g)\n}\n";
  const Stage plain(model + twice + "train { optimizer = twice(inner = sgd(0.1)) }\n");
  BOOST_TEST(plain.next() == (Numbers{2.4, 3.2}), boost::test_tools::per_element());
  const Stage fallback(model + twice + "train { optimizer = twice }\n");
  BOOST_TEST(fallback.next() == (Numbers{2.94, 3.92}), boost::test_tools::per_element());
  const Stage wrapped(model +
                      "optimizer decayed(w, g; inner, d = 0.5) { w' = d * inner(w, g) }\n"
                      "train { optimizer = decayed(momentum(0.1)) }\n");
  BOOST_TEST(wrapped.next() == (Numbers{1.35, 1.8}), boost::test_tools::per_element());
  BOOST_TEST(wrapped.updates[0].states[0].name == "w/inner/v");
}

BOOST_AUTO_TEST_CASE(a_schedule_is_an_expression) {
  const Stage stage(model + "train { optimizer = sgd(0.5 * 0.5 ^ epoch) }\n");
  BOOST_TEST(stage.next(0, 0, 0) == (Numbers{1.5, 2}), boost::test_tools::per_element());
  BOOST_TEST(stage.next(0, 0, 1) == (Numbers{2.25, 3}), boost::test_tools::per_element());
  const Stage function(model +
                       "def warmup(eta, n) = eta * minimum(1, (step + 1) / n)\n"
                       "train { optimizer = sgd(warmup(1, 4)) }\n");
  BOOST_TEST(function.next(0, 1) == (Numbers{1.5, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(parameters_may_have_different_rules_and_the_first_match_wins) {
  const Stage stage(
      "param w[2] ~ [3, 4]\nparam b[2] ~ [3, 4]\ncost 0.5 * sum(w .^ 2) + 0.5 * sum(b .^ 2)\n"
      "train { optimizer = [\"b\": sgd(1), \"*\": sgd(0.5), \"?\": sgd(0)] }\n");
  BOOST_TEST(stage.next(0) == (Numbers{1.5, 2}), boost::test_tools::per_element());
  BOOST_TEST(stage.next(1) == (Numbers{0, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(frozen_parameters_stay_as_they_are) {
  const Stage stage(
      "param w[2] ~ [3, 4]\nparam b[2] ~ [3, 4]\ncost 0.5 * sum(w .^ 2) + 0.5 * sum(b .^ 2)\n"
      "train { optimizer = [\"b\": frozen, \"*\": clip_norm(sgd(0.5), limit = 1, epsilon = 0)] "
      "}\n");
  // The norm of both gradients is the root of 50.
  BOOST_TEST(stage.next(0) == (Numbers{3 - 1.5 / std::sqrt(50), 4 - 2 / std::sqrt(50)}),
             boost::test_tools::per_element());
  BOOST_TEST(stage.next(1) == (Numbers{3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_rule_may_loop_choose_and_assert) {
  const Stage stage(model +
                    "optimizer looped(w, g; n = 3, back = false) {\n"
                    "  assert n > 0 \"n is positive\"\n  u = w\n"
                    "  for i in 0..n { u = u - 0.1 * g }\n"
                    "  if back { w' = w } else { w' = u }\n}\n"
                    "train { optimizer = looped }\n");
  BOOST_TEST(stage.next() == (Numbers{2.1, 2.8}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(errors_in_a_rule_say_for_which_parameter) {
  BOOST_TEST(
      test::messages_of(model + "optimizer odd(w, g) { w' = w + [1, 2, 3] }\n"
                                "train { optimizer = odd }\n") ==
      "test.ebb:3:30: error[E0301]: add: shapes do not fit: w is [2], the right side is [3]\n"
      "  1 | param w[2] ~ [3, 4]\n"
      "    |       - w is [2], declared here\n"
      "  ...\n"
      "  3 | optimizer odd(w, g) { w' = w + [1, 2, 3] }\n"
      "    |                              ^\n"
      "  in odd for w, called at test.ebb:4:21\n"
      "  hint: shapes align at the first dimension; each must agree or be 1\n");
}

BOOST_AUTO_TEST_CASE(states_begin_with_an_initializer_whose_stream_has_the_states_name) {
  const Stage stage(
      "param w[4] ~ zeros\nparam u[4] ~ zeros\ncost sum(w) + sum(u)\n"
      "optimizer noisy(w, g) {\n  state v = normal(0, 1)\n  w' = w + v\n}\n"
      "train { optimizer = noisy }\n");
  BOOST_TEST((stage.next(0) != stage.next(1)));
}

BOOST_AUTO_TEST_SUITE_END()
