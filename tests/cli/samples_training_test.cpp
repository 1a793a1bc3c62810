// The sample plugins: what their scripts print.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;
using Json = nlohmann::ordered_json;

namespace {

// A fixture that runs commands on a sample and its script.
class SamplePlugins : public Binary {
 public:
  Outcome sample(const std::string& command, const std::string& name,
                 std::vector<std::string> words = {}) const {
    words.insert(words.begin(),
                 {command, EBB_SOURCE_DIR "/plugins/samples/" + name + "/" + name + ".ebb",
                  "--plugin", EBB_SAMPLES "/" + name + ".so"});
    return ebb(words);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(samples_training, SamplePlugins)

BOOST_AUTO_TEST_CASE(polynomial_finds_a_root_by_newtons_method) {
  BOOST_TEST(sample("run", "polynomial", {"--quiet", "--precision", "double"}) ==
             (Outcome{0, "x = 2.095\n", ""}));
}

// A kernel for one element joins the ops around it in one step, and loses nothing by that.
BOOST_AUTO_TEST_CASE(softplus_is_one_step_with_its_neighbours) {
  const Outcome plan = sample("show", "softplus", {"--plan", "--quiet"});
  BOOST_TEST(plan.out.find("elementwise mul, add, sharp_softplus a, sub, power, sample_sum") !=
                 std::string::npos,
             plan);
  BOOST_TEST_REQUIRE(sample("train", "softplus", {"--quiet", "--out", "out"}).status == 0);
  const auto tested =
      Json::parse(sample("test", "softplus",
                         {"--weights", "out/weights.safetensors", "--on", "train", "--json"})
                      .out);
  BOOST_TEST(tested["cost"].get<double>() < 0.001);
}

// The bump of the nearest sequence stands between those of the data, as high as they nearly are.
BOOST_AUTO_TEST_CASE(soft_dtw_aligns_bumps) {
  BOOST_TEST_REQUIRE(sample("train", "soft_dtw", {"--quiet", "--out", "out"}).status == 0);
  const auto center = Json::parse(
      sample("run", "soft_dtw", {"--weights", "out/weights.safetensors", "--json"}).out)["center"];
  BOOST_TEST_REQUIRE(center.size() == 12u);
  BOOST_TEST(center[5].get<double>() == 0.8588, boost::test_tools::tolerance(0.02));
  for (std::size_t i = 0; i < 12; ++i) BOOST_TEST((i == 5 || center[i] < center[5]));
  const std::string equations = sample("derive", "soft_dtw").out;
  BOOST_TEST(equations.find("∂C/∂center = sum(2 (soft_dtw′(distances, cost, 1) ⊙ (center - x)))") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(snake_goes_on_with_a_wave) {
  BOOST_TEST_REQUIRE(sample("train", "snake", {"--quiet", "--out", "out"}).status == 0);
  const auto tested =
      Json::parse(sample("test", "snake", {"--weights", "out/weights.safetensors", "--json"}).out);
  BOOST_TEST(tested["samples"] == 30);
  BOOST_TEST(tested["cost"].get<double>() < 0.05);
}

BOOST_AUTO_TEST_CASE(spirals_are_told_apart) {
  BOOST_TEST_REQUIRE(sample("train", "spirals", {"--quiet", "--out", "out"}).status == 0);
  const auto tested = Json::parse(
      sample("test", "spirals", {"--weights", "out/weights.safetensors", "--json"}).out);
  BOOST_TEST(tested["samples"] == 200);
  BOOST_TEST(tested["right"].get<double>() > 0.95);
}

BOOST_AUTO_TEST_SUITE_END()
