// The schedules of scripts/std/schedules.ebb: whole curves against their formulas, and training.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <numbers>

#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/model.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(schedules)

namespace {

using Numbers = std::vector<double>;

// What each report of a run leaves in the parameter m.
Numbers run(const std::string& script) {
  ElaborateOptions options = for_training();
  const auto model = model_of(script, options);
  ElaborateOptions validation;
  validation.data_blocks = {"validation"};
  const auto inference = model_of(script, validation);
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, inference.get(), store, {Precision::f64, 1});
  Numbers result;
  trainer.run([&](const EpochReport&) {
    result.push_back(store.find("m")->at(0));
    return true;
  });
  return result;
}

// A rule whose next value is the rate itself.
const std::string rate = "param m ~ zeros\noptimizer rate(w, g; eta = 1) { w' = eta }\n";

Numbers over_epochs(const std::string& schedule, int epochs) {
  return run(rate + "input x\ncost m * x\ndata train { x = values([1, 1]) }\ntrain {\n" +
             "  optimizer = rate(" + schedule +
             ")\n  minibatch = 1\n  epochs = " + std::to_string(epochs) + "\n}\n");
}

Numbers over_steps(const std::string& schedule, int steps) {
  return run(rate + "cost m\ntrain {\n  optimizer = rate(" + schedule +
             ")\n  steps = " + std::to_string(steps) + "\n}\n");
}

// f(0), f(1), ... against the rates.
template <class F>
void check(const Numbers& rates, std::size_t count, const F& f) {
  BOOST_REQUIRE_EQUAL(rates.size(), count);
  for (std::size_t i = 0; i < count; ++i) {
    const double expected = f(static_cast<double>(i));
    BOOST_TEST(std::abs(rates[i] - expected) <= 1e-12,
               i << ": " << rates[i] << ", not " << expected);
  }
}

// From `from` at 0 to `to` at 1, along half a wave.
double wave(double from, double to, double share) {
  return to + (from - to) * (1 + std::cos(std::numbers::pi * share)) / 2;
}

}  // namespace

BOOST_AUTO_TEST_CASE(step_decay_falls_every_so_many_epochs) {
  check(over_epochs("step_decay(3, 4, factor = 0.5)", 11), 11,
        [](double e) { return 3 * std::pow(0.5, std::floor(e / 4)); });
}

BOOST_AUTO_TEST_CASE(exponential_decay_falls_after_each_epoch) {
  check(over_epochs("exponential_decay(3, 0.9)", 8), 8,
        [](double e) { return 3 * std::pow(0.9, e); });
}

BOOST_AUTO_TEST_CASE(polynomial_decay_ends_at_its_end) {
  check(over_epochs("polynomial_decay(3, 5)", 8), 8,
        [](double e) { return 3 * std::max(0.0, 1 - e / 5); });
  check(over_epochs("polynomial_decay(3, 5, power = 2, end = 1)", 8), 8,
        [](double e) { return 1 + 2 * std::pow(std::max(0.0, 1 - e / 5), 2); });
}

BOOST_AUTO_TEST_CASE(cosine_decay_ends_at_its_end) {
  check(over_epochs("cosine_decay(3, 6, end = 1)", 9), 9,
        [](double e) { return wave(3, 1, std::min(1.0, e / 6)); });
}

BOOST_AUTO_TEST_CASE(cosine_restarts_decay_begins_anew_after_ever_longer_rounds) {
  check(over_epochs("cosine_restarts_decay(3, 4)", 10), 10,
        [](double e) { return wave(3, 0, std::fmod(e, 4) / 4); });
  // Rounds of 2, 4, 8 and 16 epochs.
  check(over_epochs("cosine_restarts_decay(3, 2, factor = 2, end = 1)", 30), 30, [](double e) {
    double length = 2;
    for (; e >= length; length *= 2) e -= length;
    return wave(3, 1, e / length);
  });
}

