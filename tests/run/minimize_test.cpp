// The driver of minimisers, held against one that does what a test says.
#include "graph/run/minimize.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/figures.hpp"
#include "tests/support/model.hpp"
#include "tests/support/scratch.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(minimize, Scratch)

namespace {

std::function<int(const ebb_minimize_call&)> method;

int run_method(const ebb_minimize_call* call) { return method(*call); }

// Minimisers probe(k = 1) and residual_probe(residual).
int probe_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  if (ebb_plugin_begin(host, info, "probe", "1.0") != EBB_OK) return EBB_FAILED;
  static const ebb_attr_def k = [] {
    ebb_attr_def def{};
    def.size = sizeof def;
    def.name = "k";
    def.doc = "a number";
    def.fallback.kind = EBB_ATTR_REAL;
    def.fallback.r = 1;
    def.lower = 0;
    def.upper = 10;
    return def;
  }();
  static const ebb_minimizer probe{sizeof probe, "probe",    "Does what a test says.", &k, 1, 0,
                                   nullptr,      &run_method};
  static const ebb_minimizer residual_probe{
      sizeof probe, "residual_probe", "Asks for residuals.", nullptr, 0, EBB_NEEDS_RESIDUALS,
      nullptr,      &run_method};
  if (host->register_minimizer(context, &probe) != EBB_OK) return EBB_FAILED;
  return host->register_minimizer(context, &residual_probe);
}

ElaborateOptions training() {
  [[maybe_unused]] static const auto once = everything().load(&probe_main);
  ElaborateOptions options = for_training();
  return options;
}

// r = u^T W x - y with u = [1, 10] and W of two rows and three columns.
const std::string bilinear = R"(input x[3]
target y
param w[2, 3] ~ zeros
param unused ~ zeros
r = sum([1, 10] .* (w * x)) - y
cost r ^ 2 + 0 * unused
data train {
  x = values([[1, 2, 3], [4, 5, 6]])
  y = values([7, 8])
}
)";

std::unique_ptr<Model> script(const std::string& text, const std::string& train) {
  return model_of(text + "train { " + train + " }\n", training());
}

// Trains `model` from w = [[1, 2, 3], [4, 5, 6]].
std::vector<EpochReport> train(Model& model, Store& store, Precision precision = Precision::f64) {
  initialize(model, store, precision);
  if (Tensor* w = store.find("w"); w && w->type().shape == Shape({2, 3}))
    for (std::int64_t i = 0; i < 6; ++i)
      w->set(column_major_index(w->type().shape, i), static_cast<double>(i + 1));
  Trainer trainer(model, nullptr, store, {precision, 1});
  std::vector<EpochReport> reports;
  trainer.run([&](const EpochReport& report) {
    reports.push_back(report);
    return true;
  });
  return reports;
}

// What a script with an error says.
std::string error_of(const std::string& text) {
  Diagnostics diagnostics;
  elaborate_text("test.ebb", text, EBB_SOURCE_DIR "/scripts", with_sources(), training(),
                 diagnostics);
  return diagnostics.to_string();
}

// The diagnostic at a place of the script that is `width` characters wide.
std::string message(const std::string& text, int line, int column, const std::string& what,
                    const std::string& hint, std::size_t width = 1, const std::string& code = "") {
  std::size_t begin = 0;
  for (int i = 1; i < line; ++i) begin = text.find('\n', begin) + 1;
  const std::string at = std::to_string(line);
  return "test.ebb:" + at + ":" + std::to_string(column) + ": error" + code + ": " + what + "\n  " +
         at + " | " + text.substr(begin, text.find('\n', begin) - begin) + "\n    | " +
         std::string(static_cast<std::size_t>(column - 1), ' ') + std::string(width, '^') + "\n" +
         (hint.empty() ? "" : "  hint: " + hint + "\n");
}

const std::string mean =
    "input x\nparam m ~ constant(1)\nr = m - x\ncost r ^ 2\n"
    "data train { x = values([1, 2, 6]) }\n";

}  // namespace

