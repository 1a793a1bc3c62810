#include "graph/run/trainer.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "graph/run/weights.hpp"
#include "tests/support/training.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(trainer)

namespace {

ElaborateOptions training(std::vector<std::pair<std::string, std::string>> settings = {}) {
  ElaborateOptions options = for_training();
  options.settings = std::move(settings);
  return options;
}

// A parameter m that follows the samples: C = (m - x)² / 2, so m' = m - eta (m - mean of x).
std::string mean_script(const std::string& train) {
  std::string values;
  for (int i = 0; i < 1000; ++i)
    values += (i ? ", " : "") + std::to_string((i * 37) % 101) + "." + std::to_string(i % 10);
  return "input x\nparam m ~ constant(1.5)\ncost 0.5 * (m - x) ^ 2\ndata train {\n  x = values([" +
         values + "])\n}\ntrain {\n  optimizer = sgd(0.1)\n  " + train + "\n}\n";
}

double value_of(int i) { return (i * 37) % 101 + (i % 10) / 10.0; }

}  // namespace

BOOST_AUTO_TEST_CASE(a_batch_of_50_in_minibatches_of_10_by_hand) {
  const auto model =
      model_of(mean_script("batch = 50\n  minibatch = 10\n  epochs = 3"), training());
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, nullptr, store, {Precision::f64, 7});
  SampleOrder order(1000, 50, 7);
  double m = 1.5;
  int epochs = 0;
  trainer.run([&](const EpochReport& report) {
    const auto batch = order.draw(epochs++);
    BOOST_TEST(batch.size() == 50u);
    BOOST_TEST((std::set<std::int64_t>(batch.begin(), batch.end()).size()) == 50u);
    double mean_cost = 0;
    for (std::size_t first = 0; first < 50; first += 10) {
      double gradient = 0, cost = 0;
      for (const auto sample : batch.subspan(first, 10)) {
        const double d = m - value_of(static_cast<int>(sample));
        gradient += d / 10;
        cost += 0.5 * d * d / 10;
      }
      m -= 0.1 * gradient;
      mean_cost += cost / 5;
    }
    BOOST_TEST(store.find("m")->at(0) == m, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(report.cost == mean_cost, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(report.epoch == epochs);
    return true;
  });
  BOOST_TEST(epochs == 3);
  BOOST_TEST(trainer.state().steps == 15);
}

BOOST_AUTO_TEST_CASE(the_last_smaller_minibatch_is_averaged_over_its_own_size) {
  const auto model = model_of(
      "input x\nparam m ~ constant(2)\ncost 0.5 * (m - x) ^ 2\ndata train { x = values([1, 4, 9]) "
      "}\n"
      "train { optimizer = sgd(0.5); minibatch = 2; epochs = 1 }\n",
      training());
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, nullptr, store, {Precision::f64, 3});
  const double x[] = {1, 4, 9};
  SampleOrder all(3, 3, 3);
  const auto order = all.draw(0);
  double m = 2;
  m -= 0.5 * (m - (x[order[0]] + x[order[1]]) / 2);
  m -= 0.5 * (m - x[order[2]]);
  trainer.run([](const EpochReport&) { return true; });
  BOOST_TEST(trainer.state().steps == 2);
  BOOST_TEST(store.find("m")->at(0) == m, boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(every_epoch_draws_another_order_and_every_seed) {
  SampleOrder order(1000, 1000, 1);
  const auto copy = [](std::span<const std::int64_t> s) { return std::vector(s.begin(), s.end()); };
  const auto first = copy(order.draw(0)), second = copy(order.draw(1)), again = copy(order.draw(0));
  BOOST_TEST((first != second));
  BOOST_TEST((first == again));
  SampleOrder other(1000, 1000, 2);
  BOOST_TEST((first != copy(other.draw(0))));
  BOOST_TEST((std::set<std::int64_t>(first.begin(), first.end()).size()) == 1000u);
}

BOOST_AUTO_TEST_CASE(dropout_does_not_depend_on_the_split_into_minibatches) {
  // The mask is keyed by the sample, so sum of costs over one epoch at eta = 0 is the same for
  // every split.
  const auto cost_with = [](const std::string& minibatch) {
    const auto model = model_of(
        "input x[8]\nparam w[8] ~ constant(1)\ncost sum(dropout(x .* w, 0.5) .^ 2)\n"
        "data train { d = digits(24, seed = 3)\n x = reshape(d.image / 255, [784])[400..408] + "
        "0.25 }\n"
        "train { optimizer = sgd(0); minibatch = " +
            minibatch + "; epochs = 1 }\n",
        training());
    Store store;
    initialize(*model, store, Precision::f64);
    Trainer trainer(*model, nullptr, store, {Precision::f64, 1});
    double cost = 0;
    trainer.run([&](const EpochReport& report) {
      cost = report.cost;
      return true;
    });
    return cost;
  };
  const double whole = cost_with("24");
  BOOST_TEST(whole > 0);
  for (const char* minibatch : {"1", "2", "8", "12"})
    BOOST_TEST(cost_with(minibatch) == whole, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(a_script_without_inputs_takes_steps) {
  Training descent(
      "param x ~ constant(-2)\nparam y ~ constant(4)\ncost x ^ 2 + y ^ 2\n"
      "train { optimizer = sgd(0.1); steps = 5 }\n");
  std::vector<double> costs;
  descent.trainer.run([&](const EpochReport& report) {
    costs.push_back(report.cost);
    return true;
  });
  BOOST_TEST(costs.size() == 5u);
  for (std::size_t i = 0; i < costs.size(); ++i)
    BOOST_TEST(costs[i] == 20 * std::pow(0.64, static_cast<double>(i)),
               boost::test_tools::tolerance(1e-12));
  BOOST_TEST(descent.store.find("x")->at(0) == -2 * std::pow(0.8, 5),
             boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(schedules_see_the_epoch_and_rules_their_states) {
  const auto model = model_of(
      "input x\nparam m ~ constant(0)\ncost m * x\ndata train { x = values([1, 1]) }\n"
      "optimizer remembering(w, g; eta = 1) {\n  state sum = zeros\n  sum' = sum + g\n  w' = w - "
      "eta * (sum + g)\n}\n"
      "train { optimizer = remembering(2 ^ epoch); minibatch = 1; epochs = 2 }\n",
      training());
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, nullptr, store, {Precision::f64, 1});
  trainer.run([](const EpochReport&) { return true; });
  // Gradients are 1: -(1 + 2) in epoch 0, then twice (3 + 4).
  BOOST_TEST(store.find("m")->at(0) == -17);
  BOOST_TEST(store.find("m/sum")->at(0) == 4);
}

BOOST_AUTO_TEST_CASE(a_cost_that_is_no_longer_finite_stops_training) {
  const auto model =
      model_of("param x ~ constant(-1)\ncost log(x)\ntrain { optimizer = sgd(0.1); steps = 5 }\n",
               training());
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, nullptr, store, {Precision::f64, 1});
  BOOST_CHECK_EXCEPTION(
      trainer.run([](const EpochReport&) { return true; }), Diverged, [](const Diverged& e) {
        return to_string(e.diagnostic()) ==
               "test.ebb:2:6: error: training diverged: the cost became NaN in step 1\n"
               "  2 | cost log(x)\n"
               "    |      ^^^^^^\n"
               "  hint: a smaller learning rate, or weights that start smaller\n";
      });
}

BOOST_AUTO_TEST_CASE(patience_stops_when_validation_gains_nothing) {
  const std::string script =
      "input x\nparam m ~ constant(0)\ncost 0.5 * (m - x) ^ 2\ndata train { x = values([4, 4]) }\n"
      "data validation { x = values([1]) }\n"
      "train { optimizer = sgd(0.1); minibatch = 2; epochs = 50; patience = 3 }\n";
  const auto model = model_of(script, training());
  ElaborateOptions options;
  options.data_blocks = {"validation"};
  const auto inference = model_of(script, options);
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, inference.get(), store, {Precision::f64, 1});
  std::vector<bool> best;
  trainer.run([&](const EpochReport& report) {
    best.push_back(report.best);
    return true;
  });
  // m passes 1 between epochs 2 (0.76) and 3 (1.084).
  const std::vector<bool> expected{true, true, true, false, false, false};
  BOOST_TEST(best == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(accumulation_equals_a_mini_batch_as_large_as_the_group) {
  // 50 samples: groups of 4 x 6, 4 x 6 and, incomplete, 2; the other way the last group is 6 + 6
  // + 2.
  for (const auto& [minibatch, accumulate] : {std::pair{6, 4}, {6, 3}, {7, 5}, {25, 2}}) {
    const auto weights = [](int samples, int groups) {
      const auto model = model_of(
          mean_script("batch = 50\n  epochs = 3\n  minibatch = " + std::to_string(samples) +
                      "\n  accumulate = " + std::to_string(groups)),
          training({{"train.optimizer", "clip_norm(adam(0.1), limit = 20)"}}));
      Store store;
      initialize(*model, store, Precision::f64);
      Trainer trainer(*model, nullptr, store, {Precision::f64, 7});
      std::vector<double> numbers;
      trainer.run([&](const EpochReport& report) {
        numbers.push_back(report.cost);
        numbers.push_back(store.find("m")->at(0));
        return true;
      });
      numbers.push_back(static_cast<double>(trainer.state().steps));
      return numbers;
    };
    BOOST_TEST(weights(minibatch, accumulate) == weights(minibatch * accumulate, 1),
               boost::test_tools::tolerance(1e-12) << boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(accumulated_gradients_begin_anew_after_an_update) {
  const auto model = model_of(
      mean_script("batch = 50\n  minibatch = 5\n  accumulate = 2\n  epochs = 1"), training());
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, nullptr, store, {Precision::f64, 7});
  BOOST_REQUIRE_EQUAL(trainer.rule_states().size(), 1u);
  BOOST_TEST(trainer.rule_states()[0].name == "m/gradient");
  trainer.run([](const EpochReport&) { return true; });
  BOOST_TEST(trainer.state().steps == 5);
  BOOST_TEST(store.find("m/gradient")->at(0) == 0);
}

BOOST_AUTO_TEST_CASE(the_average_of_the_weights_follows_them_and_is_evaluated_beside_them) {
  const std::string script =
      "input x\nparam m ~ constant(0)\ncost 0.5 * (m - x) ^ 2\ndata train { x = values([4, 4]) }\n"
      "data test { x = values([1]) }\n"
      "train { optimizer = sgd(0.5); minibatch = 1; epochs = 3; average = 0.75 }\n";
  const auto model = model_of(script, training());
  ElaborateOptions options;
  options.data_blocks = {"test"};
  const auto inference = model_of(script, options);
  Store store;
  initialize(*model, store, Precision::f64);
  store.find("m")->set(0,
                       2);  // the average begins at the weights as they are, not as the script says
  Trainer trainer(*model, inference.get(), store, {Precision::f64, 1});
  BOOST_REQUIRE(trainer.averaged() != nullptr);
  double m = 2, average = 2;
  int epochs = 0;
  const auto cost = [](double at) { return 0.5 * (at - 1) * (at - 1); };
  trainer.run([&](const EpochReport& report) {
    for (int i = 0; i < 2; ++i) {
      m -= 0.5 * (m - 4);
      average = 0.75 * average + 0.25 * m;
    }
    ++epochs;
    const auto close = boost::test_tools::tolerance(1e-14);
    BOOST_TEST(store.find("m")->at(0) == m, close);
    BOOST_TEST(trainer.averaged()->all().at("m").at(0) == average, close);
    BOOST_REQUIRE_EQUAL(report.averaged.size(), 1u);
    BOOST_TEST(report.averaged[0].first == "test");
    BOOST_TEST(*report.blocks[0].second.cost == cost(m), close);
    BOOST_TEST(*report.averaged[0].second.cost == cost(average), close);
    return true;
  });
  BOOST_TEST(epochs == 3);
}

BOOST_AUTO_TEST_CASE(without_the_key_nothing_is_averaged) {
  const auto model = model_of(mean_script("epochs = 1"), training());
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, nullptr, store, {Precision::f64, 1});
  BOOST_TEST(trainer.averaged() == nullptr);
  BOOST_TEST(trainer.rule_states().empty());
}

namespace {

// The reports of a training with the metrics on its samples; `store` holds the weights then.
std::vector<EpochReport> measured(const std::string& script, Store& store,
                                  const Trainer::OnEvaluation& on_evaluation = {}) {
  ElaborateOptions options;
  options.data_blocks = {"train", "test"};
  const auto model = model_of(script, training()), inference = model_of(script, options);
  initialize(*model, store, Precision::f64);
  TrainOptions wanted{Precision::f64, 7};
  wanted.norms = Measured::now_and_then;
  wanted.training_metrics = true;
  Trainer trainer(*model, inference.get(), store, wanted);
  std::vector<EpochReport> reports;
  trainer.run(
      [&](const EpochReport& report) {
        reports.push_back(report);
        return true;
      },
      {}, on_evaluation);
  return reports;
}

}  // namespace

BOOST_AUTO_TEST_CASE(metrics_are_measured_on_all_training_samples_and_change_no_weight) {
  const std::string script = mean_script("minibatch = 10\n  epochs = 2");
  Store store, plain;
  const auto reports = measured(script + "metric off = abs(m - x)\n", store);
  BOOST_REQUIRE_EQUAL(reports.size(), 2u);
  const double m = store.find("m")->at(0);
  double off = 0;
  for (int i = 0; i < 1000; ++i) off += std::abs(m - value_of(i)) / 1000;
  BOOST_REQUIRE(reports[1].training);
  BOOST_TEST(reports[1].training->samples == 1000);
  BOOST_TEST(!reports[1].training->cost);
  BOOST_REQUIRE_EQUAL(reports[1].training->metrics.size(), 1u);
  BOOST_TEST(reports[1].training->metrics[0].first == "off");
  BOOST_TEST(reports[1].training->metrics[0].second == off, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(!measured(script, plain)[1].training);
  BOOST_TEST(plain.find("m")->at(0) == m);
}

BOOST_AUTO_TEST_CASE(of_many_training_samples_one_is_drawn_of_each_stretch) {
  Store store;
  const auto reports = measured(
      "input x\nparam m ~ constant(1)\ncost 0.5 * (m - x) ^ 2\nmetric value = x\n"
      "metric turn = mod(x, 20)\ndata train { x = values(0..40000) }\n"
      "train { optimizer = sgd(0); minibatch = 100; epochs = 1 }\n",
      store);
  const Evaluation& evaluation = *reports.at(0).training;
  BOOST_TEST(evaluation.samples == 2000);
  BOOST_TEST(std::abs(evaluation.metrics[0].second - 19999.5) < 10);
  BOOST_TEST(std::abs(evaluation.metrics[1].second - 9.5) < 1);
}

BOOST_AUTO_TEST_CASE(metrics_on_training_samples_are_those_of_inference) {
  Store store;
  const auto reports = measured(
      "input x\nparam w ~ constant(1)\na = dropout(w * x, 0.5)\ncost a ^ 2\nmetric mean = a\n"
      "data train { x = values([1, 2, 3, 4]) }\ntrain { optimizer = sgd(0); epochs = 1 }\n",
      store);
  BOOST_TEST(reports.at(0).training->metrics[0].second == 2.5);
}

BOOST_AUTO_TEST_CASE(a_script_without_inputs_has_metrics_where_it_has_norms) {
  Store store;
  const auto reports = measured(
      "param w ~ constant(1)\ncost w ^ 2\nmetric twice = 2 * w\n"
      "train { optimizer = sgd(0.25); steps = 300 }\n",
      store);
  BOOST_REQUIRE_EQUAL(reports.size(), 300u);
  for (const EpochReport& report : reports)
    BOOST_TEST(report.training.has_value() == report.norms.has_value());
  BOOST_TEST(reports[1].training->metrics[0].second == 0.5);
}

BOOST_AUTO_TEST_CASE(evaluations_say_how_far_they_are) {
  Store store;
  std::string told;
  measured(
      "input x\nparam m ~ constant(1)\ncost 0.5 * (m - x) ^ 2\nmetric off = m - x\n"
      "data train { x = values([1, 2, 3]) }\ndata test { x = values(0..600) }\n"
      "train { optimizer = sgd(0.1); minibatch = 2; epochs = 1 }\n",
      store, [&](const EvaluationProgress& progress) {
        told += progress.block + " " + std::to_string(progress.done) + "/" +
                std::to_string(progress.samples) + " of epoch " +
                std::to_string(progress.epoch.epoch) + "\n";
      });
  BOOST_TEST(told ==
             "test 250/600 of epoch 1\ntest 500/600 of epoch 1\ntest 600/600 of epoch 1\n"
             "train 2/3 of epoch 1\ntrain 3/3 of epoch 1\n");
}

BOOST_AUTO_TEST_SUITE_END()
