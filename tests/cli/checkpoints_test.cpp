// What a training leaves in its folder: its own checkpoints and best weights, and no other's.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "graph/core/hash.hpp"
#include "graph/run/data/safetensors.hpp"
#include "tests/cli/killed.hpp"

using namespace ebb::test;

namespace {

namespace fs = std::filesystem;

struct Checkpoints : Binary {
  Checkpoints() {
    write("f.ebb",
          "param w ~ constant(1)\ncost w * w\n"
          "train { optimizer = sgd(1e-4); steps = 100; checkpoint_minutes = 0 }\n");
    write("v.ebb",
          "input x\nparam w ~ zeros\ncost (w - x) ^ 2\ndata train { x = values(0..300) }\n"
          "data validation { x = values([100]) }\n"
          "train { optimizer = sgd(1e-3); minibatch = 10; epochs = 3; checkpoint_steps = 10 }\n");
  }
  // A training that ends well; its words as one line.
  Outcome train(const std::string& words) const {
    const Outcome outcome = shell("$EBB train " + words + " --no-report");
    BOOST_TEST(outcome.status == 0, outcome);
    return outcome;
  }
  std::string files_of(const char* folder) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path(folder)))
      names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : " ") + name;
    return all;
  }
  std::string metadata(const char* file, const char* key) const {
    return ebb::read_safetensors(path(file)).metadata.at(key);
  }
  double number(const char* file, const std::string& name) const {
    for (const auto& [tensor, array] : ebb::read_safetensors(path(file)).tensors)
      if (tensor == name) return array.at(0);
    BOOST_FAIL(name << " is not in " << file);
    return 0;
  }
};

const std::string goes_on = "note: goes on from a/weights.safetensors, after 90 updates\n";
// Until the training has printed something.
const std::string has_begun = " --json >log & until [ -s log ]; do sleep 0.002; done; ";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(checkpoints, Checkpoints)

BOOST_AUTO_TEST_CASE(what_was_loaded_may_vanish_before_it_is_saved) {
  const fs::path csv = fs::path(EBB_BINARY).parent_path() / "plugins/loadable/csv.so";
  fs::copy(csv, path("csv.so"));
  write("d.csv", "a\n1\n2\n");
  write("p.ebb",
        "use csv\ninput x\nparam w ~ zeros\ncost (w - x) ^ 2\n"
        "data train { t = csv(\"d.csv\"); x = t.a }\n"
        "train { optimizer = sgd(1e-9); epochs = 1e9; checkpoint_minutes = 0 }\n");
  train("f.ebb --out a --quiet");
  const std::string words = "--set train.steps=1000000000 --weights a/weights.safetensors";
  BOOST_TEST(shell("$EBB train f.ebb --out w " + words + has_begun +
                   "rm a/weights.safetensors; kill -TERM $!; wait $!") == (Outcome{3, "", ""}));
  BOOST_TEST(fs::exists(path("w/weights.safetensors")));
  for (const char* fate : {"rm csv.so", "cp d.csv other; mv other csv.so"}) {
    fs::copy_file(csv, path("csv.so"), fs::copy_options::overwrite_existing);
    BOOST_TEST(shell("rm log; $EBB train p.ebb --plugin csv.so --out p" + has_begun + fate +
                     "; kill -TERM $!; wait $!") == (Outcome{3, "", ""}));
    BOOST_TEST(metadata("p/weights.safetensors", "made from: plugin csv") == ebb::hash_of(csv));
    fs::remove(path("p/weights.safetensors"));
  }
}