BOOST_AUTO_TEST_CASE(a_point_is_all_parameters_each_in_c_order) {
  const auto model = script(bilinear, "optimizer = probe(k = 3)");
  Store store;
  method = [](const ebb_minimize_call& call) {
    BOOST_TEST(call.n == 7);
    BOOST_TEST(call.samples == 2);
    BOOST_TEST(call.max_iterations == 10);
    BOOST_TEST(call.attrs[0].r == 3);
    BOOST_TEST(call.residuals == nullptr);
    const std::vector<double> x(call.x, call.x + 7);
    BOOST_TEST((x == std::vector<double>{1, 2, 3, 4, 5, 6, 0}));
    // W x of the samples: [14, 32] and [32, 77]; so r is 327 and 794.
    std::vector<double> g(7);
    double value = 0;
    BOOST_TEST(call.evaluate(call.context, call.x, &value, g.data()) == EBB_OK);
    BOOST_TEST(value == (327.0 * 327 + 794.0 * 794) / 2, boost::test_tools::tolerance(1e-14));
    const double r[] = {327, 794}, samples[2][3] = {{1, 2, 3}, {4, 5, 6}}, u[] = {1, 10};
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 3; ++j)
        BOOST_TEST(g[static_cast<std::size_t>(3 * i + j)] ==
                       u[i] * (r[0] * samples[0][j] + r[1] * samples[1][j]),
                   boost::test_tools::tolerance(1e-13));
    BOOST_TEST(g[6] == 0);
    call.x[1] = 20;
    call.x[6] = -1;
    return EBB_OK;
  };
  BOOST_TEST(train(*model, store).empty());
  const Array w = to_array(*store.find("w"));
  BOOST_TEST(w.at(1) == 20);
  BOOST_TEST(w.at(3) == 4);
  BOOST_TEST(store.find("unused")->at(0) == -1);
}

BOOST_AUTO_TEST_CASE(residuals_come_with_their_jacobian) {
  const auto model = script(bilinear, "optimizer = residual_probe(r)");
  Store store;
  method = [](const ebb_minimize_call& call) {
    std::vector<double> r(2), jacobian(14);
    BOOST_TEST(call.residuals(call.context, call.x, r.data(), jacobian.data()) == EBB_OK);
    BOOST_TEST((r == std::vector<double>{327, 794}));
    BOOST_TEST((jacobian == std::vector<double>{1, 2, 3, 10, 20, 30, 0, 4, 5, 6, 40, 50, 60, 0}));
    std::vector<double> alone(2);
    call.x[0] = 2;
    BOOST_TEST(call.residuals(call.context, call.x, alone.data(), nullptr) == EBB_OK);
    BOOST_TEST((alone == std::vector<double>{328, 798}));
    return EBB_OK;
  };
  train(*model, store);
}

BOOST_AUTO_TEST_CASE(every_iteration_is_an_epoch_until_the_last_one) {
  const auto model = script(mean, "optimizer = probe; epochs = 2");
  Store store;
  method = [](const ebb_minimize_call& call) {
    const double points[] = {2, 3, 4};
    int stops[3];
    for (int i = 0; i < 3; ++i) {
      double value = 0;
      call.evaluate(call.context, &points[i], &value, nullptr);
      stops[i] = call.report(call.context, &points[i], value);
      if (i == 1) break;
    }
    BOOST_TEST(stops[0] == 0);
    BOOST_TEST(stops[1] != 0);
    call.x[0] = points[1];
    return EBB_OK;
  };
  const auto reports = train(*model, store);
  BOOST_REQUIRE(reports.size() == 2u);
  BOOST_TEST(reports[0].epoch == 1);
  BOOST_TEST(reports[0].cost == 17.0 / 3, boost::test_tools::tolerance(1e-14));
  BOOST_TEST(reports[1].cost == 14.0 / 3, boost::test_tools::tolerance(1e-14));
  BOOST_TEST(store.find("m")->at(0) == 3);
}

