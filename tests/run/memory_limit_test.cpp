// Training within a memory limit.
#include <boost/test/unit_test.hpp>

#include "graph/run/trainer.hpp"
#include "graph/run/training_graph.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/model.hpp"

namespace ebb {

using namespace test;

BOOST_AUTO_TEST_SUITE(memory_limit)

namespace {

std::string script_of(const std::string& network, const std::string& x) {
  return network + "data train {\n  x = " + x +
         "\n  y = one_hot(mod(values(0..96), 10), 10)\n}\n"
         "train { optimizer = adam(0.01); minibatch = 32; epochs = 2 }\n";
}

std::string deep_script() {
  return script_of(
      "input x[20]\ntarget y[10]\na = x\nfor i in 0..24 { a = tanh(dense(a, 20)) }\n"
      "cost softmax_cross_entropy(dense(a, 10), y)\n",
      "sin(0.37 * values(0..96) .* (0..20))");
}

// Random ops, statistics of the mini-batch, and values that skip layers.
std::string varied_script() {
  return script_of(
      "input x[20]\ntarget y[10]\na = x\n"
      "for i in 0..6 { a = a + dropout(relu(batch_norm(dense(tanh(a), 20))), 0.3) }\n"
      "cost softmax_cross_entropy(dense(a, 10), y)\n",
      "sin(0.37 * values(0..96) .* (0..20))");
}

std::string image_script() {
  return script_of(
      "input x[1, 12, 12]\ntarget y[10]\na = relu(conv(x, 4, 3))\nb = relu(conv(a, 4, 3))\n"
      "c = relu(conv(b, 4, 3))\ncost softmax_cross_entropy(dense(reshape(c, [size(c)]), 10), y)\n",
      "reshape(sin(0.37 * values(0..96) .* (0..144)), [1, 12, 12])");
}

struct Trained {
  std::size_t bytes = 0;  // of the plan
  std::vector<double> numbers;
};

Trained trained(const std::string& script, double memory) {
  const auto model = model_of(script, for_training());
  model->memory = memory;
  Store store;
  initialize(*model, store, Precision::f64);
  Trainer trainer(*model, nullptr, store, {Precision::f64, 1});
  trainer.run([](const EpochReport&) { return true; });
  Trained result;
  result.bytes = bytes_of(trainer.plan());
  for (const auto& [name, tensor] : store.all())
    for (std::int64_t i = 0; i < tensor.elements_per_sample(); ++i)
      result.numbers.push_back(tensor.at(i));
  return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_computed_again_and_nothing_else_changes) {
  for (const auto& script : {deep_script(), varied_script(), image_script()}) {
    const Trained free = trained(script, 0);
    BOOST_TEST(trained(script, 1e12).bytes == free.bytes);
    const double limit = 0.9 * static_cast<double>(free.bytes);
    const Trained limited = trained(script, limit);
    BOOST_TEST(static_cast<double>(limited.bytes) <= limit);
    BOOST_REQUIRE(limited.numbers.size() == free.numbers.size());
    for (std::size_t i = 0; i < free.numbers.size(); ++i)
      BOOST_REQUIRE_SMALL(limited.numbers[i] - free.numbers[i], 1e-9);
  }
}

BOOST_AUTO_TEST_CASE(both_passes_of_an_accumulating_step_count) {
  const auto accumulating = [](std::string script) {
    return script.replace(script.find("minibatch = 32"), 14, "minibatch = 16; accumulate = 2");
  };
  const std::string script = accumulating(deep_script());
  const auto bytes = [&](double memory) {
    const auto model = model_of(script, for_training());
    model->memory = memory;
    const TrainingGraph graph =
        make_training_graph(*model, model->find_data("train"), {memory, Precision::f64, 16});
    const Passes passes = passes_of(*model, graph, Precision::f64, 16);
    BOOST_REQUIRE(passes.accumulation.has_value());
    const std::size_t arena = std::max(passes.update.arena_bytes, passes.accumulation->arena_bytes);
    BOOST_TEST(bytes_of(passes) ==
               bytes_at(passes.update, Home::variable) + bytes_at(passes.update, Home::constant) +
                   bytes_at(passes.update, Home::leaf) +
                   bytes_at(*passes.accumulation, Home::leaf) + passes.update.thread_bytes +
                   passes.accumulation->thread_bytes + arena);
    return static_cast<double>(bytes_of(passes));
  };
  const double limit = 0.95 * bytes(0);
  BOOST_TEST(bytes(limit) <= limit);
  const Trained free = trained(script, 0), limited = trained(script, limit);
  BOOST_REQUIRE(limited.numbers.size() == free.numbers.size());
  for (std::size_t i = 0; i < free.numbers.size(); ++i)
    BOOST_REQUIRE_SMALL(limited.numbers[i] - free.numbers[i], 1e-9);
}

BOOST_AUTO_TEST_CASE(a_limit_below_the_least_is_an_error_that_says_what_is_needed) {
  const auto least = [](double memory) -> double {
    try {
      trained(deep_script(), memory);
    } catch (const UserError& error) {
      const std::string text = to_string(error.diagnostic());
      BOOST_TEST(text.ends_with(
          " bytes at least, also where the reverse pass computes again what it needs of the "
          "forward pass\n  hint: smaller mini-batches take less\n"));
      const std::string begin = "error: a training step takes ";
      BOOST_REQUIRE(text.starts_with(begin));
      return std::stod(text.substr(begin.size()));
    }
    return 0;
  };
  const double bytes = least(1000);
  BOOST_TEST(bytes > 1000);
  BOOST_TEST(least(bytes) == 0);
  BOOST_TEST(least(bytes - 1) == bytes);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