BOOST_AUTO_TEST_CASE(another_option_or_plugin_is_named_and_refused) {
  const auto other = [](const std::string& what) {
    return Outcome{1, "",
                   "error: w/weights.safetensors comes from another training: " + what +
                       "\n  hint: `--allow-changed` goes on from it all the same\n"};
  };
  write("m.ebb", long_memory);
  train("m.ebb --set train.epochs=1 --out w --quiet");
  BOOST_TEST(shell("$EBB train m.ebb --set train.epochs=1 --width 30 --resume w") ==
             other("option width was 20 and is 30"));
  fs::copy(fs::path(EBB_BINARY).parent_path() / "plugins/loadable/csv.so", path("csv.so"));
  write("m.ebb", "use csv\n" + long_memory);
  const std::string with_plugin = "m.ebb --set train.epochs=1 --plugin csv.so --quiet ";
  train(with_plugin + "--out w");
  BOOST_TEST(shell("echo >>csv.so; $EBB train " + with_plugin + "--resume w") ==
             other("plugin csv has changed"));
  BOOST_TEST(shell("$EBB train " + with_plugin + "--resume w --allow-changed").status == 0);
}

BOOST_AUTO_TEST_CASE(it_saves_after_so_many_minutes) {
  const Outcome outcome = shell(
      "$EBB train f.ebb --set train.steps=1000000000 --set train.checkpoint_minutes=0.002 --out w"
      " --json >log & until [ -s w/weights.safetensors ]; do sleep 0.01; done; "
      "cp w/weights.safetensors first; "
      "while cmp -s first w/weights.safetensors; do sleep 0.01; done; kill -KILL $!; wait $!");
  BOOST_TEST(outcome.status == 137);
  const auto step = [&](const char* file) { return std::stol(metadata(file, "step")); };
  BOOST_TEST(step("first") > 0);
  BOOST_TEST(step("w/weights.safetensors") > step("first"));
}

BOOST_AUTO_TEST_CASE(a_run_that_comes_from_elsewhere_keeps_its_own) {
  train("f.ebb --set train.keep=3 --set train.steps=1000 --set train.checkpoint_steps=100 --out b");
  BOOST_TEST(files_of("b") ==
             "manifest.json weights-step800.safetensors weights-step900.safetensors "
             "weights.safetensors");
  train("f.ebb --out a");
  train(
      "f.ebb --resume a --out b --allow-changed --set train.steps=400 --set train.keep=3 "
      "--set train.checkpoint_steps=50");
  BOOST_TEST(files_of("b") ==
             "manifest.json weights-step300.safetensors weights-step350.safetensors "
             "weights.safetensors");
  // Who goes back has no future.
  fs::copy_file(path("b/weights-step300.safetensors"), path("b/weights.safetensors"),
                fs::copy_options::overwrite_existing);
  train("f.ebb --resume b --allow-changed --set train.steps=310 --set train.keep=3");
  BOOST_TEST(files_of("b") == "manifest.json weights-step300.safetensors weights.safetensors");
  BOOST_TEST(metadata("b/weights.safetensors", "step") == "310");
}

