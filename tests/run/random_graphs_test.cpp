#include <boost/test/unit_test.hpp>
#include <random>

#include "graph/compile/simplify.hpp"
#include "graph/core/gradient.hpp"
#include "tests/support/trial.hpp"

namespace ebb {

using namespace test;

namespace {

// A graph of random ops on random small shapes.
class RandomGraph {
 public:
  explicit RandomGraph(unsigned seed) : random_(seed) {
    const Shape shapes[] = {{}, {3}, {2, 3}, {3, 2}, {1, 3}};
    for (int i = 0; i < 2; ++i) {
      variables_.push_back(g_.variable("v" + std::to_string(i), real(shapes[pick(5)])));
      values_.push_back(g_.input("x" + std::to_string(i), real_per_sample(shapes[pick(5)])));
    }
    values_.insert(values_.end(), variables_.begin(), variables_.end());
    values_.push_back(g_.constant(1));
    for (int i = 0; i < 24; ++i) try_to_add();
  }

  Graph& graph() { return g_; }
  const std::vector<Value>& variables() const { return variables_; }
  Value any() { return values_[pick(values_.size())]; }

  // A shared scalar that depends on most of the graph.
  Value objective() {
    Value sum = g_.constant(0);
    for (const Value value : values_) {
      Value part = g_.add("sum_to", {g_.add("tanh", {value})}, {{"shape", Dims{}}});
      if (g_.type(part).per_sample)
        part = g_.add("sample_sum", {g_.add("mul", {part, g_.add("sample_weight", {})})});
      sum = g_.add("add", {sum, part});
    }
    return sum;
  }

 private:
  using Dims = std::vector<std::int64_t>;

  std::size_t pick(std::size_t n) { return random_() % n; }

  Dims dims(Value value) {
    const auto d = g_.type(value).shape.dims();
    return {d.begin(), d.end()};
  }

  void try_to_add() {
    const Value a = any(), b = any();
    try {
      values_.push_back(make(pick(12), a, b));
    } catch (const OpError&) {
    }
  }

  Value make(std::size_t kind, Value a, Value b) {
    switch (kind) {
      case 0:
        return g_.add("sigmoid", {a});
      case 1:
        return g_.add("scale", {a}, {{"factor", 0.5 * static_cast<double>(pick(4))}});
      case 2:
        return g_.add("sub", {a, b});
      case 3:
        return g_.add("mul", {a, b});
      case 4:
        return g_.add("add", {a, b});
      case 5:
        return g_.add("transpose", {a});
      case 6:
        return g_.add("sample_sum", {a});
      case 7:
        return g_.add("broadcast", {a}, {{"shape", dims(b)}, {"per_sample", pick(2) == 1}});
      case 8:
        return g_.add("sum_to", {a}, {{"shape", dims(b)}});
      case 9: {
        Dims turned = dims(a);
        std::ranges::reverse(turned);
        return g_.add("reshape", {a}, {{"shape", turned}});
      }
      default:
        return g_.add("tanh",
                      {g_.add("matmul", {a, b}, {{"ta", pick(2) == 1}, {"tb", pick(2) == 1}})});
    }
  }

  Graph g_{registry()};
  std::mt19937 random_;
  std::vector<Value> variables_, values_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(random_graphs)

BOOST_AUTO_TEST_CASE(values_gradients_and_updates_agree_with_plain_evaluation) {
  for (unsigned seed = 1; seed <= 120; ++seed) {
    RandomGraph random(seed);
    Graph& g = random.graph();
    const Value objective = random.objective();
    const auto grads = gradients(g, objective, random.variables());
    for (const Precision precision : {Precision::f64, Precision::f32}) {
      PlanRequest original{{objective, random.any(), random.any(), grads[0]}, {}, precision, 5};
      for (std::size_t i = 0; i < grads.size(); ++i)
        original.assignments.push_back(
            {random.variables()[i],
             g.add("sub", {random.variables()[i], g.add("scale", {grads[i]}, {{"factor", 0.1}})})});
      PlanRequest request = original;
      Simplifier simplify(g, {});
      for (Value& value : request.fetches) value = simplify(value);
      for (Assignment& assignment : request.assignments)
        assignment.next = simplify(assignment.next);
      Trial trial(g, request, original);
      for (const std::int64_t samples : {5, 1, 3})
        BOOST_TEST(trial.run(samples) < (precision == Precision::f64 ? 1e-11 : 1e-3),
                   "seed " << seed << ", " << samples << " samples");
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
