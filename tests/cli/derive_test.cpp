#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/binary.hpp"
#include "tests/support/sanitized.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(derive, Binary)

namespace {

std::string golden(const std::string& name) {
  return read_file(std::filesystem::path(EBB_SOURCE_DIR) / "tests/golden/derive" / name);
}

std::string digits_with(const std::string& cost) {
  std::string text = read_file(example("digits.ebb"));
  const std::string quadratic = "quadratic(a, y)";
  return text.replace(text.find(quadratic), quadratic.size(), cost);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_equations_of_backpropagation_for_the_digit_classifier) {
  BOOST_TEST(ebb({"derive", example("digits.ebb")}) == (Outcome{0, golden("digits.txt"), ""}));
}

BOOST_AUTO_TEST_CASE(another_cost_changes_the_output_error_alone) {
  write("digits.ebb", digits_with("cross_entropy(a, y)"));
  const Outcome outcome = ebb({"derive", "digits.ebb"});
  BOOST_TEST(outcome == (Outcome{0, golden("digits_cross_entropy.txt"), ""}));
  const auto before = lines_of(golden("digits.txt")), after = lines_of(outcome.out);
  BOOST_REQUIRE(before.size() == after.size());
  std::vector<std::string> changed;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i] != after[i]) changed.push_back(before[i]);
  BOOST_REQUIRE(changed.size() == 1u);
  BOOST_TEST(changed[0].starts_with("  a[1].δ = ∂C/∂a[1].z = (a[1] - y) ⊙ σ′(a[1].z)"), changed[0]);
}

BOOST_AUTO_TEST_CASE(rules_with_states_show_them_and_hyperparameters_by_name) {
  BOOST_TEST(ebb({"derive", example("delta_rule.ebb"), "--set", "train.optimizer=adam()"}) ==
             (Outcome{0, golden("delta_rule_adam.txt"), ""}));
}

BOOST_AUTO_TEST_CASE(every_rule_of_the_library_has_verified_equations) {
  const std::filesystem::path folder(EBB_SOURCE_DIR "/plugins/optimizers");
  int rules = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".ebb") continue;
    const std::string name = file.path().stem().string();
    const bool wrapper = read_file(file.path()).find("(w, g; inner, ") != std::string::npos;
    const std::string rule = name + (wrapper ? "(momentum(0.1))" : "()");
    const Outcome outcome =
        ebb({"derive", example("delta_rule.ebb"), "--set", "train.optimizer=" + rule});
    BOOST_TEST(outcome.status == 0, rule << "\n" << outcome);
    BOOST_TEST(outcome.err == "");
    BOOST_TEST(outcome.out.find("w′ = ") != std::string::npos);
    ++rules;
  }
  BOOST_TEST(rules >= 19);
}

BOOST_AUTO_TEST_CASE(a_program_reads_one_equation_a_line) {
  const Outcome outcome = ebb({"derive", example("digits.ebb"), "--json"});
  BOOST_TEST(outcome.status == 0);
  const auto all = lines_of(outcome.out);
  BOOST_TEST(all.size() == 7u);
  for (const std::string& line : all) {
    const auto equation = nlohmann::json::parse(line);
    BOOST_TEST(equation["event"] == "equation");
    BOOST_TEST(equation["verified"] == true);
    BOOST_TEST(equation["difference"].get<double>() <= 1e-7);
  }
  const auto first = nlohmann::json::parse(all[0]);
  BOOST_TEST(first["kind"] == "output error");
  BOOST_TEST(first["left"] == "a[1].δ = ∂C/∂a[1].z");
  BOOST_TEST(first["right"] == "(a[1] - y) ⊙ σ′(a[1].z)");
  BOOST_TEST(first["latex"] ==
             "\\delta_{a_{1}} = \\frac{\\partial C}{\\partial z_{a_{1}}} = "
             "(a_{1} - y) \\odot \\sigma'(z_{a_{1}})");
}

// One matrix used at every step, paths round it, and values whose name was given again.
BOOST_AUTO_TEST_CASE(several_paths_into_a_parameter_are_a_sum) {
  write("residual.ebb", R"(input x[4]
target y[3]
param w[4, 4] ~ normal(0, 1)
param b[4] ~ zeros
param v[3, 4] ~ normal(0, 1)
h = x
for i in 0..3 { h = h + tanh(w * h + b) }
p = softmax(v * h)
cost 0.1 * sum(w .* w) - sum(y .* log(p))
)");
  BOOST_TEST(ebb({"derive", "residual.ebb"}) == (Outcome{0, golden("residual.txt"), ""}));
}

BOOST_AUTO_TEST_CASE(samples_that_meet_are_derived_together) {
  write("centred.ebb", R"(input x[3]
target y[2]
param w[2, 3] ~ normal(0, 1)
param b[2] ~ zeros
z = w * x
a = sigmoid(z - sample_mean(z) + b)
cost quadratic(a, y)
train { optimizer = sgd(0.5) }
)");
  BOOST_TEST(ebb({"derive", "centred.ebb"}) == (Outcome{0, golden("centred.txt"), ""}));
}

BOOST_AUTO_TEST_CASE(latex_is_a_whole_document) {
  BOOST_TEST(ebb({"derive", example("digits.ebb"), "--latex"}) ==
             (Outcome{0, golden("digits.tex"), ""}));
}

BOOST_AUTO_TEST_CASE(a_script_without_a_cost_has_no_equations) {
  write("none.ebb", "input x[2]\noutput 2 * x\n");
  BOOST_TEST(ebb({"derive", "none.ebb"}) ==
             (Outcome{1, "",
                      "error: the script has no `cost` to differentiate\n"
                      "  hint: for example `cost quadratic(a, y)`\n"}));
}

// Sums of a loop are deeper than any stack, and a line for each of its values is too many.
BOOST_AUTO_TEST_CASE(long_loops_end) {
  const std::string begin = "param w ~ constant(1)\na = w\n",
                    end = "cost a * a\ntrain { optimizer = sgd(0.1) }\n";
  write("sum.ebb", begin + "for i in 0.." + (is_sanitized ? "2000" : "40000") +
                       " { a = a + sin(i * w) }\n" + end);
  write("chain.ebb", begin + "for i in 0..40000 { a = sin(a) * w }\n" + end);
  const std::string hint = "  hint: a shorter loop, or fewer layers, have the same equations\n";
  BOOST_TEST(ebb({"derive", "chain.ebb"}) ==
             (Outcome{1, "",
                      "error: the derivation has 40001 errors and gradients, and to verify each is "
                      "to evaluate a cost of 80002 nodes: that is more than `derive` takes on\n" +
                          hint}));
  // Its 10,000 lines; whether rounding leaves the differences their digits is not the point.
  const Outcome sum = ebb({"derive", "sum.ebb"});
  BOOST_TEST(sum.status <= 1);
  BOOST_TEST(sum.err == "");
  BOOST_TEST(sum.out.find("  δ = ∂C/∂a = 2 a") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
