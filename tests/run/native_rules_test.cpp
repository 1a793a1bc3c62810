// Optimizers and schedules of a plugin against the same rules in the script language.
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/model.hpp"
#include "tests/support/plugin.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(native_rules)

namespace {

void rules(sdk::Plugin& plugin) {
  plugin.optimizer("momentum_c")
      .doc("The heavy ball, element by element.")
      .state("v", "velocity")
      .setting("eta", 0.01, "learning rate", sdk::positive)
      .setting("mu", 0.9, "what of the velocity stays", sdk::unit)
      .update([](auto& w, auto g, auto& v, auto eta, auto mu) {
        v = mu * v - eta * g;
        w += v;
      });
  plugin.optimizer("sgd_c")
      .doc("Gradient descent, written for whole values.")
      .setting("eta", sdk::required, "learning rate")
      .kernel([]<class T>(const sdk::Kernel& k, T) {
        const auto w = k.in<T>(0), g = k.in<T>(1), eta = k.in<T>(2);
        for (std::int64_t i = 0; i < w.elements(); ++i)
          k.out<T>().data()[i] = w.data()[i] - *eta.data() * g.data()[i];
      });
  plugin.schedule("plateau_c")
      .doc("The rate times factor whenever the validation has stopped to get better.")
      .state("seen", "the epoch that was judged last")
      .state("best", "the lowest cost", 1e30)
      .state("waited", "epochs without gain")
      .state("scale", "what the rate is multiplied by", 1)
      .setting("eta", sdk::required, "the first rate")
      .setting("factor", 0.1, "how much lower it gets", sdk::positive)
      .setting("patience", 10, "epochs to wait")
      .setting("threshold", 0.0001, "the least share that is a gain")
      .rate([](std::int64_t, std::int64_t epoch, auto last, auto& seen, auto& best, auto& waited,
               auto& scale, auto eta, auto factor, auto patience, auto threshold) {
        using T = decltype(eta);
        if (static_cast<T>(epoch) > seen) {
          seen = static_cast<T>(epoch);
          const bool better = last < (1 - threshold) * best;
          if (better) best = last;
          waited = better ? 0 : waited + 1;
          if (waited > patience) {
            waited = 0;
            scale *= factor;
          }
        }
        return eta * scale;
      });
  plugin.schedule("first_validation")
      .doc("1 until there is a validation, then 2.")
      .rate([](std::int64_t, std::int64_t, auto last) {
        return std::isnan(last) ? decltype(last)(1) : decltype(last)(2);
      });
}

ElaborateOptions options_for(bool training, std::vector<std::string> blocks) {
  load_trial_plugin<&rules>();
  ElaborateOptions options;
  options.training = training;
  options.data_blocks = std::move(blocks);
  return options;
}

struct Trained {
  std::vector<double> w, v;  // every value of the parameters and of their velocities
  std::vector<std::string> states;
};

// Without a matrix product, into which a plan would put the learning rate of the script's rule:
// that rounds otherwise.
const std::string network =
    "input x[3]\ntarget y[2]\nparam w[2, 3] ~ glorot\nparam b[2] ~ zeros\n"
    "cost quadratic(sigmoid(sum(w .* x.T, dims = [1]) + b), y)\n"
    "data train {\n  x = values([[1, 2, 3], [4, 5, 6], [7, 8, 9], [1, 0, 1], [0, 1, 0]])\n"
    "  y = values([[0, 1], [1, 0], [0, 1], [1, 1], [0, 0]])\n}\n";

Trained trained(const std::string& optimizer, Precision precision = Precision::f64,
                const std::string& before = "") {
  const auto model = model_of(before + network + "train {\n  optimizer = " + optimizer +
                                  "\n  minibatch = 2\n  epochs = 20\n}\n",
                              options_for(true, {"train"}));
  Store store;
  initialize(*model, store, precision);
  Trainer trainer(*model, nullptr, store, {precision, 1});
  trainer.run([](const EpochReport&) { return true; });
  Trained result;
  for (const auto& [name, tensor] : store.all())
    for (std::int64_t i = 0; i < tensor.elements_per_sample(); ++i)
      (name.find('/') == std::string::npos ? result.w : result.v).push_back(tensor.at(i));
  for (const State& state : trainer.rule_states()) result.states.push_back(state.name);
  return result;
}

void check_same(const Trained& native, const Trained& script, double tolerance) {
  BOOST_REQUIRE_EQUAL(native.w.size(), 8u);
  BOOST_REQUIRE_EQUAL(script.w.size(), 8u);
  BOOST_REQUIRE_EQUAL(native.v.size(), script.v.size());
  for (std::size_t i = 0; i < native.w.size(); ++i)
    BOOST_TEST(std::abs(native.w[i] - script.w[i]) <= tolerance,
               i << ": " << native.w[i] << ", not " << script.w[i]);
  for (std::size_t i = 0; i < native.v.size(); ++i)
    BOOST_TEST(std::abs(native.v[i] - script.v[i]) <= tolerance);
}

// The rates of a run, epoch by epoch, with a validation whose cost goes up and down.
std::vector<double> rates(const std::string& schedule, const std::string& data = "[1, 1]") {
  const std::string script =
      "param m ~ zeros\noptimizer rate(w, g; eta = 1) { w' = eta }\ninput x\n"
      "cost (m - 0.3) ^ 2 + 0 * x\ndata train { x = values(" +
      data + ") }\ndata validation { x = values([1]) }\ntrain {\n  optimizer = rate(" + schedule +
      ")\n  minibatch = 1\n  epochs = 12\n}\n";
  const auto model = model_of(script, options_for(true, {"train"}));
  const auto inference = model_of(script, options_for(false, {"validation"}));
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, inference.get(), store, {Precision::f64, 1});
  std::vector<double> result;
  trainer.run([&](const EpochReport&) {
    result.push_back(store.find("m")->at(0));
    return true;
  });
  return result;
}

