// Training that is interrupted, and goes on.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "graph/run/data/safetensors.hpp"
#include "tests/cli/killed.hpp"

using namespace ebb::test;
using Json = nlohmann::ordered_json;

namespace {

const std::vector<std::string> short_run = {"train",          "m.ebb", "--quiet", "--set",
                                            "train.epochs=3", "--out", "w"};

std::vector<std::string> with(std::vector<std::string> words,
                              const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

const std::vector<std::string> resumed = {"train",          "m.ebb",    "--quiet", "--set",
                                          "train.epochs=3", "--resume", "w"};

struct Folder : Binary {
  // The names, sorted.
  std::vector<std::string> files_of(const char* folder) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path(folder)))
      names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(resume, Folder)

BOOST_AUTO_TEST_CASE(a_run_that_is_killed_again_and_again_ends_with_the_same_bits) {
  check_kills(*this, killed_updates, 20, 1);
}

BOOST_AUTO_TEST_CASE(a_minimizer_that_is_killed_again_and_again_ends_with_the_same_bits) {
  check_kills(*this, killed_minimizer, 20, 1);
}

BOOST_AUTO_TEST_CASE(a_signal_may_stop_it_within_an_epoch) {
  write("m.ebb", long_memory);
  const Outcome whole = ebb({"train", "m.ebb", "--out", "whole", "--quiet"});
  BOOST_TEST(whole.status == 0);
  const Outcome stopped = shell(
      "$EBB train m.ebb --out part --json >log & until [ -s log ]; do sleep 0.002; done; "
      "kill -INT $!; wait $!");
  BOOST_TEST(stopped.status == 3);
  const Outcome rest = ebb({"train", "m.ebb", "--resume", "part", "--json"});
  BOOST_TEST(rest.status == 0);
  const auto lines = lines_of(rest.out);
  const Json first = Json::parse(lines.front()), last = Json::parse(lines.back());
  BOOST_TEST(first["event"] == "resumed");
  BOOST_TEST(first["from"] == "part/weights.safetensors");
  BOOST_TEST(last["event"] == "done");
  BOOST_TEST(last["best"] == "part/best.safetensors");
  BOOST_TEST(read_file(path("whole/weights.safetensors")) ==
             read_file(path("part/weights.safetensors")));
}

BOOST_AUTO_TEST_CASE(samples_that_are_streamed_go_on_within_an_epoch) {
  const auto table = [](int factor) {
    std::string text = "a,b\n";
    for (int i = 0; i < 400; ++i)
      text += std::to_string(i % 17) + "," + std::to_string(factor * i % 5) + "\n";
    return text;
  };
  write("t.csv", table(1));
  write("m.ebb",
        "use csv\ninput x\ntarget y\nparam w ~ constant(1)\ncost (w * x - y) ^ 2\n"
        "data train {\n  t = csv(\"t.csv\", stream = true)\n  x = t.a\n  y = t.b\n}\n"
        "train {\n  optimizer = adam(0.01)\n  minibatch = 8\n  epochs = 3\n"
        "  checkpoint_steps = 20\n  keep = 10\n}\n");
  BOOST_TEST(ebb({"train", "m.ebb", "--out", "whole", "--quiet"}).status == 0);
  // As after a kill during the third epoch, of 50 steps each.
  std::filesystem::create_directory(path("w"));
  std::filesystem::copy(path("whole/weights-step120.safetensors"), path("w/weights.safetensors"));
  const std::vector<std::string> resumed = {"train", "m.ebb", "--resume", "w", "--json"};
  const Outcome rest = ebb(resumed);
  BOOST_TEST(rest.status == 0);
  BOOST_TEST(Json::parse(lines_of(rest.out).front())["event"] == "resumed");
  BOOST_TEST(read_file(path("w/weights.safetensors")) ==
             read_file(path("whole/weights.safetensors")));
  write("t.csv", table(2));
  BOOST_TEST(
      ebb({"train", "m.ebb", "--resume", "w"}) ==
      (Outcome{
          1, "",
          "error: w/weights.safetensors comes from another training: data train (some "
          "samples of it) has changed\n  hint: `--allow-changed` goes on from it all the same\n"}));
}

BOOST_AUTO_TEST_CASE(asked_to_it_saves_and_goes_on) {
  // Neither epochs nor time save this one.
  write("m.ebb",
        "param w ~ constant(1)\ncost w * w\ntrain {\n  optimizer = sgd(1e-9)\n"
        "  steps = 1000000000\n  checkpoint_minutes = 0\n}\n");
  const Outcome outcome = shell(
      "$EBB train m.ebb --out w --quiet & until [ -d w ]; do sleep 0.002; done; "
      "until [ -s w/weights.safetensors ]; do kill -USR1 $!; sleep 0.01; done; "
      "kill -TERM $!; wait $!");
  BOOST_TEST(outcome.status == 3);
  BOOST_TEST(outcome.err == "");
}

BOOST_AUTO_TEST_CASE(without_a_checkpoint_it_starts_afresh_and_says_so) {
  write("m.ebb", long_memory);
  const Outcome outcome =
      ebb({"train", "m.ebb", "--set", "train.epochs=1", "--resume", "w", "--json"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "note: there is no checkpoint in w: training starts afresh\n");
  BOOST_TEST(lines_of(outcome.out).at(0) ==
             R"({"event":"note","message":"there is no checkpoint in w: training starts afresh",)"
             R"("at":null,"hints":[]})");
  const Outcome again = ebb({"train", "m.ebb", "--set", "train.epochs=1", "--resume", "w"});
  BOOST_TEST(again == (Outcome{0,
                               "weights: w/weights.safetensors\n"
                               "best on validation: w/best.safetensors\n"
                               "averaged weights: w/average.safetensors\n",
                               "note: goes on from w/weights.safetensors, after 17 updates\n"}));
}

BOOST_AUTO_TEST_CASE(what_has_changed_is_named_and_refused) {
  write("m.ebb", long_memory);
  BOOST_TEST(ebb(short_run).status == 0);
  const std::string before = read_file(path("w/weights.safetensors"));
  // Layout and comments are nothing that is trained.
  write("m.ebb", "# another comment\n\n" + long_memory);
  BOOST_TEST(ebb(resumed).status == 0);
  std::string other = long_memory;
  other.replace(other.find("0..400"), 6, "1..401");
  write("m.ebb", other);
  const auto changed = with(resumed, {"--width", "20", "--seed", "2", "--set", "train.patience=4"});
  BOOST_TEST(
      ebb(changed) ==
      (Outcome{1, "",
               "error: w/weights.safetensors comes from another training: --seed was 1 and is 2; "
               "data train has changed; script has changed; train.patience is new: 4\n"
               "  hint: `--allow-changed` goes on from it all the same\n"}));
  BOOST_TEST(
      ebb(with(changed, {"--json"})).out ==
      R"({"event":"error","message":"w/weights.safetensors comes from another training: --seed was )"
      R"(1 and is 2; data train has changed; script has changed; )"
      R"(train.patience is new: 4","at":null,"hints":["`--allow-changed` goes on from it all the )"
      R"(same"],"steps":0,"epochs":0})"
      "\n");
  BOOST_TEST(read_file(path("w/weights.safetensors")) == before);
  BOOST_TEST(ebb(with(changed, {"--allow-changed"})).status == 0);
  BOOST_TEST(ebb(with(resumed, {"--width", "30", "--allow-changed"})).status == 1);
}

