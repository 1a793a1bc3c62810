#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/binary.hpp"

using namespace ebb::test;
using Json = nlohmann::ordered_json;

BOOST_FIXTURE_TEST_SUITE(ops, Binary)

BOOST_AUTO_TEST_CASE(a_name_shows_the_whole_record) {
  const Outcome record = ebb({"ops", "sigmoid"});
  BOOST_TEST(record == (Outcome{0,
                                R"(sigmoid(x)    op, activations
  The logistic function 1 / (1 + exp(-x)), element by element.

  x           real
  shapes      any, element by element
  range       (0, 1)
  formula     y = σ(x)
  ∂/∂x        g ⊙ σ′(x)
  derivative  sigmoid': The derivative of sigmoid: sigmoid(x) .* (1 -
              sigmoid(x)), element by element.
  example     sigmoid([0, 1]) gives [0.5, 0.7310586]
  from        ops
)",
                                ""}));
  BOOST_TEST(ebb({"help", "sigmoid"}) == record);
}

BOOST_AUTO_TEST_CASE(an_optimizer_shows_its_rule) {
  BOOST_TEST(ebb({"ops", "momentum"}) ==
             (Outcome{0, R"(momentum(w, g; eta = 0.01, mu = 0.9)    optimizer
  Gradient descent with momentum (the heavy ball): v is a velocity that mu keeps
  and the gradient turns. Polyak, "Some methods of speeding up the convergence
  of iteration methods" (1964).

optimizer momentum(w, g; eta = 0.01, mu = 0.9) {
  state v = zeros
  v' = mu * v - eta * g
  w' = w + v'
}
)",
                      ""}));
}

BOOST_AUTO_TEST_CASE(every_kind_is_listed_once_and_documented) {
  const Outcome outcome = ebb({"ops", "--json"});
  BOOST_TEST(outcome.status == 0);
  std::set<std::string> kinds;
  std::set<std::pair<std::string, std::string>> names;
  for (const std::string& line : lines_of(outcome.out)) {
    const Json entry = Json::parse(line);
    kinds.insert(entry["kind"]);
    BOOST_TEST(names.emplace(entry["kind"], entry["name"]).second);
    BOOST_TEST(entry["doc"] != "", entry["name"] << " is documented");
  }
  BOOST_TEST(
      kinds == (std::set<std::string>{"cost", "function", "initializer", "layer", "metric", "op",
                                      "optimizer", "schedule", "source", "training key"}),
      boost::test_tools::per_element());
  for (const auto& [kind, name] :
       std::set<std::pair<std::string, std::string>>{{"op", "matmul"},
                                                     {"op", "dropout"},
                                                     {"initializer", "glorot"},
                                                     {"function", "checkpoint"},
                                                     {"cost", "quadratic"},
                                                     {"metric", "accuracy"},
                                                     {"layer", "dense"},
                                                     {"function", "residual"},
                                                     {"function", "grad"},
                                                     {"optimizer", "adam"},
                                                     {"source", "digits"},
                                                     {"training key", "minibatch"}})
    BOOST_TEST(names.contains({kind, name}), kind << " " << name << " is listed");
}

BOOST_AUTO_TEST_CASE(people_read_a_heading_per_kind) {
  const Outcome outcome = ebb({"ops"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  std::vector<std::string> headings;
  for (const std::string& line : lines_of(outcome.out))
    if (!line.empty() && line[0] != ' ') headings.push_back(line);
  BOOST_TEST(headings == (std::vector<std::string>{"ops: structure",
                                                   "ops: indexing",
                                                   "ops: shape",
                                                   "ops: arithmetic",
                                                   "ops: elementary functions",
                                                   "ops: trigonometry",
                                                   "ops: rounding",
                                                   "ops: special functions",
                                                   "ops: activations",
                                                   "ops: softmax",
                                                   "ops: reductions",
                                                   "ops: linear algebra",
                                                   "ops: comparison",
                                                   "ops: differentiation",
                                                   "ops: random",
                                                   "ops: convolution",
                                                   "ops: pooling",
                                                   "initializers",
                                                   "costs",
                                                   "metrics",
                                                   "schedules",
                                                   "layers",
                                                   "functions",
                                                   "optimizers",
                                                   "sources",
                                                   "training keys",
                                                   "`ebb ops NAME` shows one of them whole."}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_unknown_name_gets_the_nearest) {
  BOOST_TEST(
      ebb({"ops", "sigmod"}) ==
      (Outcome{1, "",
               "error: nothing is registered as `sigmod`\n  hint: did you mean `sigmoid`?\n"}));
  BOOST_TEST(ebb({"ops", "frobnicate"}) ==
             (Outcome{1, "",
                      "error: nothing is registered as `frobnicate`\n  hint: `ebb ops` lists what "
                      "is\n"}));
}

BOOST_AUTO_TEST_SUITE_END()
