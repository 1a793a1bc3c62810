#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/minimizing.hpp"
#include "tests/support/plugins.hpp"
#include "tests/support/scratch.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(lbfgs)

namespace {

const MinimizerDef& method() {
  own_plugins().use("lbfgs");
  return *everything().minimizers.find("lbfgs");
}

double dot(const Point& a, const Point& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// Rosenbrock's function of pairs of variables; at its minimum all are 1.
double rosenbrock(const Point& x, Point& g) {
  double value = 0;
  for (std::size_t i = 0; i + 1 < x.size(); i += 2) {
    const double a = 10 * (x[i + 1] - x[i] * x[i]), b = 1 - x[i];
    value += a * a + b * b;
    g[i] = -40 * a * x[i] - 2 * b;
    g[i + 1] = 20 * a;
  }
  return value;
}

double worst_distance(const Point& x, double from) {
  double worst = 0;
  for (const double element : x) worst = std::max(worst, std::abs(element - from));
  return worst;
}

// A problem without data: minimises `cost` from the values of the parameters.
struct Found {
  double cost = 0;
  Point x;
};
Found minimize(const std::string& script, const std::string& settings = "") {
  ElaborateOptions options;
  options.training = true;
  options.plugins = &own_plugins();
  const auto model = model_of(
      "use lbfgs\n" + script + "train { optimizer = lbfgs(" + settings + "); steps = 2000 }\n",
      options);
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, nullptr, store, {Precision::f64, 1});
  Found found;
  trainer.run([&](const EpochReport& report) {
    found.cost = report.cost;
    return true;
  });
  for (const Parameter& parameter : model->parameters)
    found.x.push_back(store.find(parameter.name)->at(0));
  return found;
}

void check_minimum(const Found& found, const Point& x, double relative) {
  BOOST_REQUIRE(found.x.size() == x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    BOOST_TEST(std::abs(found.x[i] - x[i]) <= relative * std::abs(x[i]),
               "x" << i + 1 << " is " << found.x[i] << ", not " << x[i]);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_accepted_step_satisfies_the_strong_wolfe_conditions) {
  for (const double c2 : {0.9, 0.1}) {
    Minimizing minimize(method(), rosenbrock, {{"c2", c2}});
    Point start(20);
    for (std::size_t i = 0; i < start.size(); i += 2) {
      start[i] = -1.2;
      start[i + 1] = 1 + 0.1 * static_cast<double>(i);
    }
    const Point end = minimize(start);
    BOOST_TEST(minimize.why == "the gradient is within the tolerance");
    BOOST_TEST(worst_distance(end, 1) < 1e-8);
    BOOST_TEST(minimize.reports.size() > 20u);
    for (std::size_t k = 0; k + 1 < minimize.reports.size(); ++k) {
      const auto &from = minimize.reports[k], &to = minimize.reports[k + 1];
      Point step = to.x;
      for (std::size_t i = 0; i < step.size(); ++i) step[i] -= from.x[i];
      const double before = dot(from.gradient, step), after = dot(to.gradient, step);
      BOOST_TEST(before < 0);
      // Subtracting points near each other costs digits, hence the allowance.
      BOOST_TEST(to.value <= from.value + 1e-4 * before + 1e-12 * std::abs(from.value));
      BOOST_TEST(std::abs(after) <= c2 * std::abs(before) * (1 + 1e-6));
    }
  }
}

BOOST_AUTO_TEST_CASE(on_a_quadratic_it_ends_after_as_many_steps_as_there_are_curvatures) {
  const auto quadratic = [](const Point& x, Point& g) {
    double value = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double curvature = static_cast<double>(1 + i % 3);
      value += 0.5 * curvature * x[i] * x[i];
      g[i] = curvature * x[i];
    }
    return value;
  };
  // With a nearly exact line search BFGS makes conjugate directions: three curvatures, few steps.
  Minimizing minimize(method(), quadratic, {{"c2", 1e-3}});
  const Point end = minimize(Point(30, 1.5));
  BOOST_TEST(worst_distance(end, 0) < 1e-8);
  BOOST_TEST(minimize.reports.size() <= 8u);
}

BOOST_AUTO_TEST_CASE(it_backs_off_from_where_the_objective_is_not_finite) {
  // x - log(x): infinite or NaN for x <= 0, at its minimum 1.
  const auto barrier = [](const Point& x, Point& g) {
    g[0] = 1 - 1 / x[0];
    return x[0] - std::log(x[0]);
  };
  Minimizing minimize(method(), barrier);
  const Point end = minimize({1e-3});
  BOOST_TEST(end[0] == 1, boost::test_tools::tolerance(1e-8));
  BOOST_TEST(minimize.why == "the gradient is within the tolerance");
}

BOOST_AUTO_TEST_CASE(it_says_so_where_there_is_no_minimum_and_stops_when_told_to) {
  Minimizing linear(method(), [](const Point& x, Point& g) {
    g[0] = 1;
    return x[0];
  });
  linear({0});
  BOOST_TEST(linear.why == "the line search finds no step that satisfies the Wolfe conditions");
  Minimizing stopped(method(), rosenbrock);
  stopped({-1.2, 1}, 5);
  BOOST_TEST(stopped.reports.size() == 6u);
  BOOST_TEST(stopped.why == "");
  Minimizing at_the_minimum(method(), rosenbrock);
  at_the_minimum({1, 1});
  BOOST_TEST(at_the_minimum.evaluations == 1);
  BOOST_TEST(at_the_minimum.why == "the gradient is within the tolerance");
}

// Moré, Garbow & Hillstrom, Testing unconstrained optimization software, 1981, by their numbers.
BOOST_AUTO_TEST_CASE(problems_of_more_garbow_and_hillstrom) {
  const std::string two = "param x1 ~ constant(", next = ")\nparam x2 ~ constant(";
  // 1 Rosenbrock
  check_minimum(
      minimize(two + "-1.2" + next + "1)\ncost (10 * (x2 - x1 ^ 2)) ^ 2 + (1 - x1) ^ 2\n"), {1, 1},
      1e-7);
  // 2 Freudenstein and Roth: from there, to the local minimum
  const Found roth = minimize(two + "0.5" + next +
                              "-2)\ncost (-13 + x1 + ((5 - x2) * x2 - 2) * x2) ^ 2 + "
                              "(-29 + x1 + ((x2 + 1) * x2 - 14) * x2) ^ 2\n");
  check_minimum(roth, {11.41277900, -0.89680525}, 1e-6);
  BOOST_TEST(roth.cost == 48.98425, boost::test_tools::tolerance(1e-6));
  // 3 Powell, badly scaled
  check_minimum(minimize(two + "0" + next +
                             "1)\ncost (1e4 * x1 * x2 - 1) ^ 2 + (exp(-x1) + exp(-x2) - 1.0001) ^ "
                             "2\n",
                         "tolerance = 1e-12"),
                {1.0981593e-5, 9.1061467}, 1e-4);
  // 5 Beale
  check_minimum(minimize(two + "1" + next +
                         "1)\ncost (1.5 - x1 * (1 - x2)) ^ 2 + (2.25 - x1 * (1 - x2 ^ 2)) ^ 2 + "
                         "(2.625 - x1 * (1 - x2 ^ 3)) ^ 2\n"),
                {3, 0.5}, 1e-7);
  // 14 Wood
  check_minimum(
      minimize("param x1 ~ constant(-3)\nparam x2 ~ constant(-1)\nparam x3 ~ constant(-3)\n"
               "param x4 ~ constant(-1)\ncost (10 * (x2 - x1 ^ 2)) ^ 2 + (1 - x1) ^ 2 + 90 * (x4 - "
               "x3 ^ 2) ^ 2 + (1 - x3) ^ 2 + 10 * (x2 + x4 - 2) ^ 2 + 0.1 * (x2 - x4) ^ 2\n"),
      {1, 1, 1, 1}, 1e-7);
}

BOOST_AUTO_TEST_CASE(logistic_regression_finds_the_published_coefficients) {
  // Hours of study and passing an exam, as in the literature: -4.0777 + 1.5046 hours.
  ElaborateOptions options = for_training();
  options.plugins = &own_plugins();
  options.settings = {{"train.optimizer", "lbfgs()"}};
  const auto model =
      model_of("use lbfgs\n" + read_file(EBB_SOURCE_DIR "/scripts/logistic.ebb"), options);
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, nullptr, store, {Precision::f64, 1});
  trainer.run([](const EpochReport&) { return true; });
  BOOST_TEST(trainer.why_ended() == "the gradient is within the tolerance");
  BOOST_TEST(std::abs(store.find("w")->at(0) - 1.5046) < 5e-5);
  BOOST_TEST(std::abs(store.find("b")->at(0) + 4.0777) < 5e-5);
}

BOOST_AUTO_TEST_SUITE_END()