BOOST_AUTO_TEST_CASE(linear_warmup_counts_updates_and_leads_into_another_schedule) {
  check(over_steps("linear_warmup(3, 4)", 7), 7,
        [](double s) { return 3 * std::min(1.0, (s + 1) / 4); });
  check(over_epochs("linear_warmup(exponential_decay(3, 0.5), 5)", 4), 4, [](double e) {
    return 3 * std::pow(0.5, e) * std::min(1.0, (2 * e + 2) / 5);  // after the epoch's second step
  });
}

BOOST_AUTO_TEST_CASE(one_cycle_rises_and_falls_far_below_its_start) {
  check(over_steps("one_cycle(2, 20, rise = 0.25, start = 10, end = 100)", 20), 20,
        [](double s) { return s <= 4 ? wave(0.2, 2, s / 4) : wave(2, 0.002, (s - 4) / 15); });
  const Numbers rates = over_steps("one_cycle(1, 10)", 10);
  BOOST_TEST(rates[0] == 1.0 / 25, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(rates[2] == 1.0, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(rates[9] == 1.0 / 25e4, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(plateau_decay_falls_when_validation_gains_nothing) {
  const std::string script =
      "input x\nparam m ~ constant(0)\ncost 0.5 * (m - x) ^ 2\ndata train { x = values([4, 4]) }\n"
      "data validation { x = values([1]) }\n"
      "train {\n  optimizer = sgd(plateau_decay(0.2, factor = 0.5, patience = 1, threshold = "
      "0.1))\n"
      "  minibatch = 1\n  epochs = 12\n}\n";
  // By hand: two updates an epoch, then a look at the validation cost.
  double m = 0, rate = 0.2, best = 1e30;
  int waited = 0, falls = 0;
  Numbers expected;
  for (int epoch = 0; epoch < 12; ++epoch) {
    for (int i = 0; i < 2; ++i) m -= rate * (m - 4);
    expected.push_back(m);
    const double cost = 0.5 * (m - 1) * (m - 1);
    if (cost < 0.9 * best) {
      best = cost;
      waited = 0;
    } else if (++waited > 1) {
      rate *= 0.5;
      waited = 0;
      ++falls;
    }
  }
  BOOST_TEST(falls >= 3);
  const Numbers got = run(script);
  check(got, expected.size(), [&](double i) { return expected[static_cast<std::size_t>(i)]; });
}

BOOST_AUTO_TEST_CASE(a_schedule_with_a_memory_keeps_it_among_the_states_of_the_run) {
  ElaborateOptions options = for_training();
  const auto model = model_of(
      "input x\nparam m ~ zeros\nparam n ~ zeros\ncost (m - n) * x\ndata train { x = values([1]) "
      "}\n"
      "train { optimizer = [\"m\": momentum(plateau_decay(0.5)), \"n\": sgd(plateau_decay(0.1))] "
      "}\n",
      options);
  BOOST_TEST(model->states.empty());
  Store store;
  initialize(*model, store, Precision::f64);
  const Trainer trainer(*model, nullptr, store, {Precision::f64, 1});
  std::vector<std::string> names;
  for (const State& state : trainer.rule_states()) names.push_back(state.name);
  const std::string first = "train/optimizer.plateau_decay[0].";
  const std::string second = "train/optimizer.plateau_decay[1].";
  const std::vector<std::string> expected{
      "m/v",           first + "seen",  first + "best",    first + "waited", first + "scale",
      second + "seen", second + "best", second + "waited", second + "scale"};
  BOOST_TEST(names == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(training_with_a_schedule_is_what_the_hand_finds) {
  const Numbers got =
      run("param m ~ constant(1)\ncost 0.5 * m ^ 2\n"
          "train {\n  optimizer = momentum(linear_warmup(0.4, 4), mu = 0.5)\n  steps = 6\n}\n");
  double m = 1, v = 0;
  check(got, 6, [&](double s) {
    v = 0.5 * v - 0.4 * std::min(1.0, (s + 1) / 4) * m;
    return m += v;
  });
}

BOOST_AUTO_TEST_SUITE_END()
