#include "graph/compile/parts.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/graphs.hpp"

namespace ebb {

using namespace test;

BOOST_AUTO_TEST_SUITE(parts)

namespace {

std::string text_of(const Graph& g, std::vector<Value> fetches) {
  PlanRequest request{std::move(fetches), {}, Precision::f64, 2};
  request.provider = &arma_gemm();
  return "\n" + to_string(make_plan(g, request));
}

}  // namespace

BOOST_AUTO_TEST_CASE(slices_are_read_where_they_are) {
  Graph g(registry());
  const Value x = g.input("x", real_per_sample({6, 2}));
  const Value z = g.add("exp", {column(g, x, 1)});
  const Value product = g.add("mul", {rows(g, z, 0, 3), rows(g, z, 3, 6)});
  const Value w = g.variable("w", real_type({2, 4}));
  const Value parts = g.add("matmul", {w, rows(g, z, 1, 5)});
  BOOST_TEST(text_of(g, {product, parts}) == R"(
0: elementwise exp: arena+0 [6]* <- leaf x [6]* at 6 of [6, 2]*
1: elementwise mul: arena+128 [3]* <- arena+0 [3]* at 0 of [6]*, arena+0 [3]* at 3 of [6]*
2: gemm: arena+192 [2]* <- variable w [2, 4], arena+0 [4]* at 1 of [6]* (2x4 times 4x1, samples in n, by blas)
3 steps, 256 bytes of arena for 2 samples
)");
}

BOOST_AUTO_TEST_CASE(what_is_joined_is_made_in_its_place) {
  Graph g(registry());
  const Value x = g.input("x", real_per_sample({3}));
  const Value w = g.variable("w", real_type({2, 3}));
  const Value joined = g.add("concat", {g.add("exp", {x}), g.add("matmul", {w, x}), x});
  BOOST_TEST(text_of(g, {g.add("matmul", {g.variable("v", real_type({1, 8})), joined})}) == R"(
0: elementwise exp: arena+0 [3]* at 0 of [8]* <- leaf x [3]*
1: gemm: arena+0 [2]* at 3 of [8]* <- variable w [2, 3], leaf x [3]* (2x3 times 3x1, samples in n, by blas)
2: copy: arena+0 [3]* at 5 of [8]* <- leaf x [3]*
3: gemm: arena+128 []* <- variable v [1, 8], arena+0 [8]* (1x8 times 8x1, samples in n, by blas)
4 steps, 192 bytes of arena for 2 samples
)");
}

BOOST_AUTO_TEST_CASE(what_cannot_take_gaps_gets_copies) {
  Graph g(registry());
  const Value x = g.input("x", real_per_sample({6}));
  BOOST_TEST(text_of(g, {g.add("softmax", {rows(g, x, 2, 5)}), rows(g, x, 0, 2)}) == R"(
0: tensor slice: arena+0 [3]* <- leaf x [6]*
1: tensor slice: arena+64 [2]* <- leaf x [6]*
2: tensor softmax: arena+128 [3]* <- arena+0 [3]*
3 steps, 192 bytes of arena for 2 samples
)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