BOOST_AUTO_TEST_CASE(what_is_not_the_best_of_this_run_is_not_called_so) {
  train("v.ebb --out a");
  train("v.ebb --seed 2 --out b");
  const std::string best = read_file(path("a/best.safetensors"));
  const auto resumed = [](const char* folder, const std::string& why) {
    return Outcome{0, "weights: " + std::string(folder) + "/weights.safetensors\n",
                   "note: the best weights so far, of epoch 3, are not there: "
                   "a/best.safetensors: " +
                       why + "\n" + goes_on};
  };
  fs::remove(path("a/best.safetensors"));
  BOOST_TEST(train("v.ebb --resume a --out b") ==
             resumed("b", "cannot open: No such file or directory"));
  BOOST_TEST(files_of("b") == "manifest.json weights.safetensors");
  train("v.ebb --seed 2 --out c");
  fs::copy(path("c/best.safetensors"), path("a/best.safetensors"));
  BOOST_TEST(train("v.ebb --resume a") == resumed("a", "it holds others"));
  write("a/best.safetensors", best.substr(0, 100));
  for (const char* words : {"v.ebb --resume a", "v.ebb --resume a --out d"}) {
    const Outcome outcome = train(words);
    BOOST_TEST(outcome.err.starts_with("note: the best weights so far, of epoch 3, are not there: "
                                       "a/best.safetensors: truncated: "),
               outcome);
    BOOST_TEST(outcome.out.find("best on validation") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(another_training_leaves_nothing_of_the_one_before) {
  train("v.ebb --set train.average=0.9 --set train.keep=2 --out w");
  BOOST_TEST(files_of("w") ==
             "average.safetensors best.safetensors manifest.json weights-step80.safetensors "
             "weights.safetensors");
  train("f.ebb --out w");
  BOOST_TEST(files_of("w") == "manifest.json weights.safetensors");
}

BOOST_AUTO_TEST_CASE(an_epoch_that_became_shorter_is_over) {
  train("v.ebb --set train.keep=20 --out a");
  std::string shorter = read_file(path("v.ebb"));
  shorter.replace(shorter.find("0..300"), 6, "0..50");
  write("v.ebb", shorter);
  fs::create_directory(path("w"));
  fs::copy(path("a/weights-step10.safetensors"), path("w/weights.safetensors"));
  BOOST_TEST(metadata("w/weights.safetensors", "epoch.position") == "100");
  train("v.ebb --resume w --set train.epochs=2 --allow-changed --quiet");
  // The first epoch ends as it is; the second one has five updates.
  BOOST_TEST(metadata("w/weights.safetensors", "step") == "15");
  BOOST_TEST(metadata("w/weights.safetensors", "epoch") == "2");
}

BOOST_AUTO_TEST_CASE(another_optimizer_takes_no_states_of_the_former) {
  const auto go_on = [&](const std::string& optimizer, int steps) {
    return train("f.ebb --resume w --allow-changed --set 'train.optimizer=" + optimizer +
                 "' --set train.steps=" + std::to_string(steps));
  };
  const std::string anew =
      "note: these begin anew, for the checkpoint has none of their update rule: ";
  train("f.ebb --set 'train.optimizer=adam(0.1)' --set train.steps=3 --out w");
  const double w3 = number("w/weights.safetensors", "w");
  BOOST_TEST(go_on("momentum(0.01)", 4).err ==
             anew + "w/v\nnote: goes on from w/weights.safetensors, after 3 updates\n");
  // From no velocity at all.
  const double w4 = number("w/weights.safetensors", "w");
  BOOST_TEST(w4 == 0.98 * w3, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(go_on("adam(0.1)", 5).err ==
             anew + "w/m, w/v\nnote: goes on from w/weights.safetensors, after 4 updates\n");
  // Its settings are no other rule.
  BOOST_TEST(go_on("adam(0.2)", 6).err ==
             "note: goes on from w/weights.safetensors, after 5 updates\n");
  const double w6 = number("w/weights.safetensors", "w");
  BOOST_TEST(train("f.ebb --resume w --allow-changed --set 'train.optimizer=adam(0.2)' "
                   "--set train.steps=7 --set train.average=0.75")
                 .err ==
             anew + "w/average\nnote: goes on from w/weights.safetensors, after 6 updates\n");
  const double w7 = number("w/weights.safetensors", "w");
  BOOST_TEST(number("w/average.safetensors", "w") == 0.75 * w6 + 0.25 * w7,
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(a_run_that_ends_before_it_was_resumed_is_another_one) {
  train("v.ebb --set train.epochs=4 --out w --quiet");
  train("v.ebb --set train.epochs=2 --resume w --allow-changed --quiet");
  BOOST_TEST(ebb({"replay", "w/manifest.json"}) ==
             (Outcome{1, "",
                      "error: w/manifest.json cannot be replayed: the training was resumed with "
                      "changes\n  hint: what it began with is not known, only what it ended with: "
                      "see --allow-changed\n"}));
}

BOOST_AUTO_TEST_CASE(who_writes_over_the_last_weights_harms_no_older_ones) {
  train("f.ebb --set train.keep=2 --set train.checkpoint_steps=40 --out w");
  BOOST_TEST(shell("echo junk >w/weights.safetensors").status == 0);
  BOOST_TEST(files_of("w") == "manifest.json weights-step80.safetensors weights.safetensors");
  BOOST_TEST(metadata("w/weights-step80.safetensors", "step") == "80");
}

BOOST_AUTO_TEST_SUITE_END()
