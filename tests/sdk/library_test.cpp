// The library's C++ face. (Programs built against the installed library:
// installed_library_test.cpp.)
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <ebb/ebb.hpp>

#include "tests/support/scratch.hpp"

namespace {

struct Library : ebb::test::Scratch {
  Library() { ::setenv("XDG_CACHE_HOME", path("cache").c_str(), 1); }
  std::string script(const std::string& text) const { return write("net.ebb", text).string(); }

  // What a call throws, without the folder's name.
  template <class Action>
  std::string error_in(Action&& action) const {
    try {
      action();
    } catch (const ebb::Error& error) {
      std::string text = error.what();
      const std::string prefix = folder().string() + "/";
      for (std::size_t at = 0; (at = text.find(prefix)) != std::string::npos;)
        text.erase(at, prefix.size());
      return text;
    }
    return "no error";
  }
};

bool near(const arma::mat& a, const arma::mat& b) {
  return arma::size(a) == arma::size(b) && arma::approx_equal(a, b, "absdiff", 1e-12);
}

bool near(const arma::cube& a, const arma::cube& b) {
  return arma::size(a) == arma::size(b) && arma::approx_equal(a, b, "absdiff", 1e-12);
}

const std::string linear = R"(option factor = 1.0 "of the output"
input  x[2]
target y
param w[1, 2] ~ normal(0, 1)
param b ~ 0
a = factor * (w * x) + b
output a
cost (a - y) ^ 2
data train {
  x = values([[1, 0], [0, 1], [1, 1]])
  y = values([2, -3, -1])
}
train {
  optimizer = sgd(0.1)
  minibatch = 3
  epochs = 1000
}
)";

const arma::mat samples = {{1, 0, 2}, {0, 1, 1}};
const arma::mat targets = {{3, -1, 5}};  // 2 x1 - 2 x2 + 1, nearly

}  // namespace

BOOST_FIXTURE_TEST_SUITE(library, Library)

BOOST_AUTO_TEST_CASE(values_and_gradients_of_samples_in_columns) {
  ebb::Session net(script(linear));
  net.set_parameter("w", {{3, 4}});
  net.set_parameter("b", arma::vec{0.5});
  net.feed("x", samples);
  net.feed("y", targets);
  const arma::mat a = arma::mat{{3, 4}} * samples + 0.5, error = a - targets;
  BOOST_TEST(near(net.run("a"), a));
  BOOST_TEST(std::abs(net.cost() - arma::accu(arma::square(error)) / 3) < 1e-12);
  BOOST_TEST(near(net.gradient("w"), 2.0 / 3 * error * samples.t()));
  BOOST_TEST(near(net.gradient("b"), arma::vec{2 * arma::accu(error) / 3}));
  BOOST_TEST(near(net.gradient("x"), 2.0 / 3 * arma::vec{3, 4} * error));
}

BOOST_AUTO_TEST_CASE(training_with_threads_gives_the_same_numbers) {
  const std::string wide = script(
      "input x[300]\ntarget y\nparam w[200, 300] ~ normal(0, 0.05)\n"
      "a = mean(tanh(w * x))\ncost (a - y) ^ 2\n"
      "train { optimizer = adam(0.01); minibatch = 50; epochs = 3 }\n");
  const auto trained = [&](int threads) {
    ebb::use_threads(threads);
    ebb::Session net(wide);
    arma::mat x(300, 100);
    for (arma::uword i = 0; i < x.n_elem; ++i) x(i) = std::sin(static_cast<double>(i));
    net.feed("x", x);
    net.feed("y", arma::mat(1, 100, arma::fill::value(0.5)));
    net.train();
    ebb::use_threads(1);
    return net.parameter("w");
  };
  const arma::mat one = trained(1);
  BOOST_TEST(arma::approx_equal(trained(2), one, "absdiff", 0.0));
  BOOST_TEST(arma::approx_equal(trained(0), one, "absdiff", 0.0));
  BOOST_TEST(error_in([] { ebb::use_threads(-1); }) == "error: the number of threads is negative");
}

