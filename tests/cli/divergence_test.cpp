// Numbers that are no longer finite, wherever they come from: named, and kept out of checkpoints.
#include <boost/test/unit_test.hpp>

#include "graph/run/data/safetensors.hpp"
#include "tests/support/binary.hpp"

using namespace ebb::test;

namespace {

class Diverging : public Binary {
 public:
  Outcome train(const std::string& script, std::vector<std::string> flags = {}) const {
    write("m.ebb", script);
    std::vector<std::string> words{"train", "m.ebb", "--out", "w", "--quiet"};
    words.insert(words.end(), flags.begin(), flags.end());
    return ebb(words);
  }
  // Of the checkpoint that is there; none where there is none.
  std::string saved_step() const {
    if (!std::filesystem::exists(path("w/weights.safetensors"))) return "none";
    return ebb::read_safetensors(path("w/weights.safetensors")).metadata.at("step");
  }
};

// The cost stays finite, and v does not: its gradient is that of sqrt at 0, times 0.
const std::string beside_the_cost =
    "param w ~ constant(1)\nparam v ~ zeros\ncost w * w + where(v > 0, sqrt(v), 0)\n"
    "train { optimizer = sgd(0.1); steps = 300; checkpoint_steps = 10 }\n";

// The last step overflows.
const std::string at_the_end =
    "param s ~ constant(1)\ncost s * s\n"
    "train { optimizer = sgd(where(step > 8, 1e39, 0.1)); steps = 10; checkpoint_steps = 1 }\n";

const std::string at_sqrt =
    "  3 | cost w * w + where(v > 0, sqrt(v), 0)\n    |                           ^^^^\n";
const std::string smaller = "  hint: a smaller learning rate, or weights that start smaller\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(divergence, Diverging)

BOOST_AUTO_TEST_CASE(a_parameter_that_becomes_nan_beside_a_finite_cost_stops_training) {
  BOOST_TEST(train(beside_the_cost) ==
             (Outcome{4, "",
                      "m.ebb:3:27: note: the first number that is not finite is made here: div "
                      "gives nan\n" +
                          at_sqrt +
                          "  hint: operand 1 lies between 0 and 0\n"
                          "  hint: operand 2 lies between 0 and 0\n"
                          "m.ebb:2:7: error: training diverged: the parameter v became NaN in one "
                          "of the steps 1 to 10\n"
                          "  2 | param v ~ zeros\n    |       ^\n" +
                          smaller}));
  BOOST_TEST(saved_step() == "none");
  const std::string said = ebb({"train", "m.ebb", "--out", "w"}).err;
  BOOST_TEST(said.find("step 10, which left a gradient of norm nan\n") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(a_state_that_overflows_stops_training) {
  // v, the mean of the squared gradients, holds no 1e60.
  const Outcome outcome = train(
      "param w ~ constant(1)\ncost 1e30 * w\n"
      "train { optimizer = adam(0.01); steps = 300; checkpoint_steps = 10 }\n");
  BOOST_TEST(outcome.status == 4);
  BOOST_TEST(outcome.err.find("error: training diverged: the state w/v became infinite in one of "
                              "the steps 1 to 10\n") != std::string::npos,
             outcome.err);
}

BOOST_AUTO_TEST_CASE(where_it_goes_on_it_says_so_once_and_keeps_the_checkpoint) {
  write("m.ebb", at_the_end);
  const std::vector<std::string> words{"train", "m.ebb", "--out", "w", "--nan"};
  const auto err = [&](const char* nan) {
    auto all = words;
    all.emplace_back(nan);
    const Outcome outcome = ebb(all);
    BOOST_TEST(outcome.status == 0);
    return outcome.err;
  };
  BOOST_TEST(err("warn") ==
             "warning: training diverged, and goes on: s is infinite in the weights; the last "
             "checkpoint in w is kept\n");
  BOOST_TEST(saved_step() == "9");
  BOOST_TEST(err("ignore") == "");
  BOOST_TEST(saved_step() == "10");
}

BOOST_AUTO_TEST_CASE(who_asks_for_saving_what_is_not_saved_is_told) {
  write("m.ebb",
        "param w ~ constant(1)\nparam v ~ zeros\ncost w * w + where(v > 0, sqrt(v), 0)\n"
        "train { optimizer = sgd(0.1); steps = 1e9; checkpoint_minutes = 0 }\n");
  const Outcome outcome = shell(
      "$EBB train m.ebb --nan warn --json --out w >/dev/null 2>err & "
      "until [ -d w ]; do sleep 0.002; done; "
      "until grep -q 'no checkpoint' err || ! kill -USR1 $!; do sleep 0.01; done; kill -TERM $!; "
      "wait $!; status=$?; grep v err | uniq; exit $status");
  const std::string diverged = "warning: training diverged, and goes on: v is NaN in the weights; ";
  BOOST_TEST(outcome.status == 3);
  BOOST_TEST(outcome.out.find(diverged + "no checkpoint is made of them\n" + diverged +
                              "they are saved all the same\n") != std::string::npos,
             outcome.out);
}

BOOST_AUTO_TEST_CASE(a_last_update_that_spoils_the_weights_keeps_the_checkpoint) {
  const Outcome outcome = train(at_the_end);
  BOOST_TEST(outcome ==
             (Outcome{4, "",
                      "m.ebb:3:41: note: this is inf\n"
                      "  3 | train { optimizer = sgd(where(step > 8, 1e39, 0.1)); steps = 10; "
                      "checkpoint_steps = 1 }\n"
                      "    |                                         ^^^^\n"
                      "m.ebb:1:7: error: training diverged: the parameter s became infinite in "
                      "step 10\n"
                      "  1 | param s ~ constant(1)\n    |       ^\n"
                      "  hint: a number that is finite in this precision\n"}));
  BOOST_TEST(saved_step() == "9");
}

BOOST_AUTO_TEST_CASE(what_is_infinite_from_the_start_is_meant_so) {
  const std::string script =
      "param w ~ constant(1)\nparam dead ~ constant(1e39)\n"
      "cost w * w + exp(0 - dead)\n"
      "train { optimizer = [\"dead\": frozen(), \"*\": sgd(0.1)]; steps = 300 }\n";
  BOOST_TEST(train(script).status == 0);
  BOOST_TEST(saved_step() == "300");
}

BOOST_AUTO_TEST_CASE(data_that_are_not_finite_are_named) {
  write("d.csv", "a,b\n1,2\n2,nan\n3,4\n");
  BOOST_TEST(
      train("use csv\ninput x\ntarget y\nparam w ~ constant(1)\ncost (w * x - y) ^ 2\n"
            "data train {\n  t = csv(\"d.csv\", if_missing = \"nan\")\n  x = t.a\n  y = t.b\n"
            "}\ntrain { optimizer = sgd(0.001); minibatch = 3 }\n") ==
      (Outcome{4, "",
               "m.ebb:9:3: note: the data are not finite: y of data train is nan for sample "
               "1\n  9 |   y = t.b\n    |   ^\n"
               "m.ebb:5:6: error: training diverged: the cost became NaN in step 1\n"
               "  5 | cost (w * x - y) ^ 2\n    |      ^^^^^^^^^^^^^^^\n"
               "  hint: leave such samples out of the data, or put other numbers in their "
               "place\n"}));
}

BOOST_AUTO_TEST_CASE(a_cost_on_validation_that_is_not_finite_is_told_of_once) {
  write("d.csv", "a\n1\nnan\n");
  write("m.ebb",
        "use csv\ninput x\nparam w ~ constant(1)\ncost (w - x) ^ 2\n"
        "data train { x = values([1, 2, 3]) }\n"
        "data validation {\n  t = csv(\"d.csv\", if_missing = \"nan\")\n  x = t.a\n}\n"
        "train { optimizer = sgd(0.1); epochs = 3 }\n");
  const Outcome outcome = ebb({"train", "m.ebb", "--out", "w"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "warning: the cost on data validation is NaN after epoch 1\n");
}

BOOST_AUTO_TEST_CASE(first_values_that_are_not_finite_are_named) {
  BOOST_TEST(train("param w ~ constant(1e39)\nparam u ~ constant(1)\ncost (w * u - 1) ^ 2\n"
                   "train { optimizer = sgd(0.001); steps = 2 }\n") ==
             (Outcome{4, "",
                      "m.ebb:1:7: note: the parameter w holds inf before the update\n"
                      "  1 | param w ~ constant(1e39)\n    |       ^\n"
                      "m.ebb:3:6: error: training diverged: the cost became infinite in step 1\n"
                      "  3 | cost (w * u - 1) ^ 2\n    |      ^^^^^^^^^^^^^^^\n"
                      "  hint: other first values\n"}));
}

BOOST_AUTO_TEST_CASE(a_minimizer_that_can_not_begin_names_the_op) {
  const Outcome outcome = train(
      "use lbfgs\ninput x\nparam w ~ constant(1)\ncost log(w - x)\n"
      "data train { x = values([0, 0.5, 3]) }\ntrain { optimizer = lbfgs() }\n",
      {"--precision", "double"});
  const std::string at = "  4 | cost log(w - x)\n    |      ^^^\n";
  BOOST_TEST(
      outcome ==
      (Outcome{4, "",
               "m.ebb:4:6: note: the first number that is not finite is made here: log gives "
               "nan for sample 2\n" +
                   at +
                   "  hint: operand 1 lies between -2 and -2\n"
                   "m.ebb:4:6: error: the cost is NaN at the first values of the parameters: "
                   "lbfgs can not begin there\n"
                   "  4 | cost log(w - x)\n    |      ^^^^^^^^^^\n"
                   "  hint: other first values\n"}));
}

// exp(100 x) overflows for each sample, and 1 over it is 0.
BOOST_AUTO_TEST_CASE(an_infinity_that_does_no_harm_is_not_blamed) {
  BOOST_TEST(train("input x\nparam w ~ constant(1)\ngate = 1 / (1 + exp(100 * x))\n"
                   "r = sqrt(w - x * 0.1)\ncost (r * gate - 1) ^ 2\n"
                   "data train { x = values([1, 2, 3, 11]) }\n"
                   "train { optimizer = sgd(0.0001); minibatch = 4 }\n") ==
             (Outcome{4, "",
                      "m.ebb:4:5: note: the first number that is not finite is made here: sqrt "
                      "gives nan for sample 3\n  4 | r = sqrt(w - x * 0.1)\n    |     ^^^^\n"
                      "  hint: operand 1 lies between -0.1 and -0.1\n"
                      "m.ebb:5:6: error: training diverged: the cost became NaN in step 1\n"
                      "  5 | cost (r * gate - 1) ^ 2\n    |      ^^^^^^^^^^^^^^^^^^\n" +
                          smaller}));
}

// w falls to 0 in about a hundred thousand updates.
BOOST_AUTO_TEST_CASE(a_script_that_is_edited_meanwhile_hides_no_divergence) {
  write("m.ebb",
        "param w ~ constant(1)\ncost log(w)\n"
        "train { optimizer = sgd(5e-6); steps = 1e9; checkpoint_steps = 1000 }\n");
  const Outcome outcome = shell(
      "$EBB train m.ebb --out w >log & until [ -s w/weights.safetensors ]; do sleep 0.002; done; "
      "echo 'param w ~ oops(' >m.ebb; wait $!");
  BOOST_TEST(outcome.status == 4);
  BOOST_TEST(outcome.err.find("m.ebb:2:6: note: the first number that is not finite is made here: "
                              "log gives ") != std::string::npos,
             outcome.err);
}

BOOST_AUTO_TEST_CASE(where_data_change_meanwhile_nothing_is_blamed) {
  write("m.ebb",
        "use csv\ninput x\nparam w ~ constant(1)\ncost log(w) + 0 * x\n"
        "data train { t = csv(\"d.csv\"); x = t.a }\n"
        "train { optimizer = sgd(5e-6); epochs = 1e9; checkpoint_steps = 1000 }\n");
  for (const auto& [change, why] : {std::pair{"echo 3 >>d.csv", "data train has changed"},
                                    {"rm d.csv", "its data can no longer be read"}}) {
    write("d.csv", "a\n1\n2\n");
    const Outcome outcome = shell(
        "rm -rf w; $EBB train m.ebb --no-report --json --out w >log & until [ -s "
        "w/weights.safetensors ]; do sleep 0.002; done; " +
        std::string(change) + "; wait $!");
    BOOST_TEST(outcome.status == 4);
    BOOST_TEST(outcome.err.find("note: what made the first number that is not finite can no longer "
                                "be found: " +
                                std::string(why) + "\n") != std::string::npos,
               outcome.err);
    BOOST_TEST(outcome.err.find("error: training diverged: ") != std::string::npos, outcome.err);
  }
}

BOOST_AUTO_TEST_SUITE_END()
