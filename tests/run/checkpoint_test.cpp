// What a checkpoint saves of the arena, and that it changes no number.
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "graph/compile/simplify.hpp"
#include "graph/core/gradient.hpp"
#include "graph/run/executor.hpp"
#include "tests/support/graphs.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(checkpoint)

namespace {

constexpr std::int64_t width = 16, samples = 64;

// tanh(w a), block after block of them, and the gradient of the sum of squares (or of the squares
// of its gradient with respect to the input) with respect to every w.
struct Chain {
  Graph graph{registry()};
  std::vector<Value> weights, results;

  Chain(int blocks, int layers, bool checkpoints, bool second_order, int segments = 1) {
    const Value x = graph.input("x", real_per_sample({width}));
    Value a = x;
    for (int block = 0; block < blocks; ++block) {
      const Value begin = checkpoints ? graph.add("checkpoint_begin", {a}) : a;
      Value inner = begin;
      for (int layer = 0; layer < layers; ++layer) {
        const std::string name = std::to_string(block) + "." + std::to_string(layer);
        weights.push_back(graph.variable(name, real_type({width, width})));
        const Value w = graph.add("scale", {weights.back()}, {{"factor", 0.3}});
        inner = graph.add("tanh", {graph.add("matmul", {w, inner})});
      }
      a = checkpoints ? graph.add("checkpoint_end", {inner, begin}) : inner;
    }
    Value objective = squares(a);
    if (second_order) objective = squares(gradients(graph, objective, {&x, 1})[0]);
    Simplifier before(graph, {}, {.lower = false});
    objective = before(graph.add("sample_sum", {objective}));
    Simplifier after(graph, {});
    results = after(gradients(graph, objective, weights, OverSamples::sum, segments));
  }
  Value squares(Value value) { return graph.add("sum", {graph.add("mul", {value, value})}); }
};

// The gradients that a plan in double makes of random leaves.
struct Run {
  std::size_t arena_bytes = 0;
  std::vector<Tensor> gradients;

  explicit Run(const Chain& chain) {
    Store store;
    for (const Value w : chain.weights) {
      Tensor& stored = store.get(chain.graph.node(w).key, chain.graph.type(w), Precision::f64);
      const Tensor values = random_tensor(chain.graph, w, 1);
      std::memcpy(stored.bytes(), values.bytes(), values.size_bytes());
    }
    PlanRequest request{chain.results, {}, Precision::f64, samples};
    Executor executor(make_plan(chain.graph, request), store);
    arena_bytes = executor.plan().arena_bytes;
    Value x{0, 0};
    const Tensor values = random_tensor(chain.graph, x, samples);
    std::memcpy(executor.leaf("x")->data, values.bytes(), values.size_bytes());
    executor.run(samples);
    for (const Value result : chain.results) gradients.push_back(executor.fetch_tensor(result));
  }
};

bool same_bits(const Run& a, const Run& b) {
  bool same = a.gradients.size() == b.gradients.size();
  for (std::size_t i = 0; same && i < a.gradients.size(); ++i)
    same = a.gradients[i].same_bits(b.gradients[i]);
  return same;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_deep_chain_keeps_the_ends_of_its_blocks_alone) {
  const Run kept(Chain(8, 8, false, false)), again(Chain(8, 8, true, false));
  const std::size_t results = 64 * width * width * sizeof(double);
  BOOST_TEST_MESSAGE("arena: " << kept.arena_bytes << " bytes kept, " << again.arena_bytes
                               << " computed again, of which results " << results);
  // 64 layers are kept; or 8 ends, and 8 layers at a time.
  BOOST_TEST(3 * (again.arena_bytes - results) < kept.arena_bytes - results);
  BOOST_TEST(same_bits(kept, again));
}

BOOST_AUTO_TEST_CASE(so_does_one_that_is_cut_into_segments) {
  const Run kept(Chain(8, 8, false, false));
  const std::size_t results = 64 * width * width * sizeof(double);
  std::size_t before = kept.arena_bytes - results;
  for (const int segments : {2, 4, 8}) {
    const Run again(Chain(8, 8, false, false, segments));
    const std::size_t bytes = again.arena_bytes - results;
    BOOST_TEST(bytes < before, segments << " segments take " << bytes << " bytes");
    before = bytes;
    BOOST_TEST(same_bits(kept, again));
  }
  BOOST_TEST(3 * before < kept.arena_bytes - results);
  // There are no more places than layers.
  BOOST_TEST(same_bits(kept, Run(Chain(8, 8, false, false, 1000))));
  // What is marked to be computed again may lie in a segment.
  BOOST_TEST(same_bits(kept, Run(Chain(8, 8, true, false, 3))));
}

BOOST_AUTO_TEST_CASE(second_derivatives_through_segments_are_the_same) {
  const Run kept(Chain(3, 3, false, true)), again(Chain(3, 3, false, true, 4));
  for (std::size_t i = 0; i < kept.gradients.size(); ++i)
    BOOST_TEST(difference(kept.gradients[i], again.gradients[i]) < 1e-12);
}

BOOST_AUTO_TEST_CASE(second_derivatives_through_a_checkpoint_are_the_same) {
  const Run kept(Chain(3, 3, false, true)), again(Chain(3, 3, true, true));
  for (std::size_t i = 0; i < kept.gradients.size(); ++i)
    BOOST_TEST(difference(kept.gradients[i], again.gradients[i]) < 1e-12);
}

BOOST_AUTO_TEST_SUITE_END()
