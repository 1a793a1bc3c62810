// convnet.ebb on MNIST.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/binary.hpp"
#include "tests/support/mnist.hpp"

using namespace ebb::test;
using boost::unit_test::precondition;

BOOST_FIXTURE_TEST_SUITE(convnet_mnist_training, Binary)

// Seeds 1 to 3 reach 98.9 to 98.95 %.
BOOST_AUTO_TEST_CASE(reads_98_8_percent_of_the_test_set, *precondition(with_mnist)) {
  const std::string data = std::filesystem::canonical(mnist_dir()).string();
  const Outcome trained =
      ebb({"train", example("convnet.ebb"), "--data", data, "--out", "w", "--quiet"});
  BOOST_TEST(trained == (Outcome{0, "weights: w/weights.safetensors\n", ""}));
  const Outcome tested = ebb({"test", example("convnet.ebb"), "--data", data, "--weights",
                              "w/weights.safetensors", "--on", "test", "--json"});
  BOOST_TEST(tested.status == 0);
  const auto line = nlohmann::json::parse(tested.out);
  BOOST_TEST(line["samples"] == 10000);
  BOOST_TEST(line["accuracy"].get<double>() >= 0.988);
}

BOOST_AUTO_TEST_SUITE_END()
