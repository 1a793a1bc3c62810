#include "graph/compile/plan.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/network.hpp"

namespace ebb {

using namespace test;

BOOST_AUTO_TEST_SUITE(plan)

namespace {

// A plan that is the same whatever libraries were compiled in.
PlanRequest by_blas(PlanRequest request) {
  request.provider = &arma_gemm();
  return request;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_training_step_is_what_one_would_write_by_hand) {
  SigmoidNetwork network({6, 40, 3}, 0.5);
  const Plan plan = make_plan(network.graph(), by_blas(network.training(Precision::f32, 10)));
  BOOST_TEST("\n" + to_string(plan) == R"(
0: gemm: arena+0 [40]* <- variable a[0].w [40, 6], leaf x [6]* (40x6 times 6x1, samples in n, by blas)
1: elementwise add, sigmoid: arena+0 [40]* <- arena+0 [40]*, variable a[0].b [40]
2: gemm: arena+1600 [3]* <- variable a[1].w [3, 40], arena+0 [40]* (3x40 times 40x1, samples in n, by blas)
3: tensor sample_weight: arena+1728 [] <- 
4: elementwise add, sigmoid, sub, power, sample_sum, sub, mul, mul, mul, scale: arena+1792 [], arena+1600 [3]*, arena+1856 [3]* <- arena+1600 [3]*, variable a[1].b [3], leaf y [3]*, constant [], arena+1728 []
5: elementwise scale, mul: arena+1792 [] <- arena+1792 [], arena+1728 []
6: gemm: arena+1984 [40]* <- variable a[1].w [3, 40], arena+1600 [3]* (40x3 transposed times 3x1, samples in n, by blas)
7: gemm: variable a[1].w [3, 40] <- arena+1856 [3]*, arena+0 [40]* added to variable a[1].w [3, 40] (3x1 times 1x40 transposed, samples in k, by blas)
8: tensor sample_sum: arena+1728 [3] <- arena+1600 [3]*
9: elementwise scale, sub: variable a[1].b [3] <- arena+1728 [3], variable a[1].b [3]
10: elementwise sub, mul, mul, sample_sum: arena+0 [40]*, arena+1600 [40] <- constant [], arena+0 [40]*, arena+1984 [40]*
11: elementwise scale: arena+1856 [6]* <- leaf x [6]*
12: gemm: variable a[0].w [40, 6] <- arena+0 [40]*, arena+1856 [6]* added to variable a[0].w [40, 6] (40x1 times 1x6 transposed, samples in k, by blas)
13: elementwise scale, sub: variable a[0].b [40] <- arena+1600 [40], variable a[0].b [40]
14 steps, 3904 bytes of arena for 10 samples, 1792 for each thread
)");
}

BOOST_AUTO_TEST_CASE(a_node_that_nobody_wants_is_not_planned) {
  Graph g(registry());
  const Value x = g.input("x", real_per_sample({3}));
  g.add("exp", {x});
  const Value wanted = g.add("tanh", {x});
  const Plan plan = make_plan(g, {{wanted}, {}, Precision::f64, 2});
  BOOST_TEST(to_string(plan) ==
             "0: elementwise tanh: arena+0 [3]* <- leaf x [3]*\n"
             "1 steps, 64 bytes of arena for 2 samples\n");
}

BOOST_AUTO_TEST_CASE(a_shared_matrix_on_the_right_folds_the_samples_too) {
  Graph g(registry());
  const Value w = g.variable("w", real_type({3, 4}));
  const Value x = g.input("x", real_per_sample({3}));
  const Value m = g.input("m", real_per_sample({2, 3}));
  const Value row = g.add("matmul", {g.add("transpose", {x}), w});
  const Value batch = g.add("matmul", {m, w});
  const Plan plan = make_plan(g, by_blas({{row, batch}, {}, Precision::f64, 2}));
  BOOST_TEST(to_string(plan) ==
             "0: gemm: arena+0 [1, 4]* <- variable w [3, 4], leaf x [1, 3]* "
             "(4x3 transposed times 3x1, samples in n, by blas)\n"
             "1: gemm: arena+64 [2, 4]* <- leaf m [2, 3]*, variable w [3, 4] "
             "(2x3 times 3x4, a product per sample, by blas)\n"
             "2 steps, 192 bytes of arena for 2 samples\n");
}

BOOST_AUTO_TEST_CASE(no_arena_is_smaller_than_what_a_step_needs_at_once) {
  Graph g(registry());
  const Value x = g.input("x", real_per_sample({3}));
  const Value w = g.variable("w", real_type({5, 3}));
  const Value z = g.add("matmul", {w, x});
  const Value row = g.add("transpose", {g.add("softmax", {z})});
  const Plan plan = make_plan(g, by_blas({{g.add("matmul", {row, z})}, {}, Precision::f64, 2}));
  // At the last step: z, its softmax and their product, for each of 2 samples.
  BOOST_TEST(plan.alive_bytes == 2u * (2 * 5 * 8) + 2 * 8);
  BOOST_TEST(plan.arena_bytes >= plan.alive_bytes);
}

BOOST_AUTO_TEST_CASE(products_of_samples_that_lie_apart_are_summed_one_by_one) {
  Graph g(registry());
  const Value m = g.input("m", real_per_sample({2, 3}));
  const Value v = g.add("matmul", {m, m}, {{"ta", true}, {"over_samples", true}});
  BOOST_TEST(to_string(make_plan(g, by_blas({{v}, {}, Precision::f64, 1}))) ==
             "0: gemm: arena+0 [3, 3] <- leaf m [2, 3]*, leaf m [2, 3]* "
             "(3x2 transposed times 2x3, products summed over samples, by blas)\n"
             "1 steps, 128 bytes of arena for 1 sample\n");
}

BOOST_AUTO_TEST_CASE(a_product_beyond_the_librarys_integers_is_the_users_error) {
  Graph g(registry());
  const Value x = g.input("x", real_per_sample({1 << 20}));
  const Value row = g.variable("row", real_type({1, 1 << 20}));
  try {
    make_plan(g, {{g.add("matmul", {row, x})}, {}, Precision::f32, std::int64_t{1} << 32});
    BOOST_ERROR("no error");
  } catch (const UserError& e) {
    BOOST_TEST(e.diagnostic().message ==
               "this product is too large: the library for matrix products takes at most "
               "2147483647 rows or columns");
  }
}

BOOST_AUTO_TEST_CASE(an_op_without_a_kernel_is_the_users_error) {
  OpRegistry own;
  OpDef op;
  op.name = "kernelless";
  op.inputs.resize(1);
  op.inputs[0].name = "x";
  op.infer = [](const ebb_infer_call* c) {
    c->outputs[0] = c->inputs[0];
    return int{EBB_OK};
  };
  own.add(op);
  Graph g(own);
  const Value v = g.add("kernelless", {g.input("x", real_type({}))});
  try {
    make_plan(g, {{v}, {}, Precision::f32, 1});
    BOOST_ERROR("no error");
  } catch (const UserError& e) {
    BOOST_TEST(e.diagnostic().message == "kernelless has no kernel in float");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
