// scripts/std/functions.ebb, and random values in scripts.
#include <boost/test/unit_test.hpp>

#include "tests/script/scripts.hpp"

using namespace ebb;
using test::elaborate;
using test::messages_of;

using Numbers = std::vector<double>;

BOOST_AUTO_TEST_SUITE(functions)

namespace {

// The type of an expression over x[2, 1, 3] and m[4, 6], which are per sample.
std::string type_of(const std::string& expression) {
  const auto script = elaborate("input x[2, 1, 3]\ninput m[4, 6]\nr = " + expression +
                                "\noutput r\noutput x\noutput m\n");
  return script.model ? script.type("r") : script.messages;
}

}  // namespace

BOOST_AUTO_TEST_CASE(shapes_change_and_elements_stay) {
  BOOST_TEST(type_of("flatten(m)") == "real[24] per sample");
  BOOST_TEST(type_of("squeeze(x)") == "real[2, 3] per sample");
  BOOST_TEST(type_of("squeeze(x, [1])") == "real[2, 3] per sample");
  BOOST_TEST(type_of("unsqueeze(m, [0])") == "real[1, 4, 6] per sample");
  BOOST_TEST(type_of("unsqueeze(m, [0, 2, 4])") == "real[1, 4, 1, 6, 1] per sample");
  BOOST_TEST(type_of("expand(squeeze(x), [2, 3, 5])") == "real[2, 3, 5] per sample");
  const auto script = elaborate("x = [[1, 2], [3, 4]]\nr = flatten(x)\noutput r\n");
  BOOST_TEST(script.numbers("r") == (Numbers{1, 2, 3, 4}), boost::test_tools::per_element());
  BOOST_TEST(messages_of("input x[2, 3]\noutput squeeze(x, [1])\n")
                 .find("squeeze takes dimensions of size 1 away") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_split_gives_a_list_of_parts) {
  BOOST_TEST(type_of("split(m, 2)[1]") == "real[2, 6] per sample");
  BOOST_TEST(type_of("split(m, 3, dim = 1)[2]") == "real[4, 2] per sample");
  BOOST_TEST(type_of("split(m, [1, 5], dim = 1)[1]") == "real[4, 5] per sample");
  const auto script = elaborate(
      "x = [1, 2, 3, 4]\nparts = split(x, [1, 3])\nr = concat(parts[1], parts[0])\noutput r\n");
  BOOST_TEST(script.numbers("r") == (Numbers{2, 3, 4, 1}), boost::test_tools::per_element());
  BOOST_TEST(messages_of("input x[4]\noutput split(x, [1, 2])[0]\n")
                 .find("the sizes of the parts add up to that of the dimension") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_changes_neither_values_nor_gradients) {
  const auto script = elaborate(
      "def f(a) = sigmoid(w * a) .* a\n"
      "input x[2]\nparam w[2, 2] ~ constant(0.5)\n"
      "y = f(f(x))\nz = checkpoint(f, checkpoint(f, x))\n"
      "gy = grad(sample_mean(sum(y .^ 2)), w)\ngz = grad(sample_mean(sum(z .^ 2)), w)\n"
      "output y\noutput z\noutput gy\noutput gz\n");
  const std::vector<std::pair<std::string, Numbers>> leaves = {{"x", {1, 2, -3, 4}}};
  BOOST_TEST(script.numbers("y", 2, leaves) == script.numbers("z", 2, leaves),
             boost::test_tools::per_element());
  BOOST_TEST(script.numbers("gy", 2, leaves) == script.numbers("gz", 2, leaves),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(random_values_are_per_sample) {
  BOOST_TEST(type_of("random_uniform([3])") == "real[3] per sample");
  BOOST_TEST(type_of("random_normal([], mean = 1)") == "real[] per sample");
  BOOST_TEST(type_of("random_bernoulli([0.5, 0.5])") == "bool[2] per sample");
  BOOST_TEST(type_of("sample_permutation(m)") == "real[4, 6] per sample");
}

BOOST_AUTO_TEST_CASE(noise_on_a_shared_value_is_shared_and_drawn_in_each_step) {
  ElaborateOptions training;
  training.training = true;
  const auto script = elaborate("param w[2] ~ zeros\nr = gaussian_noise(w)\noutput r\n", training);
  BOOST_TEST(script.type("r") == "real[2] shared");
  BOOST_TEST(static_cast<bool>(script.model->step));
  BOOST_TEST(!script.model->epoch);
}

BOOST_AUTO_TEST_SUITE_END()
