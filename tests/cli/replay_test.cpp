// A training that is made again.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

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

BOOST_AUTO_TEST_CASE(folders_of_replays_that_were_killed_are_removed) {
  for (const char* folder : {"ebb-replay-killed", "ebb-replay-living", "ebb-replay-notes-2"})
    std::filesystem::create_directories(path("tmp") / folder / "within");
  const int living = ::open(path("tmp/ebb-replay-living").c_str(), O_RDONLY | O_CLOEXEC);
  BOOST_REQUIRE_EQUAL(::flock(living, LOCK_EX), 0);
  const Outcome outcome = shell("TMPDIR=tmp $EBB replay w/manifest.json; ls tmp");
  BOOST_TEST(outcome == (Outcome{0,
                                 "the same weights, bit for bit, after 51 updates\n"
                                 "ebb-replay-living\nebb-replay-notes-2\n",
                                 ""}));
  ::close(living);
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

BOOST_AUTO_TEST_CASE(a_manifest_says_where_it_was_made) {
  Json manifest = Json::parse(read_file(path("w/manifest.json")));
  std::vector<std::string> names;
  for (const auto& [name, value] : manifest["versions"].items()) names.push_back(name);
  BOOST_TEST(names == (std::vector<std::string>{"BLAS", "compiler", "instructions",
                                                "matrix products", "processor"}),
             boost::test_tools::per_element());
  manifest["versions"]["compiler"] = "GCC 1";
  manifest["weights"] = "0";
  write("w/manifest.json", manifest.dump());
  const std::string begin =
      "error: the weights are not those of the manifest\n  hint: nothing that it was made from has "
      "changed, but this is not where it was made: compiler was GCC 1 and is ";
  const Outcome outcome = ebb({"replay", "w/manifest.json"});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.err.starts_with(begin), outcome);
}

BOOST_AUTO_TEST_CASE(the_number_of_updates_is_compared_too) {
  Json manifest = Json::parse(read_file(path("w/manifest.json")));
  manifest["updates"] = 50;
  write("other.json", manifest.dump());
  BOOST_TEST(ebb({"replay", "other.json"}) ==
             (Outcome{1, "",
                      "error: the weights are not those of the manifest: there were 50 updates and "
                      "are 51\n"}));
  for (const Json& updates : {Json(1e300), Json(-1), Json(1.5), Json("51")}) {
    manifest["updates"] = updates;
    write("other.json", manifest.dump());
    BOOST_TEST(ebb({"replay", "other.json"})
                   .err.starts_with("error: other.json: it is no manifest of a training\n"));
  }
}

BOOST_AUTO_TEST_CASE(of_streamed_data_some_samples_are_compared) {
  std::string table = "x\n";
  for (int i = 0; i < 5000; ++i) table += std::to_string(i % 7) + "\n";
  write("t.csv", table);
  write("s.ebb",
        "use csv\ninput x\nparam w ~ zeros\ncost (w - x) ^ 2\n"
        "data train { t = csv(\"t.csv\", stream = true); x = t.x }\n"
        "train { optimizer = sgd(0.01); epochs = 1; minibatch = 100 }\n");
  BOOST_REQUIRE(ebb({"train", "s.ebb", "--quiet", "--out", "s"}).status == 0);
  // A sample between those that are looked at.
  table.replace(table.find("\n2\n", 14) + 1, 1, "9");
  write("t.csv", table);
  const Outcome outcome = ebb({"replay", "s/manifest.json"});
  BOOST_TEST(
      outcome.err.starts_with(
          "error: the weights are not those of the manifest\n  hint: nothing that was looked "
          "at has changed, but of streamed data that is some samples"),
      outcome);
}

BOOST_AUTO_TEST_CASE(what_changed_on_the_way_can_not_be_replayed) {
  const auto longer = [&](const char* epochs, const char* seed) {
    return ebb({"train", "m.ebb", "--width", "12", "--set", epochs, "--seed", seed, "--resume", "w",
                "--allow-changed", "--quiet"})
        .status;
  };
  // Where it ends is no change on the way.
  BOOST_REQUIRE(longer("train.epochs=4", "1") == 0);
  BOOST_TEST(ebb({"replay", "w/manifest.json"}) ==
             (Outcome{0, "the same weights, bit for bit, after 68 updates\n", ""}));
  BOOST_REQUIRE(longer("train.epochs=5", "2") == 0);
  const Outcome refused{
      1, "",
      "error: w/manifest.json cannot be replayed: the training was resumed with changes\n  hint: "
      "what it began with is not known, only what it ended with: see --allow-changed\n"};
  BOOST_TEST(ebb({"replay", "w/manifest.json"}) == refused);
  // Nor after a resumption without more of them.
  BOOST_REQUIRE(longer("train.epochs=6", "2") == 0);
  BOOST_TEST(ebb({"replay", "w/manifest.json"}) == refused);
}

