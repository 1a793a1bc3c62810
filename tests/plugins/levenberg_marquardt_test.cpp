#include <boost/test/unit_test.hpp>
#include <cmath>

#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/plugins.hpp"
#include "tests/support/scratch.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(levenberg_marquardt)

namespace {

struct Run {
  std::map<std::string, double> parameters;
  std::vector<double> costs;
  std::string why;
};

Run fit(const std::string& script, const std::string& settings = "",
        Precision precision = Precision::f64) {
  ElaborateOptions options = for_training();
  options.plugins = &own_plugins();
  const auto model =
      model_of("use levenberg_marquardt\n" + script + "train { optimizer = levenberg_marquardt(r" +
                   settings + "); epochs = 500 }\n",
               options);
  Store store;
  initialize(*model, store, precision);
  Trainer trainer(*model, nullptr, store, {precision, 1});
  Run run;
  trainer.run([&](const EpochReport& report) {
    run.costs.push_back(report.cost);
    return true;
  });
  run.why = trainer.why_ended();
  for (const Parameter& p : model->parameters) run.parameters[p.name] = store.find(p.name)->at(0);
  return run;
}

const std::string line =
    "input x\ntarget y\nparam a ~ zeros\nparam b ~ zeros\nr = y - (a + b * x)\n"
    "cost r ^ 2\n"
    "data train {\n  x = values([0, 1, 2, 3])\n  y = values([1, 3, 2, 6])\n}\n";

}  // namespace

BOOST_AUTO_TEST_CASE(a_line_by_its_closed_form) {
  // Means 1.5 and 3; slope 7 / 5; cost (4.2 / 4).
  const Run run = fit(line);
  BOOST_TEST(run.parameters.at("b") == 1.4, boost::test_tools::tolerance(1e-10));
  BOOST_TEST(run.parameters.at("a") == 0.9, boost::test_tools::tolerance(1e-10));
  BOOST_TEST(run.costs.back() == 1.05, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(run.why == "a step is within the tolerance");
  // Hardly any damping: one step of Gauss and Newton.
  const Run newton = fit(line, ", damping = 1e-14");
  BOOST_TEST(newton.costs.front() == 1.05, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(in_single_precision_it_ends_too) {
  const Run run = fit(line, "", Precision::f32);
  BOOST_TEST(run.parameters.at("b") == 1.4, boost::test_tools::tolerance(1e-4));
  BOOST_TEST(run.costs.size() < 50u);
  BOOST_TEST(run.why != "");
}

BOOST_AUTO_TEST_CASE(the_cost_never_rises) {
  // Rosenbrock's function: two residuals, which data tell from each other.
  const Run run =
      fit("input k\nparam x1 ~ constant(-1.2)\nparam x2 ~ constant(1)\n"
          "r = where(k < 0.5, 10 * (x2 - x1 ^ 2), 1 - x1)\ncost r ^ 2\n"
          "data train { k = values([0, 1]) }\n");
  BOOST_TEST(run.parameters.at("x1") == 1, boost::test_tools::tolerance(1e-10));
  BOOST_TEST(run.parameters.at("x2") == 1, boost::test_tools::tolerance(1e-10));
  for (std::size_t i = 1; i < run.costs.size(); ++i) BOOST_TEST(run.costs[i] <= run.costs[i - 1]);
}

// Moré, Garbow & Hillstrom, Testing unconstrained optimization software, 1981: number 8, Bard.
BOOST_AUTO_TEST_CASE(bards_problem) {
  const Run run = fit(
      "input u\ntarget y\nparam x1 ~ constant(1)\nparam x2 ~ constant(1)\nparam x3 ~ constant(1)\n"
      "v = 16 - u\nr = y - (x1 + u / (v * x2 + minimum(u, v) * x3))\ncost r ^ 2\n"
      "data train {\n  u = values([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])\n"
      "  y = values([0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34,"
      " 2.1, 4.39])\n}\n");
  BOOST_TEST(run.costs.back() * 15 == 8.21487e-3, boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(fewer_samples_than_parameters) {
  const Run run =
      fit("input x\ntarget y\nparam a ~ zeros\nparam b ~ zeros\nr = y - (a + b * x)\n"
          "cost r ^ 2\ndata train {\n  x = values([2])\n  y = values([5])\n}\n");
  BOOST_TEST(run.parameters.at("a") + 2 * run.parameters.at("b") == 5,
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(a_perfect_start_needs_no_iteration) {
  const Run run =
      fit("input x\ntarget y\nparam b ~ constant(2)\nr = y - b * x\ncost r ^ 2\n"
          "data train {\n  x = values([1, 2])\n  y = values([2, 4])\n}\n");
  BOOST_TEST(run.costs.empty());
  BOOST_TEST(run.why == "all residuals are 0");
}

BOOST_AUTO_TEST_SUITE_END()