BOOST_AUTO_TEST_CASE(what_is_asked_for_again_sees_new_samples_and_parameters) {
  ebb::Session net(script(linear));
  for (const arma::uword columns : {2u, 1u, 3u, 2u}) {
    const auto n = static_cast<double>(columns);
    const arma::mat w = arma::randu<arma::mat>(1, 2), x = arma::randu<arma::mat>(2, columns),
                    y = arma::randu<arma::mat>(1, columns);
    net.set_parameter("w", w);
    net.feed("x", x);
    net.feed("y", y);
    const arma::mat error = w * x - y;
    BOOST_TEST(near(net.run("a"), w * x));
    BOOST_TEST(std::abs(net.cost() - arma::accu(arma::square(error)) / n) < 1e-12);
    BOOST_TEST(near(net.gradient("w"), 2.0 / n * error * x.t()));
  }
}

// Weights as large as are packed for many runs.
BOOST_AUTO_TEST_CASE(large_parameters_that_change_are_seen_by_what_ran_before) {
  const std::string wide = script(
      "input x[256]\nparam w[300, 256] ~ 0.01\ny = w * x\noutput y\ncost sum(y .^ 2)\n"
      "train {\n  optimizer = sgd(1e-7)\n  minibatch = 20\n  epochs = 2\n}\n");
  ebb::Session net(wide);
  arma::mat x(256, 20);
  for (arma::uword i = 0; i < x.n_elem; ++i) x(i) = std::sin(static_cast<double>(i));
  net.feed("x", x);
  const auto is_current = [&] {
    return arma::approx_equal(net.run("y"), net.parameter("w") * x, "absdiff", 1e-9);
  };
  BOOST_TEST(is_current());
  net.save(path("first.safetensors").string());
  net.set_parameter("w", arma::mat(300, 256, arma::fill::value(0.5)));
  BOOST_TEST(is_current());
  net.load(path("first.safetensors").string());
  BOOST_TEST(is_current());
  int epochs = 0;
  net.train([&](const ebb::Epoch&) {
    BOOST_TEST(is_current());
    return ++epochs < 2;
  });
  BOOST_TEST(epochs == 2);
  BOOST_TEST(is_current());
}

BOOST_AUTO_TEST_CASE(a_script_finds_the_plugins_that_the_settings_name) {
  ebb::Settings settings;
  settings.plugins = {EBB_FIRST_PLUGIN};
  const std::string file = script("use steady\ninput x[2]\na = bent(turned(x))\noutput a\n");
  ebb::Session net(file, settings);
  net.feed("x", samples);
  BOOST_TEST(near(net.run("a"), arma::flipud(arma::pow(samples, 3) + samples)));
  BOOST_TEST(error_in([&] {
               ebb::Session without(file);
             }).starts_with("net.ebb:1:5: error[E0803]: there is no plugin `steady`\n"));
}

BOOST_AUTO_TEST_CASE(training_on_samples_fed_finds_the_least_squares) {
  ebb::Session net(script(linear));
  net.feed("x", samples);
  net.feed("y", targets);
  std::vector<std::int64_t> epochs;
  const double cost = net.train([&](const ebb::Epoch& epoch) {
    epochs.push_back(epoch.number);
    BOOST_TEST(std::isnan(epoch.validation));
    return true;
  });
  BOOST_TEST(epochs.size() == 1000u);
  BOOST_TEST(epochs.back() == 1000);
  BOOST_TEST(cost < 1e-6);
  const arma::mat exact =
      arma::solve(arma::join_cols(samples, arma::ones<arma::mat>(1, 3)).t(), targets.t());
  BOOST_TEST(arma::norm(net.parameter("w").t() - exact.rows(0, 1)) < 1e-2);
  BOOST_TEST(std::abs(net.parameter("b")(0) - exact(2)) < 1e-2);
}

