#include <boost/test/unit_test.hpp>
#include <cstring>
#include <mutex>
#include <set>

#include "graph/compile/gemm/gemm.hpp"
#include "graph/run/feed.hpp"
#include "graph/run/flush_subnormals.hpp"
#include "graph/run/thread_pool.hpp"
#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/model.hpp"

using namespace ebb;
using namespace ebb::test;

namespace {

// The shared pool has so many threads while it lives.
class Threads {
 public:
  explicit Threads(int count) { ThreadPool::shared().resize(count); }
  ~Threads() { ThreadPool::shared().resize(1); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
};

// Notes which parts were run and how often, and by whom.
class Noted : public WorkInParts {
 public:
  explicit Noted(int parts, std::set<int> failing = {})
      : counts_(static_cast<std::size_t>(parts)), failing_(std::move(failing)) {
    set_parts(parts);
    set_joins(true);
  }
  int run(int part, int thread) const override {
    const std::scoped_lock lock(mutex_);
    ++counts_[static_cast<std::size_t>(part)];
    threads_.insert(thread);
    return failing_.contains(part) ? 1 : 0;
  }
  void join() const override { ++joined_; }
  const std::vector<int>& counts() const { return counts_; }
  const std::set<int>& threads() const { return threads_; }
  int joined() const { return joined_; }

