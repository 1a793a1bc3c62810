#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "graph/run/data/safetensors.hpp"
#include "tests/support/binary.hpp"

using namespace ebb::test;
using Json = nlohmann::ordered_json;

BOOST_FIXTURE_TEST_SUITE(train, Binary)

namespace {

// A line through four points, fitted by least squares.
const std::string line = R"(option eta = 0.1 "learning rate"
input  x
target y
param w ~ zeros
param b ~ zeros
a = w * x + b
output a
cost   quadratic(a, y)
data train {
  x = values([0, 1, 2, 3])
  y = values([1, 3, 5, 7])
}
data test {
  x = values([4])
  y = values([9])
}
train {
  optimizer = sgd(eta)
  minibatch = 2
  epochs    = 3
}
)";

std::vector<Json> objects(const Outcome& outcome) {
  std::vector<Json> result;
  for (const std::string& text : lines_of(outcome.out)) result.push_back(Json::parse(text));
  return result;
}

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

using Names = std::vector<std::string>;
const Names measured{"learning_rate", "weight_norm", "gradient_norm", "norms"};

}  // namespace

BOOST_AUTO_TEST_CASE(json_has_a_line_per_epoch_and_one_at_the_end) {
  write("line.ebb", line);
  const Outcome outcome = ebb({"train", "line.ebb", "--out", "w", "--json"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  const auto printed = objects(outcome);
  BOOST_REQUIRE(printed.size() == 4u);
  for (std::size_t i = 0; i < 3; ++i) {
    const Json& epoch = printed[i];
    Names expected{"event", "epoch", "cost", "test"};
    // The first epoch and the last one are measured.
    if (i != 1) expected.insert(expected.end(), measured.begin(), measured.end());
    expected.insert(expected.end(), {"seconds", "samples_per_second"});
    BOOST_TEST(keys(epoch) == expected, boost::test_tools::per_element());
    BOOST_TEST(epoch["event"] == "epoch");
    BOOST_TEST(epoch["epoch"] == i + 1);
    BOOST_TEST(keys(epoch["test"]) == Names{"cost"}, boost::test_tools::per_element());
  }
  BOOST_TEST(printed[2]["cost"].get<double>() < printed[0]["cost"].get<double>());
  const Json& done = printed[3];
  BOOST_TEST(keys(done) == (Names{"event", "weights", "steps", "epochs", "cost"}),
             boost::test_tools::per_element());
  BOOST_TEST(done["event"] == "done");
  BOOST_TEST(done["weights"] == "w/weights.safetensors");
  BOOST_TEST(done["steps"] == 6);
  BOOST_TEST(done["epochs"] == 3);
}

BOOST_AUTO_TEST_CASE(weights_hold_the_parameters_and_how_they_came_about) {
  write("line.ebb", line);
  BOOST_TEST(ebb({"train", "line.ebb", "--out", "w", "--seed", "7", "--set",
                  "train.optimizer=momentum(0.01)"})
                 .status == 0);
  const ebb::TensorFile file = ebb::read_safetensors(path("w/weights.safetensors"));
  Names names;
  for (const auto& [name, array] : file.tensors) names.push_back(name);
  BOOST_TEST(names == (Names{"w", "b", "w/v", "b/v"}), boost::test_tools::per_element());
  BOOST_TEST(file.metadata.at("step") == "6");
  BOOST_TEST(file.metadata.at("epoch") == "3");
  BOOST_TEST(file.metadata.at("seed") == "7");
  BOOST_TEST(file.metadata.at("precision") == "float");
  BOOST_TEST(file.metadata.at("ebb") == "0.1.0");
  BOOST_TEST(!std::filesystem::exists(path("w/best.safetensors")));
}

BOOST_AUTO_TEST_CASE(metrics_on_training_samples_are_in_the_epochs_lines) {
  write("line.ebb", line + "metric off = abs(a - y)\n");
  const auto printed = objects(ebb({"train", "line.ebb", "--out", "w", "--json"}));
  BOOST_REQUIRE(printed.size() == 4u);
  BOOST_TEST(keys(printed[1]) == (Names{"event", "epoch", "cost", "train", "test", "seconds",
                                        "samples_per_second"}),
             boost::test_tools::per_element());
  BOOST_TEST(keys(printed[1]["train"]) == Names{"off"}, boost::test_tools::per_element());
  const auto tested = objects(
      ebb({"test", "line.ebb", "--weights", "w/weights.safetensors", "--on", "train", "--json"}));
  BOOST_REQUIRE(tested.size() == 1u);
  BOOST_TEST(printed[2]["train"]["off"].get<double>() == tested[0]["off"].get<double>(),
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(the_best_weights_on_validation_are_kept) {
  write("line.ebb", line + "data validation {\n  x = values([5])\n  y = values([11])\n}\n");
  const Outcome outcome = ebb({"train", "line.ebb", "--out", "w"});
  BOOST_TEST(outcome.status == 0);
  const auto lines = lines_of(outcome.out);
  BOOST_REQUIRE(lines.size() == 5u);
  BOOST_TEST(lines[0].ends_with("  best"));
  BOOST_TEST(lines[3] == "weights: w/weights.safetensors");
  BOOST_TEST(lines[4] == "best on validation: w/best.safetensors");
  BOOST_TEST(std::filesystem::exists(path("w/best.safetensors")));
}

BOOST_AUTO_TEST_CASE(averaged_weights_are_evaluated_and_kept_beside_the_others) {
  write("line.ebb", line);
  const std::vector<std::string> words{"train", "line.ebb", "--out",
                                       "w",     "--set",    "train.average=0.5"};
  auto with_json = words;
  with_json.push_back("--json");
  const auto printed = objects(ebb(with_json));
  BOOST_REQUIRE(printed.size() == 4u);
  BOOST_TEST(keys(printed[1]) == (Names{"event", "epoch", "cost", "test", "average", "seconds",
                                        "samples_per_second"}),
             boost::test_tools::per_element());
  BOOST_TEST(keys(printed[2]["average"]) == Names{"test"}, boost::test_tools::per_element());
  BOOST_TEST(printed[2]["average"]["test"] != printed[2]["test"]);
  BOOST_TEST(printed[3]["average"] == "w/average.safetensors");
  for (const auto& [file, evaluation] :
       {std::pair{"weights", printed[2]["test"]}, {"average", printed[2]["average"]["test"]}}) {
    const auto tested = objects(ebb(
        {"test", "line.ebb", "--weights", "w/" + std::string(file) + ".safetensors", "--json"}));
    BOOST_REQUIRE(tested.size() == 1u);
    BOOST_TEST(tested[0]["cost"] == evaluation["cost"]);
  }
  Names names;
  for (const auto& [name, array] : ebb::read_safetensors(path("w/average.safetensors")).tensors)
    names.push_back(name);
  BOOST_TEST(names == (Names{"w", "b"}), boost::test_tools::per_element());
  const auto lines = lines_of(ebb(words).out);
  BOOST_REQUIRE(lines.size() == 5u);
  BOOST_TEST(lines[0].find("  test, averaged: cost ") != std::string::npos);
  BOOST_TEST(lines[4] == "averaged weights: w/average.safetensors");
}

BOOST_AUTO_TEST_CASE(people_read_a_line_per_epoch) {
  write("line.ebb", line);
  const Outcome outcome = ebb({"train", "line.ebb"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  const auto lines = lines_of(outcome.out);
  BOOST_REQUIRE(lines.size() == 4u);
  BOOST_TEST(lines[0].starts_with("epoch 1  cost "));
  BOOST_TEST(lines[0].find("  test: cost ") != std::string::npos);
  BOOST_TEST(lines[0].ends_with(" samples/s)"));
  BOOST_TEST(lines[3] == "weights: out/line/weights.safetensors");
}

BOOST_AUTO_TEST_CASE(quiet_prints_the_result_alone) {
  write("line.ebb", line);
  BOOST_TEST(ebb({"train", "line.ebb", "--quiet"}) ==
             (Outcome{0, "weights: out/line/weights.safetensors\n", ""}));
}

BOOST_AUTO_TEST_CASE(training_goes_on_from_given_weights) {
  write("line.ebb", line);
  BOOST_TEST(ebb({"train", "line.ebb", "--out", "first"}).status == 0);
  const auto printed =
      objects(ebb({"train", "line.ebb", "--weights", "first/weights.safetensors", "--json"}));
  const auto afresh = objects(ebb({"train", "line.ebb", "--json"}));
  BOOST_TEST(printed[0]["cost"].get<double>() < afresh[0]["cost"].get<double>());
}

BOOST_AUTO_TEST_CASE(the_seed_alone_decides_the_result) {
  write("line.ebb", line);
  const auto weights = [&](const char* seed, const char* folder) {
    ebb({"train", "line.ebb", "--seed", seed, "--out", folder});
    return read_file(path(folder) / "weights.safetensors");
  };
  const std::string first = weights("1", "a");
  BOOST_TEST(first != "");
  BOOST_TEST((weights("1", "b") == first));
  BOOST_TEST((weights("2", "c") != first));
}

BOOST_AUTO_TEST_CASE(a_diverging_run_exits_with_4) {
  write("line.ebb", line);
  const Outcome outcome = ebb({"train", "line.ebb", "--eta", "1e20", "--quiet"});
  // The op that is to blame is part of the error, which --quiet does not silence.
  BOOST_TEST(outcome ==
             (Outcome{4, "",
                      "std/costs.ebb:5:41: note: the first number that is not finite is made here: "
                      "power gives inf for sample 0\n"
                      "  5 | def quadratic(a, y) = 0.5 * sum((a - y) .^ 2)\n"
                      "    |                                         ^^\n"
                      "  hint: operand 1 lies between 6e+20 and 6e+20\n"
                      "line.ebb:8:8: error: training diverged: the cost became infinite in step 2\n"
                      "  8 | cost   quadratic(a, y)\n    |        ^^^^^^^^^^^^^^^\n"
                      "  hint: a smaller learning rate, or weights that start smaller\n"}));
}

BOOST_AUTO_TEST_CASE(the_first_number_that_is_not_finite_is_traced) {
  write("m.ebb", R"(input  x
param w ~ constant(1)
e = exp(w * x)
r = log(4 - e)
cost r ^ 2
data train {
  x = values([0, 0.5, 1, 1.5, 0.2, 0.1])
}
train {
  optimizer = sgd(0)
  minibatch = 2
}
)");
  const std::string place = "  4 | r = log(4 - e)\n    |     ^^^\n";
  const std::string warning =
      "m.ebb:4:5: warning[W0002]: log is defined on (0, inf), but 4 - e lies in (-inf, 4)\n" +
      place + "  hint: `clamp(..., lower = 1e-6)` keeps it inside\n";
  BOOST_TEST(ebb({"train", "m.ebb", "--seed", "3"}) ==
             (Outcome{4, "",
                      warning +
                          "m.ebb:4:5: note: the first number that is not finite is made here: log "
                          "gives nan for sample 3\n" +
                          place +
                          "  hint: operand 1 lies between -0.4817 and -0.4817\n"
                          "m.ebb:5:6: error: training diverged: the cost became NaN in step 1\n"
                          "  5 | cost r ^ 2\n    |      ^^^^^\n"
                          "  hint: a smaller learning rate, or weights that start smaller\n"}));
  BOOST_TEST(ebb({"train", "m.ebb", "--seed", "3", "--nan", "ignore"}).err == warning);
  BOOST_TEST(
      ebb({"train", "m.ebb", "--seed", "3", "--nan", "warn"}).err ==
      warning +
          "warning: training diverged, and goes on: the cost is no longer finite in epoch 1\n"
          "warning: training diverged, and goes on: w is NaN in the weights; they are saved all "
          "the "
          "same\n");
  BOOST_TEST(ebb({"train", "m.ebb", "--nan", "no"}).status == 2);
}

BOOST_AUTO_TEST_CASE(a_signal_saves_and_exits_with_3) {
  write("line.ebb", line);
  for (const std::string signal : {"INT", "TERM", "HUP"}) {
    // The first line says that training is under way.
    const Outcome outcome =
        shell("$EBB train line.ebb --set train.epochs=1000000000 --json --out " + signal + " >" +
              signal + ".log & until [ -s " + signal + ".log ]; do sleep 0.02; done; kill -" +
              signal + " $!; wait $!; status=$?; tail -n 1 " + signal + ".log; exit $status");
    BOOST_TEST(outcome.status == 3);
    BOOST_TEST(outcome.err == "");
    const Json stopped = Json::parse(outcome.out);
    BOOST_TEST(stopped["event"] == "stopped");
    BOOST_TEST(stopped["weights"] == signal + "/weights.safetensors");
    BOOST_TEST(ebb({"test", "line.ebb", "--weights", signal + "/weights.safetensors"}).status == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_it_at_once) {
  // A step takes some seconds, whose end the first signal waits for.
  write("endless.ebb",
        "param w[3000, 3000] ~ glorot\ncost sum((w * w * w) .^ 2)\n"
        "train { optimizer = sgd(1e-9); steps = 1000000 }\n");
  const struct {
    std::string first, second;
    int status;
  } all[] = {{"TERM", "TERM", 128 + SIGTERM},
             {"INT", "INT", 128 + SIGINT},
             {"INT", "TERM", 128 + SIGTERM},
             {"TERM", "INT", 128 + SIGINT},
             {"HUP", "TERM", 128 + SIGTERM}};
  for (const auto& [first, second, status] : all) {
    // Once SIGTERM, the fifteenth, is caught.
    const Outcome outcome = shell(
        "$EBB train endless.ebb --quiet --out w & "
        "until grep -q 'SigCgt:.*[4-7c-f]...$' /proc/$!/status; do sleep 0.01; done; sleep 0.3; "
        "kill -" +
        first + " $!; sleep 0.3; kill -" + second +
        " $! && echo 'still alive'; wait $!; status=$?; "
        // Nor does what it ran in the background go on.
        "for i in $(seq 100); do grep -qsz '^endless.ebb$' /proc/[0-9]*/cmdline || break; "
        "sleep 0.05; done; [ $i -lt 100 ] && echo 'all gone'; exit $status");
    BOOST_TEST_CONTEXT(first << ", " << second) {
      BOOST_TEST(outcome.out == "still alive\nall gone\n");
      BOOST_TEST(outcome.status == status);
      BOOST_TEST(std::filesystem::is_empty(path("w")));
    }
  }
}

BOOST_AUTO_TEST_CASE(two_signals_at_once_are_one_request) {
  write("f.ebb",
        "param w ~ constant(1)\ncost w * w\ntrain { optimizer = sgd(1e-9); steps = 1e9 }\n");
  for (const char* pair : {"kill -TERM $!; kill -TERM $!", "kill -TERM $!; kill -INT $!",
                           "kill -HUP $!; sleep 0.005; kill -TERM $!"}) {
    const Outcome outcome = shell(
        "rm -f log; $EBB train f.ebb --json --out w >log & until [ -s log ]; do sleep 0.002; "
        "done; " +
        std::string(pair) + "; wait $!");
    BOOST_TEST(outcome == (Outcome{3, "", ""}), pair);
    BOOST_TEST(std::filesystem::remove(path("w/weights.safetensors")), pair);
  }
}

BOOST_AUTO_TEST_CASE(a_script_from_a_pipe_is_trained) {
  write("line.ebb", line);
  BOOST_TEST(shell("cat line.ebb | $EBB train /dev/stdin --out w --quiet") ==
             (Outcome{0, "weights: w/weights.safetensors\n", ""}));
  BOOST_TEST(ebb({"train", "line.ebb", "--out", "v", "--quiet"}).status == 0);
  BOOST_TEST(read_file(path("w/weights.safetensors")) == read_file(path("v/weights.safetensors")));
  BOOST_TEST(shell("cat line.ebb | $EBB test /dev/stdin --weights w/weights.safetensors "
                   "--quiet")
                 .status == 0);
}

BOOST_AUTO_TEST_CASE(programs_get_notes_warnings_and_every_error_as_lines) {
  BOOST_TEST(ebb({"train", "none.ebb", "--json"}) ==
             (Outcome{1,
                      R"({"event":"error","message":"cannot read none.ebb: No such file or )"
                      R"(directory","at":null,"hints":[]})"
                      "\n",
                      "error: cannot read none.ebb: No such file or directory\n"}));
  write("wrong.ebb", "input x[2]\na = sigmod(x)\noutput a\n");
  const auto wrong = objects(ebb({"train", "wrong.ebb", "--json"}));
  BOOST_REQUIRE(wrong.size() == 2u);
  BOOST_TEST(wrong[0]["event"] == "note");
  BOOST_TEST(wrong[0]["message"] == "`ebb check wrong.ebb --fix` mends it");
  BOOST_TEST(wrong[1]["event"] == "error");
  BOOST_TEST(wrong[1]["message"] == "unknown name `sigmod`");
  BOOST_TEST(wrong[1]["at"]["line"] == 2);
  write("f.ebb", "param w ~ constant(1)\ncost w * w\ntrain { optimizer = sgd(1e30); steps = 3 }\n");
  const auto lines = lines_of(ebb({"train", "f.ebb", "--json", "--nan", "warn"}).out);
  BOOST_TEST(std::ranges::count(
                 lines, R"({"event":"warning","message":"training diverged, and goes on: )"
                        R"(the cost is no longer finite in step 2","at":null,"hints":[]})") == 1);
  BOOST_TEST(Json::parse(lines.back())["event"] == "done");
}

BOOST_AUTO_TEST_CASE(every_error_of_a_script_is_reported) {
  write("wrong.ebb", "input x[2]\na = sigmod(x)\nb = y\noutput a\n");
  const Outcome outcome = ebb({"train", "wrong.ebb"});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(outcome.err.find("wrong.ebb:2:5: error[") != std::string::npos);
  BOOST_TEST(outcome.err.find("wrong.ebb:3:5: error[") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_made_is_wrong_input) {
  write("line.ebb", line);
  write("file", "");
  BOOST_TEST(ebb({"train", "line.ebb", "--out", "file/w"}) ==
             (Outcome{1, "", "error: cannot make the folder file/w: Not a directory\n"}));
}

BOOST_AUTO_TEST_SUITE_END()
