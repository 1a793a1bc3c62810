// The 27 nonlinear regression problems of NIST's Statistical Reference Datasets, from both
// published starts. The table in README.md is what --log_level=message prints.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/plugins.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(nist)

namespace {

const std::string folder = EBB_SOURCE_DIR "/tests/nist/";

const nlohmann::json& certified() {
  static const auto problems = [] {
    std::ifstream file(folder + "certified.json");
    return nlohmann::json::parse(file);
  }();
  return problems;
}

// Digits that agree: the log relative error, 11 at most, for that many are certified.
double digits(double got, double wanted) {
  const double error = std::abs(got - wanted) / std::abs(wanted);
  if (!(error < 1)) return 0;
  return error < 1e-11 ? 11 : -std::log10(error);
}

struct Fit {
  double digits = 11;  // of the parameter with the fewest
  std::int64_t iterations = 0;
};

Fit fit(const std::string& name, int start, const std::string& optimizer = "") {
  ElaborateOptions options = for_training();
  options.options = {{"start", std::to_string(start)}};
  if (!optimizer.empty()) options.settings = {{"train.optimizer", optimizer}};
  options.plugins = &own_plugins();
  const auto model = model_of_file(folder + name + ".ebb", options);
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, nullptr, store, {Precision::f64, 1});
  trainer.run([](const EpochReport&) { return true; });
  Fit result;
  result.iterations = trainer.state().steps;
  for (const auto& [parameter, value] : certified().at(name).at("parameters").items())
    result.digits =
        std::min(result.digits, digits(store.find(parameter)->at(0), value.get<double>()));
  return result;
}

struct Counts {
  int good = 0, all = 0;
};

// Fits all problems of a level ("" for all), and prints a row for each.
Counts fit_all(const std::string& level, const std::string& optimizer = "") {
  Counts counts;
  for (const auto& [name, problem] : certified().items()) {
    if (!level.empty() && problem.at("level") != level) continue;
    std::ostringstream row;
    row << std::fixed << std::setprecision(1) << "| " << name << " | "
        << problem.at("level").get<std::string>() << " | ";
    for (int start = 1; start <= 2; ++start) {
      const Fit result = fit(name, start, optimizer);
      row << result.digits << " | " << result.iterations << " |" << (start == 1 ? " " : "");
      counts.good += result.digits >= 4 ? 1 : 0;
      ++counts.all;
    }
    BOOST_TEST_MESSAGE(row.str());
  }
  return counts;
}

}  // namespace

BOOST_AUTO_TEST_CASE(levenberg_marquardt_agrees_with_the_certified_values) {
  const Counts counts = fit_all("");
  BOOST_TEST_MESSAGE("4 digits or more: " << counts.good << " of " << counts.all << " starts");
  BOOST_TEST(counts.all == 54);
  BOOST_TEST(counts.good >= 50);
}

BOOST_AUTO_TEST_CASE(lbfgs_on_the_problems_of_lower_difficulty) {
  const Counts counts = fit_all("lower", "lbfgs()");
  BOOST_TEST_MESSAGE("4 digits or more: " << counts.good << " of " << counts.all << " starts");
  BOOST_TEST(counts.all == 16);
  BOOST_TEST(counts.good >= 14);
}

BOOST_AUTO_TEST_SUITE_END()