BOOST_AUTO_TEST_CASE(older_checkpoints_are_kept_and_serve_where_the_last_is_damaged) {
  write("m.ebb", long_memory);
  BOOST_TEST(ebb(with(short_run, {"--set", "train.keep=3"})).status == 0);
  BOOST_TEST(files_of("w") == (std::vector<std::string>{
                                  "average.safetensors", "best.safetensors", "manifest.json",
                                  "report.html", "weights-step45.safetensors",
                                  "weights-step50.safetensors", "weights.safetensors"}),
             boost::test_tools::per_element());
  const std::string whole = read_file(path("w/weights.safetensors"));
  std::filesystem::remove(path("w/weights.safetensors"));
  write("w/weights.safetensors", whole.substr(0, whole.size() / 2));
  const Outcome outcome =
      ebb({"train", "m.ebb", "--set", "train.epochs=3", "--set", "train.keep=3", "--resume", "w"});
  BOOST_TEST(outcome.status == 0);
  const auto notes = lines_of(outcome.err);
  BOOST_REQUIRE(notes.size() >= 2u);
  BOOST_TEST(notes[0].starts_with("note: w/weights.safetensors: truncated: "));
  BOOST_TEST(notes.back() == "note: goes on from w/weights-step50.safetensors, after 50 updates");
  BOOST_TEST(read_file(path("w/weights.safetensors")) == whole);
}

