// Weights that are packed once for many runs: the same bits as without, and never old ones.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <vector>

#include "graph/run/block_evaluation.hpp"
#include "graph/run/executor.hpp"
#include "graph/run/thread_pool.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/graphs.hpp"
#include "tests/support/model.hpp"

namespace ebb {

using namespace test;

namespace {

// w x and w.T (w x), with w as large as is packed.
struct PackedLayer {
  static constexpr std::int64_t rows = 300, columns = 256, samples = 20;
  Graph g{registry()};
  Value w = g.variable("w", real_type({rows, columns}));
  Value x = g.input("x", real_per_sample({columns}));
  Value wx = g.add("matmul", {w, x});
  Value back = g.add("matmul", {w, wx}, {{"ta", true}});
  Store store;

  Plan plan(Precision precision, bool packs) const {
    PlanRequest request{{wx, back}, {}, precision, samples};
    request.packs_weights = packs;
    return make_plan(g, request);
  }
  static bool is_packed(const Plan& plan) { return plan.packed_bytes > 0; }

  static void set_numbers(Tensor& tensor, double seed) {
    for (std::int64_t i = 0; i < tensor.elements_per_sample() * tensor.samples(); ++i)
      tensor.set(i, std::sin(seed + 0.7 * static_cast<double>(i)));
  }
  void set_weights(Precision precision, double seed) {
    set_numbers(store.get("w", g.type(w), precision), seed);
  }

  // Of both products.
  std::vector<std::byte> results(Executor& executor, std::int64_t count = samples) const {
    const ebb_tensor* const leaf = executor.leaf("x");
    Tensor numbers({static_cast<DType>(leaf->type.dtype), true, {columns}}, count);
    set_numbers(numbers, 2);
    std::memcpy(leaf->data, numbers.bytes(), numbers.size_bytes());
    executor.run(count);
    std::vector<std::byte> bytes;
    for (const Value value : {wx, back}) {
      const Tensor tensor = executor.fetch_tensor(value);
      bytes.insert(bytes.end(), tensor.bytes(), tensor.bytes() + tensor.size_bytes());
    }
    return bytes;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(packed_weights, PackedLayer)

BOOST_AUTO_TEST_CASE(products_of_packed_weights_are_the_same_bits_with_one_thread_and_two) {
  for (const Precision precision : {Precision::f32, Precision::f64}) {
    store = Store();
    set_weights(precision, 1);
    std::vector<std::vector<std::byte>> of_threads;
    for (const int threads : {1, 2}) {
      ThreadPool::shared().resize(threads);
      Executor packed(plan(precision, true), store), plain(plan(precision, false), store);
      BOOST_TEST(!is_packed(plain.plan()));
      // The last mini-batch of a block is smaller.
      for (const std::int64_t count : {samples, samples, std::int64_t{7}, samples})
        BOOST_TEST((results(packed, count) == results(plain, count)));
      of_threads.push_back(results(packed));
      ThreadPool::shared().resize(1);
    }
    BOOST_TEST((of_threads[0] == of_threads[1]));
  }
}

BOOST_AUTO_TEST_CASE(changed_weights_are_packed_again_when_that_is_told) {
  set_weights(Precision::f32, 1);
  Executor packed(plan(Precision::f32, true), store), plain(plan(Precision::f32, false), store);
  const auto before = results(packed);
  set_weights(Precision::f32, 3);
  const auto after = results(plain);
  BOOST_TEST((before != after));
  // Nothing was told, so what was packed is read.
  if (is_packed(packed.plan())) BOOST_TEST((results(packed) == before));
  packed.weights_changed();
  BOOST_TEST((results(packed) == after));
}

BOOST_AUTO_TEST_CASE(a_plan_says_what_is_packed_and_counts_it) {
  const Plan packed = plan(Precision::f32, true), plain = plan(Precision::f32, false);
  if (!is_packed(packed)) return;  // a build without LIBXSMM
  // Each product has it in its own order; 304 is 300 rounded to whole lines of the cache.
  const std::size_t bytes = (304 * columns + rows * columns) * 4;
  BOOST_TEST(packed.packed_bytes == bytes);
  BOOST_TEST(bytes_of(packed) - packed.thread_bytes ==
             bytes_of(plain) - plain.thread_bytes + bytes);
  BOOST_TEST(product_text(packed.steps[0]) ==
             "300x256 times 256x1, samples in n, by libxsmm, packed once");
  BOOST_TEST(product_text(plain.steps[0]) == "300x256 times 256x1, samples in n, by libxsmm");
  const std::string text = to_string(packed);
  BOOST_TEST(text.substr(text.rfind(", ")) ==
             ", " + std::to_string(bytes) + " of packed weights\n");
}

BOOST_AUTO_TEST_CASE(products_of_the_same_weights_share_them_packed) {
  const Value v = g.variable("v", real_type({columns, columns}));
  const Value once = g.add("matmul", {v, g.add("tanh", {x})});
  const Value twice = g.add("matmul", {v, g.add("tanh", {once})});
  PlanRequest request{{twice}, {}, Precision::f32, samples};
  request.packs_weights = true;
  const Plan recurrent = make_plan(g, request);
  BOOST_TEST((recurrent.packed_bytes == 0u || recurrent.packed_bytes == columns * columns * 4u));
  std::size_t packing = 0, reading = 0;
  for (const Step& step : recurrent.steps) {
    packing += step.packed_bytes > 0;
    reading += step.gemm.constant_a;
  }
  BOOST_TEST(reading == 2 * packing);
}

BOOST_AUTO_TEST_CASE(a_block_is_evaluated_with_the_weights_of_the_moment) {
  ElaborateOptions options;
  options.data_blocks = {"test"};
  const auto model = model_of(
      "input x[256]\nparam w[300, 256] ~ 0\ncost sum(tanh(w * x))\n"
      "data test {\n  x = values(0..30) .* (0..256) / 1000\n}\n",
      options);
  for (const Precision precision : {Precision::f32, Precision::f64}) {
    Store changing;
    initialize(*model, changing, precision);
    const EvaluationOptions by_tens{precision, 10};
    BlockEvaluation again(*model, "test", changing, by_tens);
    std::vector<double> costs;
    for (const double seed : {1.0, 2.0, 3.0}) {
      set_numbers(*changing.find("w"), seed);
      costs.push_back(*again(0, 30).cost);
      BOOST_TEST(costs.back() == *BlockEvaluation(*model, "test", changing, by_tens)(0, 30).cost);
    }
    BOOST_TEST(costs[0] != costs[1]);
    BOOST_TEST(costs[1] != costs[2]);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
