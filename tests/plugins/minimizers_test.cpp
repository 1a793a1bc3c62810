// Minimisers as a person meets them at the command line.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(minimizers, Binary)

namespace {

// A line through four points that lie on it.
std::string line(const std::string& uses, const std::string& optimizer) {
  return uses + R"(input  x
target y
param a ~ zeros
param b ~ zeros
r = y - (a + b * x)
cost r ^ 2
data train {
  x = values([0, 1, 2, 3])
  y = values([1, 3, 5, 7])
}
data validation {
  x = values([4])
  y = values([9])
}
train {
  optimizer = )" +
         optimizer + "\n  epochs    = 200\n}\n";
}

}  // namespace

BOOST_AUTO_TEST_CASE(training_ends_with_the_reason) {
  write("line.ebb", line("use lbfgs\n", "lbfgs(memory = 5, tolerance = 1e-10)"));
  const Outcome outcome =
      ebb({"train", "line.ebb", "--precision", "double", "--out", "w", "--json"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  const auto lines = lines_of(outcome.out);
  BOOST_REQUIRE(lines.size() > 2u);
  const auto last = nlohmann::json::parse(lines.back());
  BOOST_TEST(last.at("event") == "done");
  BOOST_TEST(last.at("ended") == "the gradient is within the tolerance");
  BOOST_TEST(last.at("epochs").get<std::size_t>() == lines.size() - 1);
  BOOST_TEST(last.at("best") == "w/best.safetensors");
  BOOST_TEST(last.at("cost").get<double>() < 1e-18);
  const auto before = nlohmann::json::parse(lines[lines.size() - 2]);
  BOOST_TEST(before.at("epoch") == last.at("epochs"));
  BOOST_TEST(before.at("validation").at("cost").get<double>() < 1e-16);
}

BOOST_AUTO_TEST_CASE(people_read_a_sentence) {
  write("line.ebb", line("use levenberg_marquardt\n", "levenberg_marquardt(r, damping = 1e-20)"));
  const Outcome outcome = ebb({"train", "line.ebb", "--quiet", "--out", "w"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  const auto lines = lines_of(outcome.out);
  BOOST_REQUIRE(lines.size() == 3u);
  BOOST_TEST(lines[0].starts_with("ended after "));
  BOOST_TEST(lines[1] == "weights: w/weights.safetensors");
  const Outcome talking = ebb({"train", "line.ebb", "--out", "w"});
  BOOST_TEST(talking.err ==
             "note: a minimizer finds more digits of a minimum with --precision double\n");
}

BOOST_AUTO_TEST_CASE(results_do_not_depend_on_threads) {
  write("line.ebb", line("use lbfgs\n", "lbfgs()"));
  const auto weights = [&](const std::string& threads) {
    const Outcome outcome =
        shell("OPENBLAS_NUM_THREADS=" + threads + " OMP_NUM_THREADS=" + threads +
              " $EBB train line.ebb --precision double --out w --quiet");
    BOOST_TEST(outcome.status == 0, outcome);
    return read_file(path("w/weights.safetensors"));
  };
  BOOST_TEST((weights("1") == weights("4")));
}

BOOST_AUTO_TEST_CASE(a_script_names_only_minimizers_of_plugins_that_it_uses) {
  write("line.ebb", line("", "lbfgs()"));
  BOOST_TEST(ebb({"check", "line.ebb"}).err ==
             "line.ebb:16:15: error[E0108]: unknown name `lbfgs`\n"
             "  16 |   optimizer = lbfgs()\n"
             "     |               ^^^^^\n"
             "  fix: there is a plugin of that name: begin the script with `use lbfgs`\n"
             "note: `ebb check line.ebb --fix` mends it\n");
  write("other.ebb", line("use levenberg_marquardt\n", "levenberg_marquardt(r)"));
  BOOST_TEST(ebb({"check", "other.ebb"}).status == 0);
}

BOOST_AUTO_TEST_CASE(what_a_minimizer_is_told_by_show_profile_and_help) {
  write("line.ebb", line("use lbfgs\n", "lbfgs()"));
  const Outcome shown = ebb({"show", "line.ebb", "--update"});
  BOOST_TEST(shown.status == 1);
  BOOST_TEST(shown.err ==
             "error: lbfgs makes no updates that could be shown: it asks for the cost and its "
             "gradient at points of its choice\n  hint: --gradients shows these\n");
  BOOST_TEST(ebb({"show", "line.ebb", "--gradients"}).status == 0);
  BOOST_TEST(ebb({"profile", "line.ebb", "--quiet"}) ==
             (Outcome{1, "",
                      "error: lbfgs makes no updates to be profiled: it asks for the cost and its "
                      "gradient at points of its choice\n"}));
}

BOOST_AUTO_TEST_SUITE_END()
