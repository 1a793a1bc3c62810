// digits.ebb on MNIST.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/binary.hpp"
#include "tests/support/mnist.hpp"

using namespace ebb::test;
using boost::unit_test::precondition;

BOOST_FIXTURE_TEST_SUITE(digits_mnist_training, Binary)

namespace {

// Accuracy on MNIST's test set after the script's thirty epochs.
double accuracy_after_training(const Binary& binary, std::vector<std::string> words) {
  const std::string data = std::filesystem::canonical(mnist_dir()).string();
  words.insert(words.begin(),
               {"train", example("digits.ebb"), "--data", data, "--out", "w", "--json"});
  const Outcome outcome = binary.ebb(words);
  BOOST_REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  double best = 0;
  for (const std::string& line : lines_of(outcome.out)) {
    const auto event = nlohmann::json::parse(line);
    if (event["event"] == "epoch") best = std::max(best, event["test"]["accuracy"].get<double>());
  }
  return best;
}

}  // namespace

BOOST_AUTO_TEST_CASE(five_seeds_reach_95_percent_within_thirty_epochs, *precondition(with_mnist)) {
  for (const char* seed : {"1", "2", "3", "4", "5"})
    BOOST_TEST(accuracy_after_training(*this, {"--seed", seed}) >= 0.95, "seed " << seed);
}

BOOST_AUTO_TEST_CASE(a_hundred_hidden_neurons_reach_96_5_percent, *precondition(with_mnist)) {
  BOOST_TEST(accuracy_after_training(*this, {"--hidden", "100"}) >= 0.965);
}

BOOST_AUTO_TEST_CASE(one_epoch_reads_nine_digits_of_ten, *precondition(with_mnist)) {
  const std::string data = std::filesystem::canonical(mnist_dir()).string();
  const Outcome trained = ebb({"train", example("digits.ebb"), "--data", data, "--out", "w",
                               "--set", "train.epochs=1", "--quiet"});
  BOOST_TEST(trained == (Outcome{0, "weights: w/weights.safetensors\n", ""}));
  const Outcome tested = ebb({"test", example("digits.ebb"), "--data", data, "--weights",
                              "w/weights.safetensors", "--on", "test", "--json"});
  BOOST_TEST(tested.status == 0);
  const auto line = nlohmann::json::parse(tested.out);
  BOOST_TEST(line["samples"] == 10000);
  BOOST_TEST(line["accuracy"].get<double>() > 0.9);
}

BOOST_AUTO_TEST_SUITE_END()
