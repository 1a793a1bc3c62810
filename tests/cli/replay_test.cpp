// A training that is made again.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/cli/killed.hpp"

using namespace ebb::test;
using Json = nlohmann::ordered_json;

namespace {

struct Trained : Binary {
  Trained() {
    write("m.ebb", long_memory);
    const Outcome outcome = ebb({"train", "m.ebb", "--width", "12", "--set", "train.epochs=3",
                                 "--out", "w", "--quiet", "--threads", "2"});
    BOOST_REQUIRE_EQUAL(outcome.status, 0);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(replay, Trained)

BOOST_AUTO_TEST_CASE(the_same_training_gives_the_same_bits) {
  BOOST_TEST(ebb({"replay", "w/manifest.json"}) ==
             (Outcome{0, "the same weights, bit for bit, after 51 updates\n", ""}));
  BOOST_TEST(ebb({"replay", "w/manifest.json", "--json"}) ==
             (Outcome{0, "{\"event\":\"replayed\",\"agree\":true,\"changes\":[]}\n", ""}));
}

BOOST_AUTO_TEST_CASE(a_manifest_says_what_a_training_was_made_from) {
  const Json manifest = Json::parse(read_file(path("w/manifest.json")));
  BOOST_TEST(manifest["ebb"] == "0.1.0");
  BOOST_TEST(manifest["train"] ==
             (Json{"m.ebb", "--width", "12", "--set", "train.epochs=3", "--threads", "2"}));
  BOOST_TEST(manifest["updates"] == 51);
  std::vector<std::string> names;
  for (const auto& [name, value] : manifest["made from"].items()) names.push_back(name);
  BOOST_TEST(
      names == (std::vector<std::string>{"--precision", "--seed", "data train", "data validation",
                                         "option width", "script", "train.epochs"}),
      boost::test_tools::per_element());
  BOOST_TEST(manifest["made from"]["option width"] == "12");
}

BOOST_AUTO_TEST_CASE(a_path_that_is_no_utf_8_is_trained_but_not_found_again) {
  write("m\xFF.ebb",
        "param w ~ constant(1)\ncost w * w\ntrain { optimizer = sgd(0.1); steps = 2 }\n");
  BOOST_TEST(
      ebb({"train", "m\xFF.ebb", "--out", "o\xFF", "--quiet"}) ==
      (Outcome{0, "after 2 steps: cost 0.4096\nw = 0.64\nweights: o\xFF/weights.safetensors\n",
               ""}));
  BOOST_TEST(ebb({"replay", "o\xFF/manifest.json"}) ==
             (Outcome{1, "", "error: cannot read m\uFFFD.ebb: No such file or directory\n"}));
}

BOOST_AUTO_TEST_CASE(what_has_changed_is_named) {
  std::string other = long_memory;
  other.replace(other.find("0..400"), 6, "1..401");
  write("m.ebb", other);
  BOOST_TEST(
      ebb({"replay", "w/manifest.json"}) ==
      (Outcome{1, "",
               "error: the weights are not those of the manifest: data train has changed; script "
               "has changed\n"}));
  BOOST_TEST(ebb({"replay", "w/manifest.json", "--json"}) ==
             (Outcome{1,
                      "{\"event\":\"replayed\",\"agree\":false,\"changes\":[\"data train has "
                      "changed\",\"script has changed\"]}\n",
                      ""}));
}

BOOST_AUTO_TEST_CASE(what_is_no_manifest_is_refused) {
  write("no.json", "{\"ebb\": 3}");
  const std::string hint = "\n  hint: `ebb train` writes one beside the weights: manifest.json\n";
  BOOST_TEST(ebb({"replay", "no.json"}) ==
             (Outcome{1, "", "error: no.json: it is no manifest of a training" + hint}));
  BOOST_TEST(ebb({"replay", "m.ebb"}) ==
             (Outcome{1, "", "error: m.ebb: it is no manifest of a training" + hint}));
  BOOST_TEST(ebb({"replay", "none.json"}).status == 1);
  BOOST_TEST(ebb({"replay"}).status == 2);
}

BOOST_AUTO_TEST_SUITE_END()
