// From a CSV file to a trained classifier, by the script and the binary.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(iris_training, Binary)

// R's nnet::multinom finds a deviance of 11.899 on these flowers, which is twice the sum of the
// cost, and takes two of them for another species.
BOOST_AUTO_TEST_CASE(softmax_regression_finds_the_maximum_of_the_likelihood) {
  const Outcome trained = ebb({"train", example("iris.ebb"), "--out", "w", "--precision", "double",
                               "--set", "train.epochs=30000"});
  BOOST_REQUIRE_MESSAGE(trained.status == 0, trained.err);
  const Outcome tested = ebb({"test", example("iris.ebb"), "--weights", "w/weights.safetensors",
                              "--precision", "double", "--on", "train", "--json"});
  BOOST_REQUIRE_MESSAGE(tested.status == 0, tested.err);
  const auto result = nlohmann::json::parse(tested.out);
  BOOST_TEST(result["accuracy"].get<double>() == 148.0 / 150, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(result["cost"].get<double>() == 11.899 / 300, boost::test_tools::tolerance(1e-3));
}

BOOST_AUTO_TEST_CASE(a_fault_of_the_file_is_shown_at_the_call) {
  write("t.csv", "a,b\n1,2\n3\n");
  write("t.ebb",
        "use csv\ninput x[2]\noutput x\ndata train {\n  x = csv(\"t.csv\", columns = [\"a\", "
        "\"b\"])\n}\n");
  const Outcome outcome = ebb({"run", "t.ebb", "--on", "train"});
  BOOST_TEST(outcome == (Outcome{1, "",
                                 "t.ebb:5:7: error[E0512]: t.csv:3: 1 field, but the header has 2\n"
                                 "  5 |   x = csv(\"t.csv\", columns = [\"a\", \"b\"])\n"
                                 "    |       ^^^\n"
                                 "  hint: is the separator another? `separator = \";\"`\n"}));
}

BOOST_AUTO_TEST_SUITE_END()