BOOST_AUTO_TEST_CASE(training_without_samples_takes_those_of_the_script) {
  ebb::Session net(script(linear), {{}, {{"epochs", "3000"}}});
  net.train();
  BOOST_TEST(arma::norm(net.parameter("w") - arma::mat{{2, -3}}) < 1e-4);
}

BOOST_AUTO_TEST_CASE(a_report_may_stop_the_training_and_may_throw) {
  ebb::Session net(script(linear));
  int epochs = 0;
  net.train([&](const ebb::Epoch&) { return ++epochs < 3; });
  BOOST_TEST(epochs == 3);
  BOOST_CHECK_THROW(net.train([](const ebb::Epoch&) -> bool { throw 1; }), int);
}

BOOST_AUTO_TEST_CASE(seed_options_and_precision_are_those_of_the_settings) {
  ebb::Settings settings;
  settings.options = {{"factor", "-2"}};
  settings.seed = 7;
  ebb::Session one(script(linear), settings), same(script(linear), settings);
  settings.seed = 8;
  settings.precision = ebb::Precision::f32;
  ebb::Session other(script(linear), settings);
  BOOST_TEST(arma::norm(one.parameter("w") - same.parameter("w")) == 0);
  BOOST_TEST(arma::norm(one.parameter("w") - other.parameter("w")) > 0);
  one.feed("x", samples);
  BOOST_TEST(near(one.run("a"), -2 * one.parameter("w") * samples));
  other.feed("x", arma::fvec{1, 0});
  const double a = other.run("a")(0);
  BOOST_TEST(a == static_cast<double>(static_cast<float>(a)));
}