BOOST_AUTO_TEST_CASE(layers_keep_their_states_once_an_iteration) {
  const auto model = script(
      "layer counted(x) {\n  state n = 0\n  n' = n + 1\n  return x + 0 * n\n}\n"
      "input x\nparam m ~ constant(1)\na = counted(m)\ncost (a - x) ^ 2\n"
      "data train { x = values([1, 2, 6]) }\n",
      "optimizer = probe; epochs = 5");
  Store store;
  method = [](const ebb_minimize_call& call) {
    double value = 0;
    for (int i = 0; i < 4; ++i) call.evaluate(call.context, call.x, &value, nullptr);
    for (int i = 0; i < 3; ++i) call.report(call.context, call.x, value);
    return EBB_OK;
  };
  train(*model, store);
  BOOST_TEST(store.find("a.n")->at(0) == 3);
}

BOOST_AUTO_TEST_CASE(what_fails_behind_the_boundary_is_told) {
  const auto failing = script(mean, "optimizer = probe");
  Store store;
  method = [](const ebb_minimize_call& call) {
    return call.host->fail(call.context, "it is Tuesday", "try tomorrow");
  };
  BOOST_TEST(error_of([&] { train(*failing, store); }) ==
             message(mean + "train { optimizer = probe }", 6, 21,
                     "probe of the plugin probe failed: it is Tuesday", "try tomorrow", 5));
}

BOOST_AUTO_TEST_CASE(what_the_callbacks_throw_passes_the_plugin) {
  const auto model = script(mean, "optimizer = probe");
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, nullptr, store, {Precision::f64, 1});
  method = [](const ebb_minimize_call& call) {
    return call.report(call.context, call.x, 1) == EBB_OK ? EBB_OK : EBB_FAILED;
  };
  BOOST_CHECK_EXCEPTION(
      trainer.run([](const EpochReport&) -> bool { throw std::runtime_error("disk full"); }),
      std::runtime_error, [](const auto& e) { return e.what() == std::string("disk full"); });
}

BOOST_AUTO_TEST_CASE(a_run_that_is_interrupted_keeps_the_last_iteration) {
  const auto model = script(mean, "optimizer = probe");
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, nullptr, store, {Precision::f64, 1});
  method = [](const ebb_minimize_call& call) {
    const double arrived = 2, tried = 100;
    double value = 0;
    int status = call.report(call.context, &arrived, 1);
    while (status == EBB_OK) status = call.evaluate(call.context, &tried, &value, nullptr);
    return status;
  };
  int evaluations = 0;
  const auto interrupt = [&](std::int64_t, double) {
    // What is saved there is no trial.
    BOOST_TEST(store.find("m")->at(0) == 2);
    if (++evaluations == 3) throw std::runtime_error("a signal");
  };
  BOOST_CHECK_THROW(trainer.run([](const EpochReport&) { return true; }, interrupt),
                    std::runtime_error);
  BOOST_TEST(store.find("m")->at(0) == 2);
}

BOOST_AUTO_TEST_CASE(the_start_must_be_finite) {
  const std::string text =
      "input x\nparam m ~ zeros\ncost (1 / m - x) ^ 2\ndata train { x = values([1, 2]) }\n";
  const auto model = script(text, "optimizer = probe");
  Store store;
  BOOST_TEST(
      error_of([&] { train(*model, store); }) ==
      message(
          text, 3, 6,
          "the cost is infinite at the first values of the parameters: probe can not begin there",
          "other first values", 15));
}

BOOST_AUTO_TEST_CASE(residuals_must_belong_to_the_cost) {
  method = [](const ebb_minimize_call&) { return EBB_OK; };
  // Half of them, or their mean over elements, is a constant times the sum of the squares.
  Store store;
  train(*script("input x\nparam m ~ constant(1)\nr = m - x\ncost 0.5 * r ^ 2\n"
                "data train { x = values([1, 2, 6]) }\n",
                "optimizer = residual_probe(r)"),
        store);
  for (const std::string& cost :
       std::vector<std::string>{"abs(r)", "r ^ 2 + 1", "r ^ 2 + 0.01 * m ^ 2", "(r - 1) ^ 2"}) {
    const std::string text = "input x\nparam m ~ constant(1)\nr = m - x\ncost " + cost +
                             "\ndata train { x = values([1, 2, 6]) }\n";
    const auto model = script(text, "optimizer = residual_probe(r)");
    Store other;
    BOOST_TEST(error_of([&] { train(*model, other); }) ==
               message(text, 3, 7,
                       "the cost is not a constant times the sum of this residual's squares, which "
                       "residual_probe minimizes",
                       "`cost r ^ 2` goes with the residual r"));
  }
}

