// The example scripts do what they say.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;
using Json = nlohmann::ordered_json;

namespace {

struct Learned : Binary {
  // Trains, and returns the objects that --json prints.
  std::vector<Json> train(const std::string& script, std::vector<std::string> words = {}) const {
    words.insert(words.begin(), {"train", example(script), "--json", "--out", "w"});
    const Outcome outcome = ebb(words);
    BOOST_TEST(outcome.status == 0, outcome.err);
    std::vector<Json> objects;
    for (const std::string& line : lines_of(outcome.out)) objects.push_back(Json::parse(line));
    return objects;
  }

  // The accuracy on a block after training.
  double accuracy(const std::string& script, const std::string& block) const {
    const Outcome outcome = ebb(
        {"test", example(script), "--weights", "w/weights.safetensors", "--on", block, "--json"});
    BOOST_TEST(outcome.status == 0, outcome.err);
    return Json::parse(outcome.out)["accuracy"].get<double>();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(scripts_training, Learned)

BOOST_AUTO_TEST_CASE(gradient_descends_to_the_minimum) {
  const auto printed = train("gradient.ebb");
  BOOST_REQUIRE(printed.size() == 51u);
  BOOST_TEST(printed[0]["event"] == "step");
  BOOST_TEST(printed[0]["step"] == 1);
  BOOST_TEST(printed[0]["cost"] == 20.0);
  // From (-2, 4) to (-1.6, 3.2), where the gradient is (-3.2, 6.4).
  BOOST_TEST(printed[0]["gradient_norm"].get<double>() == std::sqrt(3.2 * 3.2 + 6.4 * 6.4),
             boost::test_tools::tolerance(1e-6));
  BOOST_TEST(printed[0]["weight_norm"].get<double>() == std::sqrt(1.6 * 1.6 + 3.2 * 3.2),
             boost::test_tools::tolerance(1e-6));
  BOOST_TEST(printed[50]["event"] == "done");
  BOOST_TEST(printed[50]["cost"].get<double>() == 20 * std::pow(0.64, 50),
             boost::test_tools::tolerance(1e-5));
  // Each step shrinks x and y by 1 - 2 eta = 0.8.
  const Outcome end = ebb({"run", example("gradient.ebb"), "--weights", "w/weights.safetensors",
                           "--fetch", "x", "--fetch", "y", "--json"});
  const Json values = Json::parse(end.out);
  BOOST_TEST(values["x"].get<double>() == -2 * std::pow(0.8, 50),
             boost::test_tools::tolerance(1e-5));
  BOOST_TEST(values["y"].get<double>() == 4 * std::pow(0.8, 50),
             boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(a_descent_says_where_it_arrived) {
  const Outcome outcome =
      ebb({"train", example("gradient.ebb"), "--out", "w", "--set", "train.steps=2"});
  BOOST_TEST(outcome == (Outcome{0,
                                 "step 1  cost 20\nstep 2  cost 12.8\nafter 2 steps: cost 8.192\n"
                                 "x = -1.28\ny = 2.56\nweights: w/weights.safetensors\n",
                                 ""}));
  const auto printed = train("gradient.ebb", {"--set", "train.steps=2"});
  BOOST_TEST(printed.back()["cost"].get<double>() == 8.192, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(xor_is_solved) {
  train("xor.ebb");
  BOOST_TEST(accuracy("xor.ebb", "train") == 1);
  const Outcome outcome = ebb(
      {"run", example("xor.ebb"), "--weights", "w/weights.safetensors", "--on", "train", "--json"});
  const double wanted[] = {0, 1, 1, 0};
  const auto lines = lines_of(outcome.out);
  BOOST_REQUIRE(lines.size() == 4u);
  for (std::size_t i = 0; i < 4; ++i)
    BOOST_TEST(std::abs(Json::parse(lines[i])["a"][0].get<double>() - wanted[i]) < 0.1);
}

BOOST_AUTO_TEST_CASE(the_delta_rule_stays_below_93_percent) {
  train("delta_rule.ebb");
  const double learned = accuracy("delta_rule.ebb", "test");
  BOOST_TEST(learned > 0.8);
  BOOST_TEST(learned < 0.93);
}

BOOST_AUTO_TEST_CASE(a_hidden_layer_reads_the_embedded_digits) {
  const auto printed = train("digits_embedded.ebb", {"--set", "train.epochs=2"});
  BOOST_TEST(printed.size() == 3u);
  BOOST_TEST(accuracy("digits_embedded.ebb", "test") > 0.9);
}

BOOST_AUTO_TEST_CASE(batch_descent_makes_one_update_an_epoch) {
  const auto printed =
      train("batch_descent.ebb", {"--set", "train.epochs=40", "--examples", "500"});
  BOOST_TEST(printed.back()["steps"] == 40);
  BOOST_TEST(printed[39]["cost"].get<double>() < 0.8 * printed[0]["cost"].get<double>());
}

BOOST_AUTO_TEST_CASE(online_learning_makes_an_update_a_sample) {
  const auto printed = train("online.ebb", {"--set", "train.epochs=3", "--examples", "500"});
  BOOST_TEST(printed.back()["steps"] == 1500);
  BOOST_TEST(accuracy("online.ebb", "test") > 0.6);
}

BOOST_AUTO_TEST_CASE(logistic_regression_finds_the_published_coefficients) {
  train("logistic.ebb", {"--precision", "double"});
  const Outcome end = ebb({"run", example("logistic.ebb"), "--weights", "w/weights.safetensors",
                           "--fetch", "w", "--fetch", "b", "--json"});
  const Json values = Json::parse(end.out);
  // The maximum of the likelihood, by Newton's method in another program.
  BOOST_TEST(values["w"].get<double>() == 1.5046454, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(values["b"].get<double>() == -4.0777134, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(an_autoencoder_codes_better_than_principal_components) {
  // The 16 principal components of the same training images (NumPy's SVD) leave 8.425 of the test
  // images, the mean image alone 21.21.
  const auto printed = train("autoencoder.ebb");
  BOOST_TEST(printed.at(9)["test"]["cost"].get<double>() < 7.0);
}

BOOST_AUTO_TEST_CASE(a_recurrent_layer_adds_numbers_it_has_not_seen) {
  const auto printed = train("recurrent.ebb");
  BOOST_TEST(printed.at(9)["test"]["exact"].get<double>() > 0.99);
}

BOOST_AUTO_TEST_CASE(attention_sorts_sequences_it_has_not_seen) {
  const auto printed = train("attention.ebb");
  BOOST_TEST(printed.at(4)["test"]["right"].get<double>() > 0.99);
}

BOOST_AUTO_TEST_CASE(a_gradient_in_the_cost_flattens_the_slopes) {
  const auto with = train("gradient_penalty.ebb"),
             without = train("gradient_penalty.ebb", {"--penalty", "0"});
  const auto test = [](const std::vector<Json>& printed, const char* metric) {
    return printed.at(9)["test"][metric].get<double>();
  };
  BOOST_TEST(test(with, "slope") < 0.2 * test(without, "slope"));
  BOOST_TEST(test(with, "accuracy") > test(without, "accuracy"));
  BOOST_TEST(test(with, "accuracy") > 0.9);
}

BOOST_AUTO_TEST_SUITE_END()