BOOST_AUTO_TEST_CASE(matrices_are_slices_or_columns_in_c_order) {
  ebb::Session net(script(R"(input x[2, 3]
param w[2, 3] ~ 1
param c[2, 3, 4] ~ 1
a = w .* x
first = x[0, :]
output a
cost sum(a) + sum(c)
)"));
  const arma::cube x = arma::randu<arma::cube>(2, 3, 5);
  const arma::mat w = {{1, 2, 3}, {4, 5, 6}};
  net.set_parameter("w", w);
  BOOST_TEST(near(net.parameter("w"), w));
  net.feed("x", x);
  arma::cube expected = x;
  expected.each_slice() %= w;
  BOOST_TEST(near(net.run_cube("a"), expected));
  arma::mat rows(6, 5), first(3, 5);
  for (arma::uword s = 0; s < 5; ++s) {
    rows.col(s) = arma::vectorise(expected.slice(s).t());
    first.col(s) = x.slice(s).row(0).t();
  }
  BOOST_TEST(near(net.run("a"), rows));
  BOOST_TEST(near(net.run("first"), first));
  net.feed("x", arma::mat(rows / 2));
  BOOST_TEST(
      near(net.run("a").rows(3, 5), arma::mat(rows.rows(3, 5).each_col() % arma::vec{2, 2.5, 3})));
  BOOST_TEST(near(net.gradient("w"), arma::mat(arma::reshape(arma::mean(rows / 2, 1), 3, 2).t())));
  // A shared value of rank 3 is a cube; as a column it is in C order.
  arma::mat column(24, 1);
  for (arma::uword i = 0; i < 24; ++i) column(i) = static_cast<double>(i);
  net.set_parameter("c", column);
  BOOST_TEST(near(net.parameter("c"), column));
  BOOST_TEST(net.run_cube("c")(1, 2, 3) == 23);
  BOOST_TEST(net.run_cube("c")(1, 0, 2) == 14);
  BOOST_TEST(arma::size(net.gradient_cube("c")) == arma::size(2, 3, 4));
}

BOOST_AUTO_TEST_CASE(expressions_and_whole_numbers_are_samples_too) {
  ebb::Session net(script("input x[2]\ninput k: int\na = k .* x\noutput a\n"));
  net.feed("x", 2 * samples - 1);
  net.feed("k", arma::irowvec{1, -2, 3});
  const arma::mat expected = (2 * samples - 1) * arma::diagmat(arma::vec{1, -2, 3});
  BOOST_TEST(near(net.run("a"), expected));
  net.feed("x", arma::conv_to<arma::umat>::from(samples));
  net.feed("k", arma::mat{1, 2, 3});
  BOOST_TEST(near(net.run("a"), samples * arma::diagmat(arma::vec{1, 2, 3})));
  BOOST_TEST(error_in([&] {
               net.feed("k", arma::mat{1, 2, 3.5});
             }) == "error: k is int, but a sample fed to it holds 3.5");
}

BOOST_AUTO_TEST_CASE(weights_are_files_of_the_program) {
  ebb::Session net(script(linear)), other(script(linear));
  net.set_parameter("w", {{5, 6}});
  net.save(path("w.safetensors").string());
  other.load(path("w.safetensors").string());
  BOOST_TEST(near(other.parameter("w"), {{5, 6}}));
  BOOST_TEST((net.parameters() == std::vector<std::string>{"w", "b"}));
}

BOOST_AUTO_TEST_CASE(errors_are_the_whole_message) {
  BOOST_TEST(error_in([&] { ebb::Session net(path("none.ebb").string()); }) ==
             "error: cannot read none.ebb: No such file or directory");
  BOOST_TEST(error_in([&] { ebb::Session net(script("input x[2]\noutput sigmoidd(x)\n")); }) ==
             "net.ebb:2:8: error[E0101]: unknown name `sigmoidd`\n"
             "  2 | output sigmoidd(x)\n"
             "    |        ^^^^^^^^\n"
             "  fix: write `sigmoid`");
  ebb::Session net(script(linear));
  BOOST_TEST(error_in([&] { net.run("a"); }) ==
             "error: input x is needed\n  hint: feed it its samples");
  BOOST_TEST(error_in([&] { net.run("aa"); }) == "error: the script has no value `aa`");
  BOOST_TEST(error_in([&] { net.feed("xx", samples); }) == "error: the script has no input `xx`");
  BOOST_TEST(error_in([&] { net.feed("x", arma::mat(samples.t())); }) ==
             "error: x is [2], but each sample fed to it has 3 elements\n  hint: a matrix holds a "
             "column per sample, a cube a slice per sample");
  BOOST_TEST(error_in([&] { net.feed("x", arma::mat()); }) == "error: no samples are fed to x");
  BOOST_TEST(error_in([&] {
               net.set_parameter("w", arma::vec{1, 2});
             }) == "error: parameter w is [1, 2], but its new value is [2, 1]");
  BOOST_TEST(error_in([&] { net.set_parameter("v", arma::vec{1}); }) ==
             "error: the script has no parameter `v`");
  net.feed("x", samples);
  BOOST_TEST(error_in([&] { net.train(); }) ==
             "error: nothing is fed to the input y\n  hint: feed all inputs, or none to train on "
             "the script's `data train`");
  net.feed("y", arma::mat{{1, 2}});
  BOOST_TEST(error_in([&] { net.train(); }) ==
             "error: y has 2 samples, but what was fed before it has 3");
  BOOST_TEST(error_in([&] { net.run_cube("a"); }) ==
             "error: inputs differ in their number of samples: x has 3, y has 2");
  net.feed("y", targets);
  BOOST_TEST(error_in([&] { net.run_cube("a"); }) ==
             "error: a is no cube: it has other dimensions");
  BOOST_TEST(error_in([&] {
               ebb::Session other(script(linear), {{{"factr", "2"}}});
             }) ==
             "--factr:1:1: error: the script has no option `factr`\n  1 | 2\n    | ^\n  hint: did "
             "you mean --factor?");
  BOOST_TEST(error_in([&] { net.load("nowhere"); }) ==
             "error: nowhere: cannot open: No such file or directory");
}

BOOST_AUTO_TEST_SUITE_END()