BOOST_AUTO_TEST_CASE(a_residual_that_depends_on_other_samples_has_no_such_jacobian) {
  method = [](const ebb_minimize_call&) { return EBB_OK; };
  const auto model = script(
      "input x\nparam m ~ constant(1)\nz = m * x\nr = z ^ 2 - sample_mean(z)\ncost r ^ 2\n"
      "data train { x = values([1, 2, 6]) }\n",
      "optimizer = residual_probe(r)");
  Store store;
  const std::string error = error_of([&] { train(*model, store); });
  BOOST_TEST(error.find("the cost is not a constant times the sum of this residual's squares") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(errors_of_scripts) {
  BOOST_TEST(minimize::error_of(mean + "train { optimizer = [\"m\": probe()] }\n") ==
             message(mean + "train { optimizer = [\"m\": probe()] }\n", 6, 27,
                     "probe minimizes over all parameters at once, and is no rule for some of them",
                     "write `optimizer = probe(...)`", 7, "[E0604]"));
  BOOST_TEST(minimize::error_of(mean + "train { optimizer = probe(); minibatch = 2 }\n") ==
             message(mean + "train { optimizer = probe(); minibatch = 2 }\n", 6, 42,
                     "probe works on all samples at once, not in mini-batches",
                     "leave `minibatch` out, or write `minibatch = batch`", 1, "[E0607]"));
  BOOST_TEST(minimize::error_of(mean + "train { optimizer = probe(); batch = 2 }\n") ==
             message(mean + "train { optimizer = probe(); batch = 2 }\n", 6, 38,
                     "probe works on all samples at once, not on a batch of some",
                     "leave `batch` out, or write `batch = all`", 1, "[E0607]"));
  BOOST_TEST(minimize::error_of(mean + "train { optimizer = probe(); accumulate = 2 }\n") ==
             message(mean + "train { optimizer = probe(); accumulate = 2 }\n", 6, 43,
                     "probe works on all samples at once: there is nothing to accumulate",
                     "leave `accumulate` out", 1, "[E0607]"));
  BOOST_TEST(minimize::error_of(mean + "train { optimizer = probe(); average = 0.5 }\n") ==
             message(mean + "train { optimizer = probe(); average = 0.5 }\n", 6, 40,
                     "probe searches a minimum: an average of its points is none",
                     "leave `average` out", 3, "[E0607]"));
  BOOST_TEST(minimize::error_of(mean + "train { optimizer = probe(k = 11) }\n") ==
             message(mean + "train { optimizer = probe(k = 11) }\n", 6, 21,
                     "probe: k must lie in [0, 10], but is 11", "", 5, "[E0208]"));
}

BOOST_AUTO_TEST_CASE(errors_of_residuals) {
  const auto error = [](const std::string& optimizer) {
    const std::string text = minimize::error_of(mean + "train { optimizer = " + optimizer + " }\n");
    const std::size_t begin = text.find("error[");
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  BOOST_TEST(error("residual_probe") ==
             "error[E0203]: residual_probe needs its argument `residual`");
  BOOST_TEST(error("residual_probe()") ==
             "error[E0203]: residual_probe needs its argument `residual`");
  BOOST_TEST(
      error("residual_probe(3)") ==
      "error[E0207]: residual_probe takes the residual, a real number of each sample, but this is "
      "a number");
  BOOST_TEST(
      error("residual_probe(m)") ==
      "error[E0207]: residual_probe takes the residual, a real number of each sample, but this "
      "does not depend on the samples");
  BOOST_TEST(
      error("residual_probe(r * [1, 2])") ==
      "error[E0207]: residual_probe takes the residual, a real number of each sample, but this is "
      "real[2] per sample");
}

BOOST_AUTO_TEST_SUITE_END()