BOOST_AUTO_TEST_CASE(another_run_in_the_folder_begins_with_none_of_its_checkpoints) {
  write("m.ebb", long_memory);
  BOOST_TEST(ebb(with(short_run, {"--set", "train.keep=2"})).status == 0);
  BOOST_TEST(ebb({"train", "m.ebb", "--quiet", "--set", "train.epochs=1", "--set", "train.keep=2",
                  "--out", "w"})
                 .status == 0);
  BOOST_TEST(files_of("w") ==
                 (std::vector<std::string>{"average.safetensors", "best.safetensors",
                                           "manifest.json", "report.html",
                                           "weights-step15.safetensors", "weights.safetensors"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(weights_that_are_not_finite_replace_no_checkpoint) {
  const auto train = [&](const std::string& rate) {
    write("m.ebb", "param w ~ constant(1)\ncost w * w\ntrain { optimizer = sgd(" + rate +
                       "); steps = 5; checkpoint_steps = 1 }\n");
    return ebb({"train", "m.ebb", "--out", "w", "--quiet"}).status;
  };
  BOOST_TEST(train("1e39") == 4);
  BOOST_TEST(!std::filesystem::exists(path("w/weights.safetensors")));
  BOOST_TEST(train("1e19") == 4);
  const ebb::TensorFile file = ebb::read_safetensors(path("w/weights.safetensors"));
  BOOST_TEST(file.metadata.at("step") == "1");
}

// Whoever can write the folder can write anything there.
BOOST_AUTO_TEST_CASE(a_checkpoint_that_stands_nowhere_is_refused) {
  write("m.ebb", long_memory);
  BOOST_TEST(ebb(with(short_run, {"--set", "train.keep=20"})).status == 0);
  // 120 samples after 5 updates of 24, of an epoch of 400.
  const ebb::TensorFile good = ebb::read_safetensors(path("w/weights-step5.safetensors"));
  std::filesystem::create_directory(path("h"));
  const struct {
    const char *key, *number, *why;
  } all[] = {
      {"step", "-1", "its `step` is -1, which no training reaches"},
      {"step", "9223372036854775807",
       "its `step` is 9223372036854775807, which no training reaches"},
      {"step", "9223372036854775808", "its `step` is no number: `9223372036854775808`"},
      {"step", "1e300", "its `step` is no number: `1e300`"},
      {"step", "4", "its `epoch.updates` is 5, more than all updates, 4"},
      {"epoch", "-3", "its `epoch` is -3, which no training reaches"},
      {"epoch.position", "-24", "its `epoch.position` is -24, which no training reaches"},
      {"epoch.position", "424", "its `epoch.position` is 424, but an epoch has 400 samples"},
      {"epoch.position", "121", "its `epoch.updates` is 5, but 121 samples of an epoch take 6"},
      {"epoch.updates", "-7", "its `epoch.updates` is -7, which no training reaches"},
      {"epoch.updates", "1000000000",
       "its `epoch.updates` is 1000000000, more than all updates, 5"},
      {"epoch.updates", "0", "its `epoch.updates` is 0, but 120 samples of an epoch take 5"},
      {"best", "nan", "its `best` is NaN, which is the best of no costs"},
      {"best.epoch", "2", "its `best.epoch` is 2, but only 0 epochs have ended"}};
  for (const auto& [key, number, why] : all) {
    ebb::TensorFile bad = good;
    bad.metadata.at(key) = number;
    ebb::write_safetensors(path("h/weights.safetensors"), bad);
    const Outcome outcome = ebb({"train", "m.ebb", "--quiet", "--set", "train.epochs=3", "--set",
                                 "train.keep=20", "--resume", "h"});
    BOOST_TEST(outcome ==
               (Outcome{1, "", "error: h/weights.safetensors: " + std::string(why) + "\n"}));
  }
}

BOOST_AUTO_TEST_CASE(other_mini_batches_go_on_from_the_beginning_of_theirs) {
  write("m.ebb", long_memory);
  BOOST_TEST(ebb(with(short_run, {"--set", "train.keep=20"})).status == 0);
  std::filesystem::create_directory(path("h"));
  std::filesystem::copy(path("w/weights-step5.safetensors"), path("h/weights.safetensors"));
  const std::vector<std::string> changed = {
      "train",    "m.ebb", "--quiet", "--set", "train.epochs=1", "--set", "train.minibatch=30",
      "--resume", "h"};
  BOOST_TEST(ebb(changed).status == 1);
  BOOST_TEST(ebb(with(changed, {"--allow-changed"})).status == 0);
  // From sample 90 on, four updates of 90 samples each.
  const ebb::TensorFile file = ebb::read_safetensors(path("h/weights.safetensors"));
  BOOST_TEST(file.metadata.at("step") == "9");
  BOOST_TEST(file.metadata.at("epoch") == "1");
}

BOOST_AUTO_TEST_CASE(the_best_weights_come_along_into_another_folder) {
  write("m.ebb", long_memory);
  BOOST_TEST(ebb(short_run).status == 0);
  const std::string best = read_file(path("w/best.safetensors"));
  const Outcome outcome =
      ebb({"train", "m.ebb", "--quiet", "--set", "train.epochs=3", "--resume", "w", "--out", "b"});
  BOOST_TEST(outcome == (Outcome{0,
                                 "weights: b/weights.safetensors\n"
                                 "best on validation: b/best.safetensors\n"
                                 "averaged weights: b/average.safetensors\n",
                                 ""}));
  BOOST_TEST(read_file(path("b/best.safetensors")) == best);
}

BOOST_AUTO_TEST_CASE(files_that_the_dead_have_begun_are_removed) {
  write("m.ebb", long_memory);
  std::filesystem::create_directory(path("w"));
  // No process has the largest number; the first one lives.
  for (const char* name :
       {"weights.safetensors.tmp-4194304-0", "report.html.tmp-4194304-12",
        "weights.safetensors.tmp-1-0", "weights.safetensors.tmp-4194304", "notes.tmp-4194304-0"})
    write("w/" + std::string(name), "");
  BOOST_TEST(ebb(with(short_run, {"--no-report"})).status == 0);
  BOOST_TEST(files_of("w") ==
                 (std::vector<std::string>{"average.safetensors", "best.safetensors",
                                           "manifest.json", "notes.tmp-4194304-0",
                                           "weights.safetensors", "weights.safetensors.tmp-1-0",
                                           "weights.safetensors.tmp-4194304"}),
             boost::test_tools::per_element());
}

// Residuals are answers too.
BOOST_AUTO_TEST_CASE(a_minimizer_that_has_ended_ends_again) {
  write("m.ebb",
        "use levenberg_marquardt\ninput x\ntarget y\nparam w ~ constant(1)\nr = exp(w * x) - y\n"
        "cost r ^ 2\ndata train {\n  x = values([0, 1, 2])\n  y = values([1, 2, 4])\n}\n"
        "train { optimizer = levenberg_marquardt(r); epochs = 50 }\n");
  const std::vector<std::string> words{"train", "m.ebb", "--quiet", "--precision", "double"};
  const Outcome whole = ebb(with(words, {"--out", "w"}));
  BOOST_TEST(whole.status == 0);
  BOOST_TEST(whole.out.starts_with("ended after "));
  BOOST_TEST(ebb(with(words, {"--resume", "w"})) == whole);
  const std::string weights = read_file(path("w/weights.safetensors"));
  BOOST_TEST(ebb(with(words, {"--resume", "w", "--out", "v", "--threads", "2"})).status == 0);
  BOOST_TEST(read_file(path("v/weights.safetensors")) == weights);
  BOOST_TEST(read_file(path("v/evaluations-1.bin")) == read_file(path("w/evaluations-1.bin")));
  BOOST_TEST(ebb({"replay", "w/manifest.json"}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_minimizer_without_its_answers_is_not_resumed) {
  write("m.ebb",
        "use lbfgs\nparam w ~ constant(1)\ncost (w - 3) ^ 4\n"
        "train { optimizer = lbfgs(); steps = 5 }\n");
  const std::vector<std::string> words{"train", "m.ebb", "--quiet", "--precision", "double"};
  BOOST_TEST(ebb(with(words, {"--out", "w"})).status == 0);
  const auto more = with(words, {"--set", "train.steps=9", "--allow-changed", "--resume", "w"});
  const std::string answers = read_file(path("w/evaluations-1.bin"));
  std::string other = answers;
  ++other[60];
  write("w/evaluations-1.bin", other);
  const std::string hint = "  hint: `--weights` starts it anew from the weights\n";
  BOOST_TEST(ebb(more) == (Outcome{1, "",
                                   "error: w/evaluations-1.bin: damaged: an answer is not what was "
                                   "written\n" +
                                       hint}));
  other = answers;
  ++other[16];
  write("w/evaluations-1.bin", other);
  BOOST_TEST(
      ebb(more) ==
      (Outcome{1, "",
               "error: w/evaluations-1.bin: the minimizer does not ask what it asked before: "
               "it is not deterministic, or the file is damaged\n" +
                   hint}));
  std::filesystem::remove(path("w/evaluations-1.bin"));
  BOOST_TEST(
      ebb(more) ==
      (Outcome{1, "",
               "error: w/weights.safetensors: what lbfgs was answered before is not kept beside "
               "it, so it can not go on\n"
               "  hint: `--weights w/weights.safetensors` starts it anew from the weights\n"}));
  write("w/evaluations-1.bin", answers);
  BOOST_TEST(ebb(more).status == 0);
  BOOST_TEST(read_file(path("w/evaluations-1.bin")).starts_with(answers));
}

BOOST_AUTO_TEST_CASE(another_run_in_the_folder_takes_no_answers_away_before_it_is_saved) {
  write("m.ebb",
        "use lbfgs\nparam w ~ constant(1)\ncost (w - 3) ^ 4\n"
        "train { optimizer = lbfgs(); steps = 5 }\n");
  const std::vector<std::string> words{"train", "m.ebb", "--quiet", "--out", "w"};
  BOOST_TEST(ebb(words).status == 0);
  BOOST_TEST(ebb(with(words, {"--seed", "2"})).status == 0);
  BOOST_TEST(files_of("w") == (std::vector<std::string>{"evaluations-2.bin", "manifest.json",
                                                        "report.html", "weights.safetensors"}),
             boost::test_tools::per_element());
  write("m.ebb",
        "param w ~ constant(1)\ncost (w - 3) ^ 4\ntrain { optimizer = sgd(0.1); steps = 5 }\n");
  BOOST_TEST(ebb(words).status == 0);
  BOOST_TEST(files_of("w") ==
                 (std::vector<std::string>{"manifest.json", "report.html", "weights.safetensors"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(weights_from_elsewhere_are_no_checkpoint) {
  write("m.ebb", long_memory);
  BOOST_TEST(ebb(short_run).status == 0);
  ebb::TensorFile file = ebb::read_safetensors(path("w/weights.safetensors"));
  file.metadata.clear();
  ebb::write_safetensors(path("w/weights.safetensors"), file);
  BOOST_TEST(
      ebb(with(resumed, {"--allow-changed"})) ==
      (Outcome{1, "",
               "error: w/weights.safetensors: it holds weights, but not where their training "
               "stood: `step` is missing\n"
               "  hint: `--weights` starts a new training from them\n"}));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_gone_is_made_again) {
  write("m.ebb", long_memory);
  const Outcome outcome = shell(
      "$EBB train m.ebb --set train.epochs=1000000 --json --out w >log & "
      "until [ -s log ]; do sleep 0.002; done; kill -STOP $!; rm -r w; kill -CONT $!; kill -TERM "
      "$!; wait $!");
  BOOST_TEST(outcome.status == 3);
  BOOST_TEST(std::filesystem::exists(path("w/weights.safetensors")));
}

BOOST_AUTO_TEST_SUITE_END()
