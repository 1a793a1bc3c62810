#include <boost/test/unit_test.hpp>

#include "graph/compile/simplify.hpp"
#include "tests/ops/one_op.hpp"
#include "tests/support/trial.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(gather)

namespace {

const std::int64_t one = 1, two = 2;

// A cost over n rows of a shared table, looked up by an index of each sample's own: the objective
// and its gradient with respect to the table, simplified, as a plan in double would run them.
struct Lookup {
  Graph graph{registry()};
  Value table, gradient;

  explicit Lookup(std::int64_t rows, std::int64_t columns) {
    table = graph.variable("table", {DType::real, false, {rows, columns}});
    const Value ids = graph.input("ids", {DType::i64, true, {2}});
    const Value found = graph.add("gather", {table, ids});
    const Value cost = graph.add("sum", {graph.add("exp", {found})});
    const Value total = graph.add("sample_sum", {cost});
    gradient = gradients(graph, total, {&table, 1})[0];
  }
  PlanRequest request(Value value, std::int64_t samples) const {
    PlanRequest request;
    request.fetches = {value};
    request.precision = Precision::f64;
    request.max_samples = samples;
    return request;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(takes_parts_by_index) {
  const Tensor v = real({3}, {10, 20, 30}), m = real({3, 2}, {1, 2, 3, 4, 5, 6});
  BOOST_TEST(run("gather", {v, whole({}, {1})}) == "20");
  BOOST_TEST(run("gather", {v, whole({4}, {2, 0, 2, 1})}) == "[30, 10, 30, 20]");
  BOOST_TEST(run("gather", {v, whole({2, 2}, {0, 1, 2, 0})}) == "[[10, 20], [30, 10]]");
  BOOST_TEST(run("gather", {m, whole({2}, {2, 0})}) == "[[5, 6], [1, 2]]");
  BOOST_TEST(run("gather", {m, whole({3}, {1, 1, 0})}, {{"dim", one}}) ==
             "[[2, 2, 1], [4, 4, 3], [6, 6, 5]]");
  BOOST_TEST(run("gather", {m, samples(DType::i64, {}, {2, 0})}) == "[[5, 6], [1, 2]]");
  BOOST_TEST(run("gather", {samples(DType::f64, {2}, {1, 2, 3, 4}), whole({1}, {1})}) ==
             "[[2], [4]]");
  BOOST_TEST(run("gather", {whole({2}, {7, 8}), whole({1}, {1})}) == "int [8]");
  BOOST_TEST(refusal("gather", {v, whole({1}, {0})}, {{"dim", one}}) ==
             "x is [3] and has no dimension 1\nhint: dimensions count from 0");
  BOOST_TEST(refusal("gather", {v, real({2}, {0, 1})}) ==
             "gather takes whole numbers (int), but y is real");
}

BOOST_AUTO_TEST_CASE(scattering_is_its_transpose) {
  const Tensor v = real({3}, {1, 2, 3}), indices = whole({3}, {2, 0, 2});
  BOOST_TEST(run("scatter_add", {v, indices}, {{"size", std::int64_t{4}}}) == "[2, 0, 4, 0]");
  BOOST_TEST(run("scatter_add", {real({2, 3}, {1, 2, 3, 4, 5, 6}), indices},
                 {{"size", std::int64_t{3}}, {"dim", one}}) == "[[2, 0, 4], [5, 0, 10]]");
  BOOST_TEST(run("scatter_add", {samples(DType::f64, {1}, {1, 2}), whole({1}, {1})},
                 {{"size", two}}) == "[[0, 1], [0, 2]]");
  BOOST_TEST(run("scatter_add",
                 {samples(DType::f64, {1}, {1, 2}), samples(DType::i64, {1}, {1, 1})},
                 {{"size", two}, {"over_samples", true}}) == "[0, 3]");
  BOOST_TEST(gradient("gather", {real({4}, {1, 2, 3, 4}), indices}, 0) == "[1, 0, 2, 0]");
  BOOST_TEST(refusal("scatter_add", {v, whole({2}, {0, 1})}, {{"size", two}}) ==
             "x is [3] and y [2]\nhint: from dimension 0 on, x has the dimensions of y");
  BOOST_TEST(refusal("scatter_add", {v, indices}, {{"size", two}, {"over_samples", true}}) ==
             "a sum over samples needs a value that is per sample");
}

BOOST_AUTO_TEST_CASE(elements_by_an_index_of_their_own) {
  const Tensor m = real({2, 3}, {1, 2, 3, 4, 5, 6}), row = whole({1, 3}, {1, 0, 1});
  BOOST_TEST(run("gather_elements", {m, row}) == "[[4, 2, 6]]");
  BOOST_TEST(run("gather_elements", {m, whole({2, 2}, {2, 0, 1, 1})}, {{"dim", one}}) ==
             "[[3, 1], [5, 5]]");
  BOOST_TEST(run("scatter_elements_add", {m, row, real({1, 3}, {10, 20, 30})}) ==
             "[[1, 22, 3], [14, 5, 36]]");
  BOOST_TEST(gradient("gather_elements", {m, row}, 0) == "[[0, 1, 0], [1, 0, 1]]");
  BOOST_TEST(refusal("gather_elements", {m, whole({1, 4}, {0, 0, 0, 0})}) ==
             "x is [2, 3] and y [1, 4]\n"
             "hint: y has as many dimensions as x, none longer but dimension 0");
  BOOST_TEST(refusal("scatter_elements_add", {m, row, real({1, 2}, {1, 2})}) ==
             "y is [1, 3] and z [1, 2]\nhint: each value has an index of its own");
}

BOOST_AUTO_TEST_CASE(an_index_out_of_range_takes_zero_and_adds_nothing) {
  const Tensor v = real({2}, {1, 2}), indices = whole({4}, {-1, 2, 1, 1000000000000});
  BOOST_TEST(run("gather", {v, indices}) == "[0, 0, 2, 0]");
  BOOST_TEST(run("gather", {real({2, 2}, {1, 2, 3, 4}), whole({2}, {2, 1})}) == "[[0, 0], [3, 4]]");
  BOOST_TEST(run("scatter_add", {real({4}, {1, 2, 3, 4}), indices}, {{"size", two}}) == "[0, 3]");
  BOOST_TEST(run("gather_elements", {v, indices}) == "[0, 0, 2, 0]");
  BOOST_TEST(run("scatter_elements_add", {v, indices, real({4}, {1, 2, 3, 4})}) == "[1, 5]");
  BOOST_TEST(gradient("gather", {v, indices}, 0) == "[0, 1]");
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_table_is_one_table_for_all_samples) {
  constexpr std::int64_t rows = 1000, columns = 8, samples = 64;
  Lookup lookup(rows, columns);
  Simplifier simplify(lookup.graph, {});
  const Value simple = simplify(lookup.gradient);
  const auto table = static_cast<std::size_t>(rows * columns) * sizeof(double);
  const Plan plain = make_plan(lookup.graph, lookup.request(lookup.gradient, samples));
  const Plan planned = make_plan(lookup.graph, lookup.request(simple, samples));
  BOOST_TEST(plain.arena_bytes > samples * table);
  BOOST_TEST(planned.arena_bytes < 2 * table);
  Trial trial(lookup.graph, lookup.request(simple, samples),
              lookup.request(lookup.gradient, samples));
  BOOST_TEST(trial.run(samples) < 1e-14);
}

BOOST_AUTO_TEST_SUITE_END()
