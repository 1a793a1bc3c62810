#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;
using Json = nlohmann::ordered_json;

namespace {

// w follows the samples, whose mean is 2.5, by steps of eta times the distance.
std::string follower(const std::string& eta, const std::string& epochs) {
  return "input x\nparam w ~ constant(1)\ncost 0.5 * (w - x) ^ 2\ndata train {\n"
         "  x = values([1, 2, 3, 4])\n}\ntrain {\n  optimizer = sgd(" +
         eta + ")\n  epochs = " + epochs + "\n  minibatch = 4\n}\n";
}

// Two matrices in a row, with something between them.
std::string two_matrices(const std::string& between) {
  return "input x[2]\nparam v[2, 2] ~ constant(0.5)\nparam w[2, 2] ~ constant(0.25)\n"
         "h = v * x\ng = " +
         between +
         "\ncost sum((w * g - x) .^ 2)\ndata train {\n  x = values([[1, 2], [3, 4]])\n}\n"
         "train {\n  optimizer = sgd(0.001)\n  epochs = 2\n}\n";
}

const std::string same =
    "  hint: units that give the same for every sample pass no gradient on; weights that start "
    "smaller, or a smaller learning rate, may help\n";

class Watching : public Binary {
 public:
  Outcome train(const std::string& script, std::vector<std::string> flags = {}) const {
    write("m.ebb", script);
    std::vector<std::string> words{"train", "m.ebb", "--precision", "double"};
    words.insert(words.end(), flags.begin(), flags.end());
    return ebb(words);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(watch, Watching)

BOOST_AUTO_TEST_CASE(a_training_that_goes_well_is_not_warned_of) {
  BOOST_TEST(train(follower("0.5", "60")).err == "");
  BOOST_TEST(train(two_matrices("h")).err == "");
}

BOOST_AUTO_TEST_CASE(a_cost_that_explodes_is_told_of_once) {
  // The distance to the mean grows by -2 an epoch, from 1.5; the cost is that of the samples' own
  // spread, 0.625, and half its square.
  const std::string warning =
      "m.ebb:3:6: warning: the cost has risen from 1.75 in epoch 1 to 18.62 in epoch 3\n"
      "  3 | cost 0.5 * (w - x) ^ 2\n    |      ^^^^^^^^^^^^^^^^^\n"
      "  hint: a smaller learning rate may help; it is 3 now\n";
  BOOST_TEST(train(follower("3", "9")).err == warning);
  BOOST_TEST(train(follower("3", "9"), {"--quiet"}).err == "");
}

BOOST_AUTO_TEST_CASE(programs_get_warnings_as_events) {
  const Outcome outcome = train(follower("3", "3"), {"--json"});
  const auto lines = lines_of(outcome.out);
  BOOST_REQUIRE(lines.size() == 5u);
  BOOST_TEST(lines[3] ==
             R"({"event":"warning","kind":"cost","epoch":3,"message":"the cost has risen from )"
             R"(1.75 in epoch 1 to 18.62 in epoch 3","hints":["a smaller learning rate may help; )"
             R"(it is 3 now"]})");
}

BOOST_AUTO_TEST_CASE(programs_get_norms_and_the_learning_rate) {
  const Outcome outcome = train(follower("0.5", "1"), {"--json"});
  Json epoch = Json::parse(lines_of(outcome.out).at(0));
  for (const char* changing : {"seconds", "samples_per_second"}) epoch.erase(changing);
  // w goes from 1 to 1.75, which is 0.75 from the mean.
  BOOST_TEST(epoch.dump() ==
             R"({"event":"epoch","epoch":1,"cost":1.75,"learning_rate":0.5,"weight_norm":1.75,)"
             R"("gradient_norm":0.75,"norms":{"w":{"weights":1.75,"gradient":0.75}}})");
}

BOOST_AUTO_TEST_CASE(a_gradient_that_grows_is_told_of) {
  const Outcome outcome = train(follower("3", "12"));
  BOOST_TEST(outcome.err.find("m.ebb:3:6: warning: the norm of the gradient has grown from 3 in "
                              "epoch 1 to 6144 in epoch 12\n") != std::string::npos,
             outcome.err);
}

BOOST_AUTO_TEST_CASE(weights_that_grow_are_told_of) {
  const Outcome outcome = train(follower("3", "14"));
  BOOST_TEST(outcome.err.find("m.ebb:3:6: warning: the norm of the weights has grown from ") !=
                 std::string::npos,
             outcome.err);
}

BOOST_AUTO_TEST_CASE(a_matrix_whose_gradient_has_vanished_is_named) {
  BOOST_TEST(train(two_matrices("0.00000001 * h + 1")).err ==
             "m.ebb:2:7: warning: an entry of the gradient of v is 1.5e-08 of one of w: it hardly "
             "learns\n"
             "  2 | param v[2, 2] ~ constant(0.5)\n    |       ^\n"
             "  hint: another activation, another first scale of the weights, or a normalisation "
             "between the layers may help\n");
}

BOOST_AUTO_TEST_CASE(a_matrix_that_does_not_learn_is_named) {
  BOOST_TEST(train(two_matrices("relu(h - 100) + 1")).err ==
             "m.ebb:2:7: warning: the gradient of v is 0: it does not learn\n"
             "  2 | param v[2, 2] ~ constant(0.5)\n    |       ^\n" +
                 same);
}

BOOST_AUTO_TEST_CASE(a_training_in_which_nothing_learns_is_told_of) {
  BOOST_TEST(
      train("input x[2]\nparam w[2, 2] ~ constant(-1)\ncost sum((relu(w * x) - x) .^ 2)\n"
            "data train {\n  x = values([[1, 2], [3, 4]])\n}\n"
            "train {\n  optimizer = sgd(0.1)\n  epochs = 2\n}\n")
          .err ==
      "m.ebb:3:6: warning: the gradient of every matrix of weights is 0: none of them learns\n"
      "  3 | cost sum((relu(w * x) - x) .^ 2)\n    |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n" +
          same);
}

BOOST_AUTO_TEST_CASE(before_a_cost_that_is_not_finite_its_history_is_told) {
  const Outcome outcome = train(follower("1e80", "9"));
  BOOST_TEST(outcome.status == 4);
  const std::string place = "  3 | cost 0.5 * (w - x) ^ 2\n    |      ^^^^^^^^^^^^^^^^^\n";
  BOOST_TEST(
      outcome.err ==
      "m.ebb:3:6: warning: the cost has risen from 1.75 in epoch 1 to 1.125e+160 in epoch 2\n" +
          place +
          "  hint: a smaller learning rate may help; it is 1e+80 now\n"
          "note: before, the cost was 1.75 in epoch 1, which left a gradient of norm 1.5e+80; "
          "1.125e+160 in epoch 2\n"
          "m.ebb:3:20: note: the first number that is not finite is made here: power gives inf\n"
          "  3 | cost 0.5 * (w - x) ^ 2\n    |                    ^\n"
          "  hint: operand 1 lies between -1.5e+160 and -1.5e+160\n"
          "m.ebb:3:6: error: training diverged: the cost became infinite in step 3\n" +
          place + "  hint: a smaller learning rate, or weights that start smaller\n");
}

BOOST_AUTO_TEST_CASE(programs_get_an_error_as_the_last_event) {
  const Outcome outcome = train(follower("1e80", "9"), {"--json"});
  BOOST_TEST(outcome.status == 4);
  const auto lines = lines_of(outcome.out);
  BOOST_REQUIRE(lines.size() == 5u);
  const std::string place = R"("at":{"file":"m.ebb","line":3,"column":)";
  BOOST_TEST(lines[4] ==
             R"({"event":"error","message":"training diverged: the cost became infinite in )"
             R"(step 3",)" +
                 place +
                 R"(6,"end_line":3,"end_column":23},"hints":["a smaller learning rate, or weights )"
                 R"(that start smaller"],"steps":3,"epochs":2,"origin":{"message":"the first )"
                 R"(number that is not finite is made here: power gives inf",)" +
                 place +
                 R"(20,"end_line":3,"end_column":21},"hints":["operand 1 lies between -1.5e+160 )"
                 R"(and -1.5e+160"]}})");
}

// One sample is measured at a time, and the first has no gradient.
BOOST_AUTO_TEST_CASE(a_sample_without_a_gradient_proves_nothing) {
  BOOST_TEST(train("input x[2]\ntarget y\nparam w[1, 2] ~ constant(0.5)\n"
                   "param v[1, 1] ~ constant(0.5)\na = v * (w * x) + 1\ncost (sum(a) - y) ^ 2\n"
                   "data train {\n  x = values([[0, 0], [3, 4]])\n  y = values([1.5, 2])\n}\n"
                   "train {\n  optimizer = sgd(0.0001)\n  epochs = 2000\n  minibatch = 1\n}\n")
                 .err == "");
}

// Of an epoch that is not over, the last step is known.
BOOST_AUTO_TEST_CASE(within_the_first_epoch_the_cost_of_the_step_before_is_told) {
  const Outcome outcome = train(follower("1e80", "9"), {"--set", "train.minibatch=1"});
  BOOST_TEST(outcome.status == 4);
  BOOST_TEST(outcome.err.starts_with("note: before, the cost was "), outcome.err);
  BOOST_TEST(outcome.err.find("e+160 in step 2\n") != std::string::npos, outcome.err);
}

BOOST_AUTO_TEST_SUITE_END()
