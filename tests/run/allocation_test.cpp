// Counts what a training step allocates: malloc and its kin are replaced in this program.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <functional>
#include <numeric>

#include "graph/run/executor.hpp"
#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/network.hpp"
#include "tests/support/training.hpp"

// The sanitizers replace these functions themselves. glibc's own are reached by the names that it
// keeps for interposers, so that nothing is looked up while memory is wanted.
#ifndef EBB_SANITIZED
namespace {

std::atomic<bool> counting{false};
std::atomic<std::int64_t> allocations{0};

void count() {
  if (counting.load(std::memory_order_relaxed)) ++allocations;
}

}  // namespace

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) noexcept {
  count();
  return __libc_malloc(size);
}
void* calloc(std::size_t n, std::size_t size) noexcept {
  count();
  return __libc_calloc(n, size);
}
void* realloc(void* memory, std::size_t size) noexcept {
  count();
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  count();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** result, std::size_t alignment, std::size_t size) noexcept {
  count();
  *result = __libc_memalign(alignment, size);
  return *result == nullptr ? 12 : 0;
}
}
#endif

namespace ebb {

using namespace test;

BOOST_AUTO_TEST_SUITE(allocation)

#ifndef EBB_SANITIZED

namespace {

std::int64_t allocations_of(const std::function<void()>& work) {
  allocations = 0;
  counting = true;
  work();
  counting = false;
  return allocations;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_count_sees_new_and_malloc) {
  BOOST_TEST(allocations_of([] {
               std::vector<int> numbers(100);
               std::free(std::malloc(numbers.size()));
               allocate_aligned(64);
             }) >= 3);
}

BOOST_AUTO_TEST_CASE(a_training_step_after_the_first_allocates_nothing) {
  using Sizes = std::vector<std::int64_t>;
  for (const auto& [sizes, precision] : {std::pair{Sizes{784, 30, 10}, Precision::f32},
                                         {Sizes{784, 30, 10}, Precision::f64},
                                         {Sizes{784, 100, 35, 10}, Precision::f32},
                                         {Sizes{50, 20, 3}, Precision::f64}}) {
    SigmoidNetwork network(sizes, 3);
    const PlanRequest request = network.training(precision, 10);
    Store store;
    Executor executor(make_plan(network.graph(), request), store);
    executor.run(10);
    double cost = 0;
    const auto steps = [&] {
      for (int i = 0; i < 100; ++i) executor.run(10);
      // The last, smaller mini-batch, and back.
      executor.run(3);
      executor.run(10);
      cost += executor.scalar(request.fetches[0]);
    };
    BOOST_TEST(allocations_of(steps) == 0);
  }
}

BOOST_AUTO_TEST_CASE(updates_that_are_timed_allocate_nothing) {
  Training training(
      "param w[5] ~ constant(1)\ncost sum(w.^2)\n"
      "train {\n  optimizer = adam(0.1)\n  steps = 1\n}\n",
      Precision::f32);
  const auto allocations_in = [&](std::int64_t updates) {
    return allocations_of([&] { training.trainer.profile(0, updates); });
  };
  allocations_in(1);
  BOOST_TEST(allocations_in(10) == allocations_in(1000));
}

BOOST_AUTO_TEST_CASE(inference_packs_its_weights_without_allocating) {
  SigmoidNetwork network({784, 100, 35, 10}, 3);
  PlanRequest request{{network.mean()}, {}, Precision::f32, 10};
  request.packs_weights = true;
  Store store;
  Executor executor(make_plan(network.graph(), request), store);
  executor.run(10);
  BOOST_TEST(allocations_of([&] {
               for (int i = 0; i < 10; ++i) executor.run(10);
               executor.weights_changed();
               executor.run(10);
             }) == 0);
}

namespace {

// What twenty steps after the first two allocate; the second one has the last, smaller mini-batch.
std::int64_t allocations_of_training(Model& model) {
  Store store;
  initialize(model, store, Precision::f32);
  Trainer trainer(model, nullptr, store, {});
  std::vector<std::int64_t> samples(16);
  std::iota(samples.begin(), samples.end(), 0);
  double cost = trainer.step(samples);
  cost += trainer.step(std::span(samples).first(5));
  const auto steps = [&] {
    for (int i = 0; i < 20; ++i) cost += trainer.step(samples);
  };
  const auto count = allocations_of(steps);
  BOOST_TEST(cost > 0);
  return count;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_training_step_of_the_example_scripts_allocates_nothing) {
  ElaborateOptions options = for_training();
  for (const char* name : {"attention", "autoencoder", "gradient_penalty", "recurrent"}) {
    const auto model =
        model_of_file(std::string(EBB_SOURCE_DIR "/scripts/") + name + ".ebb", options);
    BOOST_TEST(allocations_of_training(*model) == 0, name);
  }
  const auto convnet = model_of(
      "input x[1, 28, 28]\ntarget y[10]\n"
      "a = max_pool(relu(batch_norm(conv(x, 4, 5))), 2)\n"
      "z = dense(dropout(reshape(a, [size(a)]), 0.5), 10)\ncost softmax_cross_entropy(z, y)\n"
      "data train {\n  d = digits(20)\n  x = d.image / 255\n  y = one_hot(d.label, 10)\n}\n"
      "train { optimizer = adam() }\n",
      options);
  BOOST_TEST(allocations_of_training(*convnet) == 0, "convnet");
}

BOOST_AUTO_TEST_CASE(
    an_update_of_several_minibatches_with_all_that_goes_with_it_allocates_nothing) {
  ElaborateOptions options = for_training();
  const auto model = model_of(
      "input x[3]\nparam w[2, 3] ~ glorot\ncost 0.5 * sum((w * x - 1) .^ 2) + 0.1 * l2([w])\n"
      "data train { x = values([[1, 2, 3], [4, 5, 6], [7, 8, 9], [1, 0, 1], [0, 1, 0]]) }\n"
      "train {\n  optimizer = clip_norm(adafactor(plateau_decay(0.1)))\n  minibatch = 2\n"
      "  accumulate = 3\n  average = 0.9\n}\n",
      options);
  Store store;
  initialize(*model, store, Precision::f32);
  Trainer trainer(*model, nullptr, store, {});
  const std::vector<std::int64_t> samples{4, 2, 0, 1, 3};
  trainer.step(samples);
  double cost = 0;
  BOOST_TEST(allocations_of([&] {
               for (int i = 0; i < 20; ++i) cost += trainer.step(samples);
             }) == 0);
  BOOST_TEST(cost > 0);
}

#else

BOOST_AUTO_TEST_CASE(nothing_is_counted_under_a_sanitizer) {
  BOOST_TEST_MESSAGE("the sanitizer has functions of its own in place of malloc");
}

#endif

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