 private:
  mutable std::mutex mutex_;
  mutable std::vector<int> counts_;
  mutable std::set<int> threads_;
  mutable int joined_ = 0;
  std::set<int> failing_;
};

std::string with_data(const std::string& model, const std::string& x, const std::string& train) {
  return model + "data train {\n  x = " + x +
         "\n  y = one_hot(mod(values(0..160), 10), 10)\n}\ntrain {\n  minibatch = 64\n  epochs = "
         "2\n  optimizer = " +
         train + "\n}\n";
}

// Dense layers: products cut along each dimension, sums over samples, updates of many parameters.
std::string dense_script() {
  return with_data(
      "input x[400]\ntarget y[10]\na = sigmoid(dense(x, 300))\nb = tanh(dense(a, 600))\n"
      "cost softmax_cross_entropy(dense(b, 10), y)\n",
      "sin(0.37 * values(0..160) .* (0..400))", "adam(0.01)");
}

// Kernels that take each sample by itself.
std::string image_script() {
  return with_data(
      "input x[1, 20, 20]\ntarget y[10]\na = relu(max_pool(conv(x, 8, 5), 2))\n"
      "cost softmax_cross_entropy(dense(reshape(a, [size(a)]), 10), y)\n",
      "reshape(sin(0.37 * values(0..160) .* (0..400)), [1, 20, 20])", "momentum(0.01, mu = 0.9)");
}

// Products per sample, and sums of them.
std::string attention_script() {
  return with_data(
      "input x[16] : int\ntarget y[10]\nparam p[32, 16] ~ normal(0, 0.3)\n"
      "h = transformer_block(embedding(x, 10, 32) + p, 4, 64)\n"
      "cost softmax_cross_entropy(dense(reshape(h, [size(h)]), 10), y)\n",
      "mod(values(0..160) .* (1..17), 10)", "sgd(0.01)");
}

// The bytes of all parameters and states after training with so many threads. Mini-batches of 64,
// 64 and 32.
std::string trained(const std::string& script, Precision precision, int threads) {
  const Threads some(threads);
  const auto model = model_of(script, for_training());
  Store store;
  initialize(*model, store, precision);
  Trainer trainer(*model, nullptr, store, {precision, 1});
  trainer.run([](const EpochReport&) { return true; });
  std::string bytes;
  for (const auto& [name, tensor] : store.all())
    bytes.append(reinterpret_cast<const char*>(tensor.bytes()), tensor.size_bytes());
  return bytes;
}

// Steps of the plan that are cut otherwise than by a provider of products.
std::size_t cut_steps(const std::string& script) {
  const auto model = model_of(script, for_training());
  Store store;
  initialize(*model, store, Precision::f32);
  Trainer trainer(*model, nullptr, store, {});
  return static_cast<std::size_t>(
      std::ranges::count_if(trainer.plan().steps, [](const Step& step) { return step.part > 0; }));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(each_part_is_run_once_and_joined_afterwards) {
  ThreadPool pool;
  BOOST_TEST(pool.size() == 1);
  for (const int threads : {1, 2, 3, 2, 1}) {
    pool.resize(threads);
    BOOST_TEST(pool.size() == threads);
    for (const int parts : {1, 2, 5, 100}) {
      const Noted work(parts);
      const ThreadPool::Lease lease(pool, threads);
      for (int i = 0; i < 50; ++i) BOOST_REQUIRE(lease.run(work) == 0);
      BOOST_TEST(work.counts() == std::vector<int>(static_cast<std::size_t>(parts), 50),
                 boost::test_tools::per_element());
      BOOST_TEST(work.joined() == 50);
      BOOST_TEST(*work.threads().rbegin() < threads);
    }
  }
}

BOOST_AUTO_TEST_CASE(work_has_as_many_parts_as_the_pool_can_count) {
  ThreadPool pool;
  pool.resize(2);
  const ThreadPool::Lease lease(pool, 2);
  const Noted most(WorkInParts::max_parts);
  BOOST_TEST(lease.run(most) == 0);
  BOOST_TEST(most.counts() == std::vector<int>(WorkInParts::max_parts, 1),
             boost::test_tools::per_element());
  BOOST_CHECK_THROW(Noted(WorkInParts::max_parts + 1), InternalError);
  BOOST_CHECK_THROW(Noted(0), InternalError);
  // Of a product with 40 million columns.
  const GemmCall wide{false, false, false, 2000, 40'000'000, 2000};
  BOOST_TEST(arma_gemm().prepare<float>(wide)->parts() <= WorkInParts::max_parts);
}

// Each part multiplies two numbers whose product is subnormal.
class Tiny : public WorkInParts {
 public:
  Tiny() { set_parts(200); }
  int run(int, int thread) const override {
    volatile float tiny = 1e-30f;
    if (thread > 0) helped_ = true;
    return tiny * 1e-10f == 0 ? 0 : 1;
  }
  bool helped() const { return helped_; }

 private:
  mutable std::atomic<bool> helped_{false};
};

BOOST_AUTO_TEST_CASE(helping_threads_flush_subnormal_numbers) {
  ThreadPool pool;
  pool.resize(2);
  const FlushSubnormals flush;
  const ThreadPool::Lease lease(pool, 2);
  const Tiny work;
  for (int i = 0; i < 100'000 && !work.helped(); ++i) BOOST_REQUIRE(lease.run(work) == 0);
  BOOST_TEST(work.helped());
}

BOOST_AUTO_TEST_CASE(threads_that_sleep_wake_up) {
  ThreadPool pool;
  pool.resize(2);
  // A helper takes a part sooner or later, also after it has gone to sleep.
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const Noted work(1000);
    const ThreadPool::Lease lease(pool, 2);
    for (int run = 0; run < 10000 && work.threads().size() < 2; ++run) lease.run(work);
    BOOST_TEST(work.threads() == (std::set<int>{0, 1}), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(no_more_threads_take_part_than_the_work_is_bound_for) {
  ThreadPool pool;
  pool.resize(3);
  const Noted work(1000);
  const ThreadPool::Lease lease(pool, 1);
  for (int i = 0; i < 20; ++i) lease.run(work);
  BOOST_TEST(work.threads() == std::set<int>{0}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_comes_second_works_alone) {
  ThreadPool pool;
  pool.resize(2);
  const ThreadPool::Lease first(pool, 2);
  const Noted work(1000);
  const ThreadPool::Lease second(pool, 2);
  for (int i = 0; i < 20; ++i) BOOST_REQUIRE(second.run(work) == 0);
  BOOST_TEST(work.threads() == std::set<int>{0}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_part_that_fails_makes_all_fail) {
  ThreadPool pool;
  for (const int threads : {1, 2}) {
    pool.resize(threads);
    const Noted bad(9, {4, 7}), good(9);
    const ThreadPool::Lease lease(pool, threads);
    BOOST_TEST(lease.run(bad) == 1);
    BOOST_TEST(bad.joined() == 0);
    BOOST_TEST(lease.run(good) == 0);
    BOOST_TEST(good.joined() == 1);
  }
}

BOOST_AUTO_TEST_CASE(this_machine_has_a_core) { BOOST_TEST(processor_cores() >= 1); }

BOOST_AUTO_TEST_CASE(training_gives_the_same_bits_for_any_number_of_threads) {
  for (const auto& script : {dense_script(), image_script(), attention_script()}) {
    BOOST_TEST(cut_steps(script) > 2u);
    for (const Precision precision : {Precision::f32, Precision::f64}) {
      const std::string one = trained(script, precision, 1);
      BOOST_TEST(one.size() > 1000u);
      for (const int threads : {2, 3, 5})
        BOOST_TEST((trained(script, precision, threads) == one), "with " << threads << " threads");
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(feeding)

// Whatever samples are asked for, and in which order: those that lie side by side are read where
// they are, others are copied, in several parts where they are large.
BOOST_AUTO_TEST_CASE(the_samples_that_are_asked_for_arrive) {
  const auto model = model_of(
      "input x[3000]\ninput t[2, 2]\noutput sum(x) + t[1, 0]\n"
      "data train {\n  x = values(0..20) .* (0..3000)\n"
      "  t = reshape(values(0..20) .* [1, 10, 100, 1000], [2, 2])\n}\n",
      for_training());
  const auto& bindings = model->data.at(0).bindings;
  PlanRequest request;
  request.fetches = {model->graph.add("sum", {bindings.at(0).value}), bindings.at(1).value};
  request.precision = Precision::f64;
  request.max_samples = 6;
  for (const int threads : {1, 2}) {
    const Threads some(threads);
    Store store;
    Executor executor(make_plan(model->graph, request), store);
    Feed feed(model->columns, executor);
    for (const std::vector<std::int64_t>& indices : {std::vector<std::int64_t>{3, 4, 5},
                                                     {7, 1, 19, 1, 0, 2},
                                                     {6},
                                                     {14, 15, 16, 17, 18, 19},
                                                     {9, 8}}) {
      feed.gather(indices);
      executor.run(static_cast<std::int64_t>(indices.size()));
      const Tensor sums = executor.fetch_tensor(request.fetches[0]);
      const Tensor matrices = executor.fetch_tensor(request.fetches[1]);
      for (std::size_t i = 0; i < indices.size(); ++i) {
        const auto sample = static_cast<double>(indices[i]);
        const auto at = static_cast<std::int64_t>(i);
        BOOST_TEST(sums.at(at) == sample * 3000 * 2999 / 2);
        // Column by column.
        for (const auto& [place, factor] : {std::pair{0, 1}, {1, 100}, {2, 10}, {3, 1000}})
          BOOST_TEST(matrices.at(4 * at + place) == sample * factor);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
