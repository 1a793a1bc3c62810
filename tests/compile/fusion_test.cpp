#include "graph/compile/fusion.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/graphs.hpp"

namespace ebb {

using namespace test;

namespace {

struct Planned {
  Graph g{registry()};
  Value x = g.input("x", real_per_sample({8}));
  Value y = g.input("y", real_per_sample({8}));
  Value b = g.variable("b", real_type({8}));

  std::string planned(std::vector<Value> fetches, std::vector<Assignment> assignments = {}) {
    PlanRequest request{std::move(fetches), std::move(assignments), Precision::f64, 2};
    request.provider = &arma_gemm();
    return "\n" + to_string(make_plan(g, request));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fusion, Planned)

BOOST_AUTO_TEST_CASE(what_one_op_reads_of_another_need_not_leave_the_cache) {
  const Value z = g.add("add", {x, b});
  BOOST_TEST(planned({g.add("tanh", {g.add("exp", {z})})}) == R"(
0: elementwise add, exp, tanh: arena+0 [8]* <- leaf x [8]*, variable b [8]
1 steps, 128 bytes of arena for 2 samples, 512 for each thread
)");
}

BOOST_AUTO_TEST_CASE(what_others_read_too_is_stored) {
  const Value e = g.add("sub", {x, y});
  const Value squares = g.add("mul", {e, e});
  BOOST_TEST(planned({g.add("exp", {squares}), e, g.add("sum", {squares})}) == R"(
0: elementwise sub, mul, exp: arena+0 [8]*, arena+128 [8]*, arena+256 [8]* <- leaf x [8]*, leaf y [8]*
1: tensor sum: arena+384 []* <- arena+128 [8]*
2 steps, 448 bytes of arena for 2 samples
)");
}

BOOST_AUTO_TEST_CASE(a_sum_over_the_samples_ends_a_step) {
  const Value delta = g.add("mul", {x, y});
  const Value sum = g.add("sample_sum", {delta});
  const Value next = g.add("sub", {b, g.add("scale", {sum}, {{"factor", 0.5}})});
  BOOST_TEST(planned({}, {{b, next}}) == R"(
0: elementwise mul, sample_sum: arena+0 [8] <- leaf x [8]*, leaf y [8]*
1: elementwise scale, sub: variable b [8] <- arena+0 [8], variable b [8]
2 steps, 128 bytes of arena for 2 samples, 512 for each thread
)");
}

BOOST_AUTO_TEST_CASE(so_does_a_sum_over_samples_and_elements) {
  const Value squares = g.add("mul", {x, x});
  const Value sum = g.add("sample_sum", {squares}, {{"kept", std::int64_t{0}}});
  BOOST_TEST(planned({sum}) == R"(
0: elementwise mul, sample_sum: arena+0 [] <- leaf x [8]*
1 steps, 128 bytes of arena for 2 samples, 512 for each thread
)");
}

BOOST_AUTO_TEST_CASE(a_conversion_is_an_instruction_like_others) {
  const Value bytes = g.data("bytes", {DType::u8, true, {8}});
  const Value real = g.add("convert", {bytes}, {{"dtype", std::int64_t{EBB_REAL}}});
  BOOST_TEST(planned({g.add("exp", {real})}) == R"(
0: elementwise convert, exp: arena+0 [8]* <- leaf bytes [8]*
1 steps, 128 bytes of arena for 2 samples, 512 for each thread
)");
}

BOOST_AUTO_TEST_CASE(long_steps_have_parts) {
  const Value many = g.input("many", real_per_sample({20000}));
  BOOST_TEST(planned({g.add("exp", {many})}) == R"(
0: elementwise exp: arena+0 [20000]* <- leaf many [20000]* in parts of 20032 elements
1 steps, 320000 bytes of arena for 2 samples
)");
}

BOOST_AUTO_TEST_CASE(a_sum_of_few_elements_is_a_step_of_its_own) {
  const Value few = g.input("few", real_per_sample({7}));
  BOOST_TEST(planned({g.add("sample_sum", {g.add("exp", {few})})}) == R"(
0: elementwise exp: arena+0 [7]* <- leaf few [7]*
1: tensor sample_sum: arena+128 [7] <- arena+0 [7]*
2 steps, 256 bytes of arena for 2 samples
)");
}

BOOST_AUTO_TEST_CASE(who_reads_a_sum_waits_for_all_tiles) {
  const Value e = g.add("exp", {x});
  BOOST_TEST(planned({g.add("sub", {e, g.add("sample_sum", {e})})}) == R"(
0: elementwise exp, sample_sum: arena+0 [8]*, arena+128 [8] <- leaf x [8]*
1: elementwise sub: arena+0 [8]* <- arena+0 [8]*, arena+128 [8]
2 steps, 256 bytes of arena for 2 samples
)");
}

BOOST_AUTO_TEST_CASE(a_value_that_is_stretched_is_whole_before) {
  const Value column = g.add("exp", {b});
  const Value matrix = g.variable("m", real_type({8, 8}));
  BOOST_TEST(planned({g.add("mul", {matrix, column})}) == R"(
0: elementwise exp: arena+0 [8] <- variable b [8]
1: elementwise mul: arena+64 [8, 8] <- variable m [8, 8], arena+0 [8]
2 steps, 576 bytes of arena for 2 samples
)");
}

BOOST_AUTO_TEST_CASE(a_step_waits_for_its_reader) {
  const Value w = g.variable("w", real_type({8, 8}));
  const Value a = g.add("sigmoid", {x});
  const Value product = g.add("matmul", {w, a});
  const Value slope = g.add("mul", {a, g.add("sub", {g.constant(1), a})});
  BOOST_TEST(planned({g.add("mul", {product, slope})}) == R"(
0: elementwise sigmoid: arena+0 [8]* <- leaf x [8]*
1: gemm: arena+128 [8]* <- variable w [8, 8], arena+0 [8]* (8x8 times 8x1, samples in n, by blas)
2: elementwise sub, mul, mul: arena+0 [8]* <- constant [], arena+0 [8]*, arena+128 [8]*
3 steps, 256 bytes of arena for 2 samples, 512 for each thread
)");
}

BOOST_AUTO_TEST_CASE(states_and_parameters_are_updated_in_one_pass) {
  const Value v = g.variable("v", real_type({8}));
  const Value gradient = g.add("sample_sum", {g.add("mul", {x, y})});
  const Value v_next = g.add("sub", {g.add("scale", {v}, {{"factor", 0.9}}), gradient});
  BOOST_TEST(planned({}, {{v, v_next}, {b, g.add("add", {b, v_next})}}) == R"(
0: elementwise mul, sample_sum: arena+0 [8] <- leaf x [8]*, leaf y [8]*
1: elementwise scale, sub, add: variable v [8], variable b [8] <- variable v [8], arena+0 [8], variable b [8]
2 steps, 128 bytes of arena for 2 samples, 512 for each thread
)");
}

BOOST_AUTO_TEST_CASE(no_step_moves_past_the_readers_of_a_variable_that_it_writes_over) {
  const Value w = g.variable("w", real_type({8, 8}));
  const Value square = g.add("mul", {b, b});
  const Value later = g.add("mul", {g.add("matmul", {w, square}), b});
  BOOST_TEST(planned({later}, {{b, g.add("exp", {square})}}) == R"(
0: elementwise mul: arena+0 [8] <- variable b [8], variable b [8]
1: gemm: arena+64 [8] <- variable w [8, 8], arena+0 [8] (8x8 times 8x1, by blas)
2: elementwise mul: arena+64 [8] <- arena+64 [8], variable b [8]
3: elementwise exp: variable b [8] <- arena+0 [8]
4 steps, 128 bytes of arena for 2 samples
)");
}

BOOST_AUTO_TEST_CASE(a_long_chain_is_several_steps) {
  Value value = x;
  for (int i = 0; i < 40; ++i) value = g.add("tanh", {value});
  const Plan plan = make_plan(g, {{value}, {}, Precision::f64, 2});
  BOOST_TEST_REQUIRE(plan.steps.size() == 2u);
  BOOST_TEST(plan.steps[0].instructions.size() == 32u);
  BOOST_TEST(plan.steps[1].instructions.size() == 8u);
  // Each is written over the one before.
  BOOST_TEST(plan.steps[0].thread_bytes == static_cast<std::size_t>(plan.steps[0].tile) * 8);
}

BOOST_AUTO_TEST_CASE(tiles_of_a_step_fit_the_first_level_cache) {
  const Value sum = g.add("add", {g.add("exp", {x}), g.add("tanh", {y})});
  const Plan plan = make_plan(g, {{sum}, {}, Precision::f32, 1000});
  BOOST_TEST_REQUIRE(plan.steps.size() == 1u);
  // Two tiles, two operands and a result.
  BOOST_TEST(plan.steps[0].tile == 1216);
  BOOST_TEST(plan.steps[0].thread_bytes == 2u * 1216 * 4);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
