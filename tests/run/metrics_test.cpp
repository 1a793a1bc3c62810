// Metrics of a plugin: all samples of a block, mini-batch by mini-batch.
#include "graph/run/metrics.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/model.hpp"
#include "tests/support/plugin.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(metrics)

namespace {

// What was handed to the last one, to look at.
std::vector<std::int64_t> batches;
int alive = 0;

class Spread {
 public:
  explicit Spread(const sdk::Attributes& attrs) : scale_(attrs.real(0)) { ++alive; }
  ~Spread() { --alive; }
  Spread(const Spread&) = delete;
  void add(const sdk::Batch& batch) {
    batches.push_back(batch.samples());
    const auto a = batch.in(0);
    const auto counted = batch.in<std::int64_t>(1);
    for (std::int64_t s = 0; s < batch.samples(); ++s)
      for (std::int64_t i = 0; i < a.elements(); ++i) {
        if (a.data(s)[i] > 900) throw sdk::Failure("a value above 900", "keep them small");
        low_ = std::min(low_, a.data(s)[i]);
        high_ = std::max(high_, a.data(s)[i]);
        count_ += *counted.data(s);
      }
  }
  double result() { return count_ == 0 ? NAN : scale_ * (high_ - low_); }

 private:
  double scale_, low_ = INFINITY, high_ = -INFINITY;
  std::int64_t count_ = 0;
};

void spread(sdk::Plugin& plugin) {
  plugin.metric<Spread>("spread")
      .doc("The largest value less the smallest one.")
      .input("a")
      .input("counted", EBB_I64)
      .attr("scale", 1.0, "what the result is multiplied by", sdk::positive);
}

ElaborateOptions options() {
  load_trial_plugin<&spread>();
  ElaborateOptions made;
  made.data_blocks = {"test"};
  return made;
}

const std::string head =
    "input x[2]\ninput n : int\nparam w ~ constant(2)\ny = w * x\ncost sum(y)\n";
const std::string data =
    "data test {\n  x = values([[1, 2], [3, 4], [-5, 6], [7, 0], [1, 1]])\n"
    "  n = values([1, 0, 1, 0, 1])\n}\n";

Evaluation evaluated(const std::string& metrics, Precision precision = Precision::f64,
                     const std::string& block = data) {
  Model& model = kept(model_of(head + metrics + block, options()));
  Store store;
  initialize(model, store, precision);
  batches.clear();
  return BlockEvaluation(model, "test", store, {precision, 2})(0, model.find_data("test")->samples);
}

std::string failure_of(const std::string& metrics, const std::string& block = data) {
  try {
    evaluated(metrics, Precision::f64, block);
  } catch (const UserError& error) {
    return to_string(error.diagnostic());
  }
  return "";
}

std::string messages_of(const std::string& text) {
  Diagnostics diagnostics;
  elaborate_text("test.ebb", text, {}, with_sources(), options(), diagnostics);
  const std::string all = diagnostics.to_string();
  return all.substr(0, all.find('\n'));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_metric_sees_all_samples_in_minibatches) {
  for (const Precision precision : {Precision::f64, Precision::f32}) {
    const Evaluation evaluation = evaluated("metric spread(y, n)\n", precision);
    BOOST_REQUIRE_EQUAL(evaluation.metrics.size(), 1u);
    BOOST_TEST(evaluation.metrics[0].first == "spread");
    BOOST_TEST(evaluation.metrics[0].second == 24);  // from -10 to 14
    BOOST_TEST(batches == (std::vector<std::int64_t>{2, 2, 1}), boost::test_tools::per_element());
    BOOST_TEST(alive == 0);
  }
}

BOOST_AUTO_TEST_CASE(metrics_stand_in_the_scripts_order) {
  const Evaluation evaluation = evaluated(
      "metric first = spread(y, n, scale = 0.5)\nmetric mean_n = n\n"
      "metric second = spread(x, n > 0)\nmetric third = spread(-y, n)\nmetric last = 3 * n\n");
  std::string text;
  for (const auto& [name, number] : evaluation.metrics)
    text += name + " " + std::to_string(number) + "\n";
  BOOST_TEST(text ==
             "first 12.000000\nmean_n 0.600000\nsecond 12.000000\nthird 24.000000\nlast "
             "1.800000\n");
}

BOOST_AUTO_TEST_CASE(what_fails_says_which_metric) {
  BOOST_TEST(failure_of("metric spread(1000 * y, n)\n") ==
             "test.ebb:6:8: error: spread of the plugin trial failed: a value above 900\n"
             "  6 | metric spread(1000 * y, n)\n"
             "    |        ^^^^^^\n"
             "  hint: keep them small\n");
  BOOST_TEST(failure_of("metric spread(y, n)\n",
                        "data test {\n  x = values([[1, 2]])\n  n = values([0])\n}\n") ==
             "test.ebb:6:8: error: spread of the plugin trial is not a number\n"
             "  6 | metric spread(y, n)\n"
             "    |        ^^^^^^\n");
  BOOST_TEST(alive == 0);
}

BOOST_AUTO_TEST_CASE(one_that_fails_on_training_samples_does_not_end_the_training) {
  const std::string script =
      head + "metric spread(y, n)\ndata train {\n  x = values([[1, 2]])\n  n = values([0])\n}\n" +
      "train { optimizer = sgd(0.1); epochs = 3 }\n";
  ElaborateOptions made = options();
  made.data_blocks = {"train"};
  Model& inference = kept(model_of(script, made));
  made.training = true;
  Model& training = kept(model_of(script, made));
  Store store;
  initialize(training, store, Precision::f64);
  TrainOptions wanted{Precision::f64};
  wanted.training_metrics = true;
  std::vector<std::string> told;
  Trainer(training, &inference, store, wanted).run([&](const EpochReport& report) {
    BOOST_TEST(!report.training);
    told.push_back(report.why_no_training ? report.why_no_training->message : "");
    return true;
  });
  BOOST_TEST(
      told == (std::vector<std::string>{"spread of the plugin trial is not a number", "", ""}),
      boost::test_tools::per_element());
  BOOST_TEST(alive == 0);
}

BOOST_AUTO_TEST_CASE(a_metric_stands_alone_and_takes_values_of_samples) {
  BOOST_TEST(
      messages_of(head + "metric m = 2 * spread(y, n)\n") ==
      "test.ebb:6:16: error[E0209]: spread looks at all samples of a data block, and is no value "
      "of one");
  BOOST_TEST(
      messages_of(head + "metric spread(w, n)\n") ==
      "test.ebb:6:15: error[E0310]: spread looks at samples, but w is shared by all of them");
  BOOST_TEST(messages_of(head + "metric spread(y, x[0])\n") ==
             "test.ebb:6:18: error[E0311]: spread takes int as counted, but x[0] is real");
  BOOST_TEST(messages_of(head + "metric spread(y)\n") ==
             "test.ebb:6:8: error[E0203]: spread needs its argument `counted`");
  BOOST_TEST(messages_of(head + "metric spread(y, n, scale = -1)\n") ==
             "test.ebb:6:8: error[E0208]: spread: scale must lie in (0, inf), but is -1");
  BOOST_TEST(messages_of(head + "metric spread(y, n)\nmetric spread(x, n)\n") ==
             "test.ebb:7:8: error[E0406]: there is already a metric `spread`");
}

BOOST_AUTO_TEST_SUITE_END()