BOOST_AUTO_TEST_CASE(nothing_of_a_manifest_writes) {
  Json manifest = Json::parse(read_file(path("w/manifest.json")));
  auto& words = manifest["train"];
  for (const char* word : {"--tensorboard", "tb", "--out=elsewhere", "--resume", "w", "--watch",
                           "--port", "1", "--help", "-h", "--json", "--no-verify"})
    words.push_back(word);
  write("other.json", manifest.dump());
  const std::string weights = read_file(path("w/weights.safetensors"));
  BOOST_TEST(ebb({"replay", "other.json"}) ==
             (Outcome{0, "the same weights, bit for bit, after 51 updates\n", ""}));
  BOOST_TEST(!std::filesystem::exists(path("tb")));
  BOOST_TEST(!std::filesystem::exists(path("elsewhere")));
  BOOST_TEST(read_file(path("w/weights.safetensors")) == weights);
}

BOOST_AUTO_TEST_CASE(a_plugin_is_loaded_only_where_the_person_says_so) {
  Json manifest = Json::parse(read_file(path("w/manifest.json")));
  const Json words = manifest["train"];
  write("evil.so", "no library");
  for (const auto& flag : {std::vector<std::string>{"--plugin", "evil.so"},
                           {"--plugin=./evil.so"},
                           {"--plugin", "."}}) {
    manifest["train"] = words;
    for (const std::string& word : flag) manifest["train"].push_back(word);
    write("other.json", manifest.dump());
    const std::string named = flag.size() == 2 ? flag[1] : "./evil.so";
    BOOST_TEST(ebb({"replay", "other.json"}) ==
               (Outcome{1, "",
                        "error: the manifest loads the plugin " + named +
                            ", which is a program\n  hint: where you trust it: ebb replay "
                            "other.json --plugin " +
                            named + "\n"}));
  }
  // A folder that is named is trusted.
  BOOST_TEST(ebb({"replay", "other.json", "--plugin", "."}).status == 0);
}

BOOST_AUTO_TEST_CASE(without_a_place_for_its_folder_it_says_so) {
  const Outcome outcome = shell("TMPDIR=/nonexistent $EBB replay w/manifest.json");
  BOOST_TEST(outcome.status == 1, outcome);
  BOOST_TEST(outcome.err.starts_with("error: cannot make a folder for the replay: "), outcome);
  BOOST_TEST(outcome.err.ends_with("\n  hint: TMPDIR says where it is made\n"), outcome);
}

// What is asked to stop stops the training, too, and leaves nothing.
BOOST_AUTO_TEST_CASE(a_signal_stops_the_training) {
  Json manifest = Json::parse(read_file(path("w/manifest.json")));
  for (Json& word : manifest["train"])
    if (word == "train.epochs=3") word = "train.epochs=1000000";
  write("long.json", manifest.dump());
  std::filesystem::create_directory(path("tmp"));
  const auto stopped_by = [&](const std::string& signal) {
    return shell(
        "trains() { grep -q train /proc/${c% }/cmdline 2>/dev/null; }; "
        "TMPDIR=$PWD/tmp $EBB replay long.json & p=$!; c=; "
        "until c=$(cat /proc/$p/task/$p/children) && [ -n \"$c\" ] && "
        "trains; do sleep 0.01; done; sleep 0.2; "
        "kill -" +
        signal +
        " $p; wait $p; s=$?; "
        "for i in 1 2 3 4 5 6 7 8 9 10; do trains || break; sleep 0.1; done; "
        "trains && echo still there; ls tmp; rm -rf tmp/*; exit $s");
  };
  for (const char* signal : {"TERM", "INT", "HUP"})
    BOOST_TEST(stopped_by(signal) == (Outcome{3, "", ""}), signal);
  const Outcome killed = stopped_by("KILL");
  BOOST_TEST(killed.status == 137);
  BOOST_TEST(killed.out.find("still there") == std::string::npos, killed);
}

BOOST_AUTO_TEST_SUITE_END()
