#include "graph/run/norms.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>

#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/model.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(norms)

namespace {

// A training in double, and what each of its epochs reported.
struct Run {
  explicit Run(const std::string& script, Measured measured = Measured::each_epoch)
      : model(model_of(script, for_training())) {
    initialize(*model, store, Precision::f64);
    Trainer trainer(*model, nullptr, store, {Precision::f64, 7, true, measured});
    trainer.run([&](const EpochReport& report) {
      reports.push_back(report);
      ends.push_back(store.all().begin()->second.at(0));
      return true;
    });
  }

  // The epochs that were measured.
  std::vector<std::int64_t> measured() const {
    std::vector<std::int64_t> epochs;
    for (const EpochReport& report : reports)
      if (report.norms) epochs.push_back(report.epoch);
    return epochs;
  }

  std::unique_ptr<Model> model;
  Store store;
  std::vector<EpochReport> reports;
  std::vector<double> ends;  // the first parameter after each epoch
};

double sample(std::int64_t i) { return static_cast<double>((i * 37) % 101) / 10; }

// The gradient with respect to m of the mean of (m - x)² / 2 over some samples is m less their
// mean.
std::string mean_script(const std::string& train, const std::string& optimizer = "sgd(0.01)") {
  std::string values;
  for (std::int64_t i = 0; i < 1000; ++i) values += (i ? ", " : "") + std::to_string(sample(i));
  return "input x\nparam m ~ constant(1.5)\ncost 0.5 * (m - x) ^ 2\ndata train {\n  x = values([" +
         values + "])\n}\ntrain {\n  optimizer = " + optimizer + "\n  " + train + "\n}\n";
}

double gradient_at(double m, std::span<const std::int64_t> samples) {
  double mean = 0;
  for (const std::int64_t i : samples) mean += sample(i) / static_cast<double>(samples.size());
  return m - mean;
}

const auto tight = boost::test_tools::tolerance(1e-12);

}  // namespace

BOOST_AUTO_TEST_CASE(norms_of_a_descent_on_a_function_by_hand) {
  // w goes from 3 to 3 - 0.1 * 6 and v from 2 to 2 - 0.1 * 4; the gradients there are 2 w and 2 v.
  const Run run(
      "param w[2] ~ constant(3)\nparam v ~ constant(2)\ncost sum(w .^ 2) + v ^ 2\n"
      "train { optimizer = sgd(0.1); steps = 1 }\n");
  const Norms& norms = *run.reports.at(0).norms;
  BOOST_REQUIRE(norms.parameters.size() == 2u);
  BOOST_TEST(norms.parameters[0].name == "w");
  BOOST_TEST(norms.parameters[0].weights == std::sqrt(2 * 2.4 * 2.4), tight);
  BOOST_TEST(norms.parameters[0].gradient == std::sqrt(2 * 4.8 * 4.8), tight);
  BOOST_TEST(norms.parameters[0].rate.value() == 0.1);
  BOOST_TEST(norms.parameters[1].name == "v");
  BOOST_TEST(norms.parameters[1].weights == 1.6, tight);
  BOOST_TEST(norms.parameters[1].gradient == 3.2, tight);
  BOOST_TEST(norms.weights == std::sqrt(2 * 2.4 * 2.4 + 1.6 * 1.6), tight);
  BOOST_TEST(norms.gradient == std::sqrt(2 * 4.8 * 4.8 + 3.2 * 3.2), tight);
  BOOST_TEST(norms.rate.value() == 0.1);
}

BOOST_AUTO_TEST_CASE(gradients_are_those_of_the_last_minibatch_in_an_epoch_of_few) {
  const Run run(mean_script("batch = 55\n  minibatch = 10\n  epochs = 2"));
  SampleOrder order(1000, 55, 7);
  for (std::size_t epoch = 0; epoch < 2; ++epoch) {
    const auto last = order.draw(static_cast<std::int64_t>(epoch)).subspan(50);
    const Norms& norms = *run.reports.at(epoch).norms;
    BOOST_TEST(norms.weights == std::abs(run.ends[epoch]), tight);
    BOOST_TEST(norms.gradient == std::abs(gradient_at(run.ends[epoch], last)), tight);
  }
}