std::string messages_of(const std::string& text) {
  Diagnostics diagnostics;
  elaborate_text("test.ebb", text, {}, with_sources(), options_for(true, {}), diagnostics);
  return diagnostics.to_string();
}

const std::string parabola = "param w[2] ~ [3, 4]\ncost 0.5 * sum(w .^ 2)\n";

void without_doc(sdk::Plugin& plugin) {
  plugin.optimizer("bad").update([](auto& w, auto g) { w -= g; });
}
void with_other_states(sdk::Plugin& plugin) {
  plugin.optimizer("bad").doc("It.").state("v", "velocity").update([](auto& w, auto g, auto v) {
    w -= g + v;
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_native_momentum_is_the_scripts) {
  check_same(trained("momentum_c(0.1, mu = 0.8)"), trained("momentum(0.1, 0.8)"), 0);
  check_same(trained("momentum_c(0.1)", Precision::f32), trained("momentum(0.1)", Precision::f32),
             1e-6);
  const Trained plain = trained("momentum_c");
  check_same(plain, trained("momentum"), 0);
  BOOST_TEST(plain.states == (std::vector<std::string>{"w/v", "b/v"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_kernel_over_whole_values_is_a_rule) {
  check_same(trained("sgd_c(0.3)"), trained("sgd(0.3)"), 1e-15);
}

BOOST_AUTO_TEST_CASE(native_rules_stand_in_tables_and_in_other_rules) {
  check_same(trained("[\"b\": momentum_c(0.2), \"*\": sgd_c(0.1)]"),
             trained("[\"b\": momentum(0.2), \"*\": sgd(0.1)]"), 1e-15);
  const Trained clipped = trained("clip_value(momentum_c(0.1), limit = 0.01)");
  check_same(clipped, trained("clip_value(momentum(0.1), limit = 0.01)"), 1e-15);
  BOOST_TEST(clipped.states == (std::vector<std::string>{"w/inner/v", "b/inner/v"}),
             boost::test_tools::per_element());
  check_same(trained("clip_value(momentum_c, limit = 0.01)"),
             trained("clip_value(momentum, limit = 0.01)"), 1e-15);
}

BOOST_AUTO_TEST_CASE(settings_may_be_schedules) {
  check_same(trained("momentum_c(0.1 * 0.9 ^ epoch)"), trained("momentum(0.1 * 0.9 ^ epoch)"),
             1e-15);
  check_same(trained("momentum_c(linear_warmup(0.1, 7), mu = 0.5)"),
             trained("momentum(linear_warmup(0.1, 7), 0.5)"), 1e-15);
}

BOOST_AUTO_TEST_CASE(a_native_schedule_is_the_scripts) {
  const std::string settings = "(0.8, factor = 0.5, patience = 2)";
  const auto native = rates("plateau_c" + settings), script = rates("plateau_decay" + settings);
  BOOST_TEST(native == script, boost::test_tools::per_element());
  BOOST_TEST(native.front() == 0.8);
  BOOST_TEST(native.back() < 0.3);  // it has fallen twice
  BOOST_TEST(rates("linear_warmup(plateau_c" + settings + ", 6)") ==
                 rates("linear_warmup(plateau_decay" + settings + ", 6)"),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_schedules_states_belong_to_the_run) {
  const Trained native = trained("momentum_c(plateau_c(0.1))");
  check_same(native, trained("momentum(plateau_decay(0.1))"), 1e-15);
  BOOST_TEST(
      native.states ==
          (std::vector<std::string>{
              "w/v", "b/v", "train/optimizer.plateau_c.seen", "train/optimizer.plateau_c.best",
              "train/optimizer.plateau_c.waited", "train/optimizer.plateau_c.scale"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(before_the_first_validation_its_cost_is_no_number) {
  const auto seen = rates("first_validation()");
  BOOST_TEST(seen.at(0) == 1);
  BOOST_TEST(seen.at(1) == 2);
}

BOOST_AUTO_TEST_CASE(an_optimizer_is_no_function_and_a_schedule_one_of_optimizers_only) {
  BOOST_TEST(
      messages_of("input x\noutput momentum_c(x)\n") ==
      "test.ebb:2:19: error[E0207]: momentum_c: eta is a number, but this is real[] per sample\n"
      "  2 | output momentum_c(x)\n"
      "    |                   ^\n");
  BOOST_TEST(
      messages_of("output momentum_c(0.1)\n") ==
      "test.ebb:1:8: error[E0403]: an output is a value of the graph, but this is an optimizer\n"
      "  1 | output momentum_c(0.1)\n"
      "    |        ^^^^^^^^^^^^^^^\n");
  BOOST_TEST(messages_of("param w ~ zeros\ncost w * plateau_c(0.1)\n") ==
             "test.ebb:2:10: error[E0610]: plateau_c is a learning-rate schedule; it is known in "
             "optimizers' settings only\n"
             "  2 | cost w * plateau_c(0.1)\n"
             "    |          ^^^^^^^^^\n"
             "  hint: for example `optimizer = sgd(plateau_c(...))`\n");
}

BOOST_AUTO_TEST_CASE(settings_are_checked_where_they_stand) {
  const auto wrong = [](const std::string& optimizer) {
    const std::string all = messages_of(parabola + "train { optimizer = " + optimizer + " }\n");
    return all.substr(0, all.find('\n'));
  };
  BOOST_TEST(wrong("momentum_c(-1)") ==
             "test.ebb:3:32: error[E0208]: momentum_c: eta lies in (0, inf), but is -1");
  BOOST_TEST(wrong("momentum_c(mu = 1.5)") ==
             "test.ebb:3:37: error[E0208]: momentum_c: mu lies in [0, 1], but is 1.5");
  BOOST_TEST(
      wrong("momentum_c(sgd)") ==
      "test.ebb:3:32: error[E0207]: momentum_c: eta is a number or a schedule, not an optimizer");
  BOOST_TEST(
      wrong("momentum_c(w)") ==
      "test.ebb:3:32: error[E0207]: momentum_c: eta is a number, but this is real[2] shared");
  BOOST_TEST(wrong("momentum_c(nu = 1)") ==
             "test.ebb:3:32: error[E0202]: momentum_c has no argument `nu`");
  BOOST_TEST(wrong("sgd_c") == "test.ebb:3:21: error[E0203]: sgd_c needs its setting `eta`");
  BOOST_TEST(
      wrong("plateau_c(0.1)") ==
      "test.ebb:3:21: error[E0604]: an optimizer is an update rule such as `sgd(0.1)`, not a value "
      "of the graph");
}

BOOST_AUTO_TEST_CASE(records_that_are_wrong_are_refused) {
  BOOST_TEST(refusal_of_plugin<&without_doc>() ==
             "plugin trial: op `bad`: documentation is missing");
  BOOST_TEST(refusal_of_plugin<&with_other_states>() ==
             "bad: its lambda takes 0 states and 1 settings, but its record has 1 and 0");
}

BOOST_AUTO_TEST_SUITE_END()
