// The costs of scripts/std/costs.ebb: their closed formulas, PyTorch's figures, and the ends of
// their domains.
#include <boost/test/unit_test.hpp>
#include <set>

#include "graph/run/inference.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/figures.hpp"
#include "tests/support/model.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(costs)

namespace {

using Numbers = std::vector<double>;

struct Point {
  double objective = 0;
  Array gradient;  // of the objective with respect to a
};

// The mean over the samples of a cost, an expression of the inputs by their names, behind the
// statements of `script`.
Point point_of(const std::string& cost, const std::map<std::string, Array>& inputs,
               std::string script = "", Precision precision = Precision::f64) {
  for (const auto& [name, array] : inputs)
    script += "input " + name + "[" + std::to_string(array.dims[1]) + "]\n";
  script += "param one ~ constant(1)\ncost one * " + cost + "\n";
  const auto model = model_of(script);
  Store store;
  initialize(*model, store, precision);
  InputSource source;
  source.arrays = inputs;
  const auto results = gradients_of(*model, {"a"}, source, store, precision);
  return {results[0].second.at(0), results[1].second};
}

Array one_sample(const Numbers& numbers) {
  Array array = Array::make(DType::f64, {1, static_cast<std::int64_t>(numbers.size())});
  std::ranges::copy(numbers, array.data<double>());
  return array;
}

Numbers numbers_of(const Array& array) {
  Numbers numbers;
  for (std::int64_t i = 0; i < array.elements(); ++i) numbers.push_back(array.at(i));
  return numbers;
}

// The cost of one sample, then its gradient with respect to a.
Numbers cost_of(const std::string& cost, const Numbers& a, const Numbers& y,
                const std::string& script = "", Precision precision = Precision::f64) {
  const Point point =
      point_of(cost, {{"a", one_sample(a)}, {"y", one_sample(y)}}, script, precision);
  Numbers result = numbers_of(point.gradient);
  result.insert(result.begin(), point.objective);
  return result;
}

void check(const Numbers& got, const Numbers& expected, double tolerance = 1e-14) {
  BOOST_REQUIRE_EQUAL(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    BOOST_TEST(std::abs(got[i] - expected[i]) <= tolerance * std::max(1.0, std::abs(expected[i])),
               "number " << i << " is " << got[i] << ", not " << expected[i]);
}

const Numbers a{0.2, 0.5, 0.9}, y{0.3, 0.1, 0.7};

// What a formula of one component gives for all of them.
Numbers each(double (*formula)(double a, double y)) {
  Numbers result;
  for (std::size_t i = 0; i < a.size(); ++i) result.push_back(formula(a[i], y[i]));
  return result;
}

double sum(const Numbers& numbers) {
  double total = 0;
  for (const double number : numbers) total += number;
  return total;
}

}  // namespace

BOOST_AUTO_TEST_CASE(costs_and_gradients_in_double_agree_with_pytorch) {
  std::set<std::string> names;
  for (const auto& golden : figures("costs.json")) {
    std::map<std::string, Array> inputs;
    for (const auto& [name, tensor] : golden["inputs"].items()) inputs[name] = array_of(tensor);
    const std::string cost = golden["cost"];
    const Point point = point_of(cost, inputs);
    BOOST_TEST(point.objective == golden["objective"].get<double>(),
               boost::test_tools::tolerance(1e-12));
    const double off = difference(point.gradient, array_of(golden["gradient"]));
    BOOST_TEST(off <= 1e-10, cost << ": the gradient is off by " << off);
    names.insert(cost.substr(0, cost.find('(')));
  }
  const std::set<std::string> all{"cosine",
                                  "cross_entropy",
                                  "exponential",
                                  "focal",
                                  "generalized_kl",
                                  "hinge",
                                  "hellinger",
                                  "huber",
                                  "itakura_saito",
                                  "kl_divergence",
                                  "mae",
                                  "log_cosh",
                                  "mse",
                                  "nll",
                                  "poisson",
                                  "triplet",
                                  "quadratic",
                                  "softmax_cross_entropy",
                                  "squared_hinge"};
  BOOST_TEST(names == all, boost::test_tools::per_element());
}

// The seven with the formulas and gradients of the literature, written out here.
BOOST_AUTO_TEST_CASE(the_standard_costs_have_their_closed_formulas_and_gradients) {
  const auto test = [](const std::string& cost, double value, Numbers gradient) {
    BOOST_TEST_CONTEXT(cost) {
      gradient.insert(gradient.begin(), value);
      check(cost_of(cost, a, y), gradient);
    }
  };
  const auto square = [](double a, double y) { return (a - y) * (a - y); };
  test("quadratic(a, y)", sum(each(square)) / 2, each([](double a, double y) { return a - y; }));
  test("cross_entropy(a, y)",
       -sum(each([](double a, double y) { return y * log(a) + (1 - y) * log(1 - a); })),
       each([](double a, double y) { return (a - y) / ((1 - a) * a); }));
  const double c = 2 * exp(sum(each(square)) / 2);
  Numbers delta = each([](double a, double y) { return a - y; });
  for (double& d : delta) d *= 2 / 2.0 * c;
  test("exponential(a, y, tau = 2)", c, delta);
  test("hellinger(a, y)",
       sum(each([](double a, double y) { return pow(sqrt(a) - sqrt(y), 2) / sqrt(2); })),
       each([](double a, double y) { return (sqrt(a) - sqrt(y)) / (sqrt(2) * sqrt(a)); }));
  test("kl_divergence(a, y)", sum(each([](double a, double y) { return y * log(y / a); })),
       each([](double a, double y) { return -y / a; }));
  test("generalized_kl(a, y)", sum(each([](double a, double y) { return y * log(y / a) - y + a; })),
       each([](double a, double y) { return (a - y) / a; }));
  test("itakura_saito(a, y)", sum(each([](double a, double y) { return y / a - log(y / a) - 1; })),
       each([](double a, double y) { return (a - y) / (a * a); }));
}

BOOST_AUTO_TEST_CASE(bregman_divergences_are_the_costs_of_their_generators) {
  const auto same = [](const std::string& phi, const std::string& cost) {
    BOOST_TEST_CONTEXT(phi) {
      check(cost_of("bregman(phi)(a, y)", a, y, "def phi(x) = " + phi + "\n"), cost_of(cost, a, y));
    }
  };
  same("x .^ 2", "(2 * quadratic(a, y))");
  same("x .* log(x)", "generalized_kl(a, y)");
  same("-log(x)", "itakura_saito(a, y)");
}

BOOST_AUTO_TEST_CASE(f_divergences_are_the_costs_of_their_generators) {
  const auto same = [](const std::string& f, const std::string& cost) {
    BOOST_TEST_CONTEXT(f) {
      check(cost_of("f_divergence(f)(a, y)", a, y, "def f(t) = " + f + "\n"), cost_of(cost, a, y));
    }
  };
  same("t .* log(t)", "kl_divergence(a, y)");
  same("(sqrt(t) - 1) .^ 2", "(sqrt(2) * hellinger(a, y))");
  same("t .* log(t) - t + 1", "generalized_kl(a, y)");
}

BOOST_AUTO_TEST_CASE(a_function_of_a_function_is_a_cost_like_any_other) {
  check(cost_of("itakura(a, y)", a, y, "def phi(x) = -log(x)\nitakura = bregman(phi)\n"),
        cost_of("itakura_saito(a, y)", a, y));
  check(cost_of("bregman(exp)(a, y)", {0, 1}, {1, 1}), {exp(1) - 2, -1, 0});
}

BOOST_AUTO_TEST_CASE(nothing_times_the_logarithm_of_nothing_is_nothing) {
  for (const Precision precision : {Precision::f32, Precision::f64}) {
    const double tolerance = precision == Precision::f64 ? 1e-14 : 1e-6;
    check(cost_of("cross_entropy(a, y)", {0, 1, 0.5}, {0, 1, 1}, "", precision),
          {log(2), 1, -1, -2}, tolerance);
    check(cost_of("kl_divergence(a, y)", {0, 0.25, 0.75}, {0, 0.5, 0.5}, "", precision),
          {0.5 * log(2) + 0.5 * log(2.0 / 3), 0, -2, -2.0 / 3}, tolerance);
    check(cost_of("generalized_kl(a, y)", {0, 2}, {0, 1}, "", precision), {1 - log(2), 1, 0.5},
          tolerance);
    check(cost_of("poisson(a, y)", {0, 2}, {0, 1}, "", precision), {2 - log(2), 1, 0.5}, tolerance);
    check(cost_of("focal(a, y)", {0, 1}, {0, 1}, "", precision), {0, 0, 0}, tolerance);
  }
}

BOOST_AUTO_TEST_CASE(sigmoid_into_cross_entropy_has_the_delta_a_minus_y_however_large_z_is) {
  for (const Precision precision : {Precision::f32, Precision::f64}) {
    check(cost_of("cross_entropy(sigmoid(a), y)", {800, -800, 800, 0}, {1, 0, 0, 0.25}, "",
                  precision),
          {800 + log(2), 0, 0, 1, 0.25}, 1e-6);
    check(cost_of("focal(sigmoid(a), y)", {800, -800, 0}, {0, 0, 1}, "", precision),
          {800 + log(2) / 4, 1, 0, -0.125 - log(2) / 4}, 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(softmax_into_the_costs_of_distributions_has_the_delta_a_minus_y) {
  const double p = 1 / (1 + exp(1));
  for (const char* cost :
       {"softmax_cross_entropy(a, y)", "kl_divergence(softmax(a), y)", "nll(log(softmax(a)), y)"}) {
    check(cost_of(cost, {1, 0}, {1, 0}), {-log(1 - p), -p, p});
    check(cost_of(cost, {-1000, 0}, {1, 0}), {1000, -1, 1});
    check(cost_of(cost, {1000, 0}, {1, 0}), {0, 0, 0});
  }
}

BOOST_AUTO_TEST_CASE(costs_far_from_the_target_stay_finite) {
  check(cost_of("log_cosh(a, y)", {800, -800, 1}, {0, 0, 1}), {1600 - 2 * log(2), 1, -1, 0});
  check(cost_of("huber(a, y, delta = 0.5)", {1e300, 0.25, -2}, {0, 0, 0}),
        {0.5e300, 0.5, 0.25, -0.5});
}

BOOST_AUTO_TEST_CASE(where_a_distance_has_no_direction_its_gradient_is_0) {
  check(cost_of("cosine(a, y)", {0, 0}, {1, 2}), {1, 0, 0}, 0);
  check(cost_of("triplet(a, y, 3 * y)", {1, 1}, {1, 1}), {0, 0, 0}, 0);
  check(cost_of("triplet(a, y, y + [3, 4], margin = 6)", {1, 1}, {1, 1}), {1, 0.6, 0.8});
}

BOOST_AUTO_TEST_SUITE_END()