BOOST_AUTO_TEST_CASE(gradients_are_root_mean_squares_over_minibatches_in_an_epoch_of_many) {
  const Run run(mean_script("minibatch = 2\n  epochs = 1"));
  SampleOrder order(1000, 1000, 7);
  const auto batch = order.draw(0);
  double squares = 0;
  for (const std::size_t group : {249u, 499u})
    squares += std::pow(gradient_at(run.ends[0], batch.subspan(2 * group, 2)), 2);
  BOOST_TEST(run.reports.at(0).norms->gradient == std::sqrt(squares / 2), tight);
}

BOOST_AUTO_TEST_CASE(a_large_minibatch_is_measured_in_parts) {
  const Run run(mean_script("minibatch = 1000\n  epochs = 1"));
  SampleOrder order(1000, 1000, 7);
  BOOST_TEST(run.reports.at(0).norms->gradient == std::abs(gradient_at(run.ends[0], order.draw(0))),
             tight);
}

BOOST_AUTO_TEST_CASE(measured_now_and_then_are_the_first_the_last_and_each_hundredth_update) {
  const std::string script = mean_script("batch = 100\n  minibatch = 3\n  epochs = 13");
  const Run run(script, Measured::now_and_then);
  BOOST_TEST(run.measured() == (std::vector<std::int64_t>{1, 3, 6, 9, 12, 13}),
             boost::test_tools::per_element());
  BOOST_TEST(Run(script, Measured::never).measured().empty());
}

BOOST_AUTO_TEST_CASE(steps_without_data_are_measured_evenly) {
  const auto measured = [](const std::string& steps) {
    return Run("param m ~ constant(1)\ncost m^2\ntrain { optimizer = sgd(0.01); steps = " + steps +
                   " }\n",
               Measured::now_and_then)
        .measured();
  };
  const auto all = measured("256"), every_fourth = measured("1001");
  BOOST_REQUIRE(all.size() == 256u);
  BOOST_TEST(all[99] == 100);
  BOOST_REQUIRE(every_fourth.size() == 252u);
  BOOST_TEST(every_fourth[0] == 1);
  for (std::size_t i = 1; i <= 250; ++i)
    BOOST_TEST(every_fourth[i] == 4 * static_cast<std::int64_t>(i));
  BOOST_TEST(every_fourth[251] == 1001);
}

BOOST_AUTO_TEST_CASE(measuring_changes_no_bit) {
  const std::string script =
      "input x[4]\nparam w[3, 4] ~ normal(0, 1)\ncost sum(dropout(tanh(w * x), 0.5) .^ 2)\n"
      "data train { d = digits(24, seed = 3)\n x = reshape(d.image / 255, [784])[400..404] + 0.25 "
      "}\n"
      "train { optimizer = momentum(0.1); minibatch = 5; epochs = 3 }\n";
  const Run with(script), without(script, Measured::never);
  const Tensor &a = with.store.all().at("w"), &b = without.store.all().at("w");
  BOOST_TEST(std::memcmp(a.bytes(), b.bytes(), a.size_bytes()) == 0);
}

BOOST_AUTO_TEST_CASE(the_rate_is_that_of_the_last_update) {
  const auto rates = [](const std::string& optimizer) {
    const Run run(mean_script("batch = 50\n  minibatch = 10\n  epochs = 3", optimizer));
    std::vector<double> all;
    for (const EpochReport& report : run.reports) all.push_back(report.norms->rate.value_or(-1));
    return all;
  };
  const auto check = [&](const std::string& optimizer, const std::vector<double>& expected) {
    const auto found = rates(optimizer);
    BOOST_REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) BOOST_TEST(found[i] == expected[i], tight);
  };
  check("sgd(linear_warmup(0.1, 10))", {0.05, 0.1, 0.1});
  check("clip_norm(adam(step_decay(0.1, 2, factor = 0.5)), limit = 1)", {0.1, 0.1, 0.05});
  check("frozen", {-1, -1, -1});
}

BOOST_AUTO_TEST_CASE(rules_of_different_rates_have_no_common_one) {
  const Run run(
      "param w ~ constant(3)\nparam v ~ constant(2)\nparam u ~ constant(1)\n"
      "cost w ^ 2 + v ^ 2 + u ^ 2\n"
      "train { optimizer = [\"w\": sgd(0.1), \"v\": sgd(0.2), \"*\": frozen]; steps = 1 }\n");
  const Norms& norms = *run.reports.at(0).norms;
  BOOST_TEST(norms.parameters[0].rate.value() == 0.1);
  BOOST_TEST(norms.parameters[1].rate.value() == 0.2);
  BOOST_TEST(!norms.parameters[2].rate.has_value());
  BOOST_TEST(!norms.rate.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
