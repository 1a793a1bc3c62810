#include "graph/run/executor.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>

#include "graph/compile/simplify.hpp"
#include "graph/core/gradient.hpp"
#include "tests/support/trial.hpp"

namespace ebb {

using namespace test;

namespace {

// A graph, and plans of it held against plain evaluation.
struct Executed {
  Graph g{registry()};
  Value x = g.input("x", real_per_sample({3}));
  Value y = g.input("y", real_per_sample({4}));
  Value w = g.variable("w", real_type({4, 3}));
  Value b = g.variable("b", real_type({4}));

  std::vector<Value> simplified(std::vector<Value> values) {
    return Simplifier(g, {})(std::span<const Value>(values));
  }
};

double tolerance(Precision precision) { return precision == Precision::f64 ? 1e-12 : 2e-5; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(executor, Executed)

BOOST_AUTO_TEST_CASE(a_training_step_agrees_with_plain_evaluation) {
  const Value z = g.add("add", {g.add("matmul", {w, x}), b});
  const Value e = g.add("sub", {g.add("sigmoid", {z}), y});
  const Value cost = g.add("scale", {g.add("matmul", {e, e}, {{"ta", true}})}, {{"factor", 0.5}});
  const Value mean = g.add("sample_sum", {g.add("mul", {cost, g.add("sample_weight", {})})});
  const Value wrt[] = {w, b, x};
  const auto grads = gradients(g, mean, wrt);
  const auto update = [&](Value p, Value d) {
    return g.add("sub", {p, g.add("scale", {d}, {{"factor", 0.3}})});
  };
  const auto v = simplified({mean, grads[2], z, update(w, grads[0]), update(b, grads[1])});
  for (const Precision precision : {Precision::f64, Precision::f32}) {
    Trial trial(g, {{v[0], v[1], v[2]}, {{w, v[3]}, {b, v[4]}}, precision, 5});
    for (const std::int64_t samples : {5, 5, 2, 1, 5})
      BOOST_TEST(trial.run(samples) < tolerance(precision));
    // Updates go straight into the parameters.
    BOOST_TEST(trial.count(StepKind::copy) == 0u);
  }
}

BOOST_AUTO_TEST_CASE(products_of_all_kinds_of_operands_agree) {
  const Shape shapes[] = {{},     {1},    {3},    {1, 1}, {1, 3}, {3, 1},
                          {3, 3}, {2, 3}, {3, 2}, {0, 3}, {3, 0}};
  std::vector<Value> values;
  for (const bool left : {false, true})
    for (const bool right : {false, true})
      for (const Shape& a : shapes)
        for (const Shape& c : shapes)
          for (int flags = 0; flags < 8; ++flags) {
            const std::string key = to_string(a) + to_string(c);
            const Value p = g.input("p" + key + (left ? "*" : ""), real_type(a, left));
            const Value q = g.input("q" + key + (right ? "*" : ""), real_type(c, right));
            try {
              values.push_back(g.add("matmul", {p, q},
                                     {{"ta", (flags & 1) != 0},
                                      {"tb", (flags & 2) != 0},
                                      {"over_samples", (flags & 4) != 0}}));
            } catch (const OpError&) {
            }
          }
  BOOST_TEST(values.size() > 500u);
  for (const Precision precision : {Precision::f64, Precision::f32}) {
    Trial trial(g, {values, {}, precision, 4});
    for (const std::int64_t samples : {4, 1, 3})
      BOOST_TEST(trial.run(samples) < tolerance(precision));
  }
}

BOOST_AUTO_TEST_CASE(elementwise_steps_with_every_broadcast_agree) {
  const Shape shapes[] = {{},     {1},       {3},       {1, 2},    {3, 1},
                          {3, 2}, {3, 2, 2}, {1, 1, 2}, {3, 1, 2}, {0}};
  std::vector<Value> values;
  for (const bool left : {false, true})
    for (const bool right : {false, true})
      for (const Shape& a : shapes)
        for (const Shape& c : shapes) {
          Shape joined;
          if (!broadcast(a, c, joined)) continue;
          const std::string key = to_string(a) + to_string(c);
          const Value p = g.input("p" + key + (left ? "*" : ""), real_type(a, left));
          const Value q = g.input("q" + key + (right ? "*" : ""), real_type(c, right));
          values.push_back(g.add("sub", {g.add("exp", {p}), q}));
        }
  Trial trial(g, {values, {}, Precision::f64, 4});
  for (const std::int64_t samples : {4, 1, 3}) BOOST_TEST(trial.run(samples) < 1e-14);
}

BOOST_AUTO_TEST_CASE(whole_numbers_and_truth_values_are_computed_as_such) {
  const Value n = g.input("n", {DType::i64, true, {3}});
  const Value sum = g.add("add", {n, n});
  const Value same = g.add("equal", {sum, n});
  const Value both = g.add("mul", {x, same});
  Trial trial(g, {{sum, same, both}, {}, Precision::f32, 3});
  BOOST_TEST(trial.run(3) < 1e-7);
}

BOOST_AUTO_TEST_CASE(values_share_memory_and_results_take_the_place_of_dying_operands) {
  Value v = x;
  for (int i = 0; i < 100; ++i) v = g.add("tanh", {v});
  Trial trial(g, {{v}, {}, Precision::f64, 8});
  BOOST_TEST(trial.run(8) < 1e-14);
  BOOST_TEST(trial.count(StepKind::elementwise) == 4u);
  // One result, and one tile.
  BOOST_TEST(trial.plan().arena_bytes == 8u * 3 * 8);
}

BOOST_AUTO_TEST_CASE(a_result_never_takes_the_place_of_an_operand_that_is_read_otherwise) {
  // The column is read once for every sample, so the sum must not overwrite it.
  const Value column = g.add("exp", {b});
  const Value matrix = g.add("exp", {g.variable("square", real_type({4, 4}))});
  const Value row = g.add("transpose", {column});
  const Value v = g.add("add", {g.add("add", {matrix, column}), row});
  Trial trial(g, {{v, g.add("add", {column, y})}, {}, Precision::f64, 3});
  BOOST_TEST(trial.run(3) < 1e-14);
  BOOST_TEST(trial.run(1) < 1e-14);
}

BOOST_AUTO_TEST_CASE(two_variables_can_be_exchanged) {
  const Value c = g.variable("c", real_type({4}));
  Trial trial(g, {{}, {{b, c}, {c, b}}, Precision::f64, 1});
  BOOST_TEST(trial.run(1) == 0);
  BOOST_TEST(trial.run(1) == 0);
}

BOOST_AUTO_TEST_CASE(updates_that_read_each_others_old_values_agree) {
  const Value c = g.variable("c", real_type({4}));
  const Value sum = g.add("add", {b, c}), difference = g.add("sub", {b, c});
  Trial trial(g, {{}, {{b, sum}, {c, difference}}, Precision::f64, 1});
  for (int i = 0; i < 3; ++i) BOOST_TEST(trial.run(1) == 0);
  // One of the two needs memory of its own.
  BOOST_TEST(trial.count(StepKind::copy) == 1u);
}

BOOST_AUTO_TEST_CASE(an_update_waits_for_the_readers_of_the_old_value) {
  const Value next = g.add("scale", {w}, {{"factor", 0.5}});
  const Value later = g.add("matmul", {w, x});
  Trial trial(g, {{later}, {{w, next}}, Precision::f64, 2});
  BOOST_TEST(trial.run(2) < 1e-14);
  BOOST_TEST(trial.run(2) < 1e-14);
  BOOST_TEST(trial.count(StepKind::copy) == 0u);
}

BOOST_AUTO_TEST_CASE(an_update_whose_successors_read_the_old_value_is_copied) {
  const Value next = g.add("scale", {w}, {{"factor", 0.5}});
  const Value change = g.add("sub", {next, w});
  Trial trial(g, {{change}, {{w, next}}, Precision::f64, 1});
  for (int i = 0; i < 3; ++i) BOOST_TEST(trial.run(1) == 0);
}

BOOST_AUTO_TEST_CASE(the_transpose_of_a_parameter_is_no_reading_in_place) {
  const Value square = g.variable("square", real_type({3, 3}));
  const Value next = g.add("add", {square, g.add("transpose", {square})});
  Trial trial(g, {{}, {{square, next}}, Precision::f64, 1});
  for (int i = 0; i < 3; ++i) BOOST_TEST(trial.run(1) == 0);
}

BOOST_AUTO_TEST_CASE(states_of_an_optimizer_chain_in_place) {
  const Value v = g.variable("v", real_type({4}));
  const Value grad = g.add("sample_sum", {y});
  const Value v_next = g.add("sub", {g.add("scale", {v}, {{"factor", 0.9}}), grad});
  const Value b_next = g.add("add", {b, v_next});
  Trial trial(g, {{}, {{v, v_next}, {b, b_next}}, Precision::f64, 3});
  for (int i = 0; i < 3; ++i) BOOST_TEST(trial.run(3) < 1e-14);
  BOOST_TEST(trial.count(StepKind::copy) == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_computed_in_another_shape_goes_into_the_variable_all_the_same) {
  const Value column = g.add("reshape", {b}, {{"shape", std::vector<std::int64_t>{4, 1}}});
  const Value doubled = g.add("scale", {column}, {{"factor", 2.0}});
  const Value next = g.add("reshape", {doubled}, {{"shape", std::vector<std::int64_t>{4}}});
  Trial trial(g, {{doubled, next}, {{b, next}}, Precision::f64, 1});
  for (int i = 0; i < 3; ++i) BOOST_TEST(trial.run(1) == 0);
  BOOST_TEST(trial.plan().steps.size() == 1u);
}

BOOST_AUTO_TEST_CASE(one_value_can_be_assigned_to_two_variables) {
  const Value c = g.variable("c", real_type({4}));
  const Value next = g.add("exp", {b});
  Trial trial(g, {{next}, {{b, next}, {c, next}}, Precision::f64, 1});
  BOOST_TEST(trial.run(1) < 1e-14);
}

BOOST_AUTO_TEST_CASE(leaves_and_constants_can_be_fetched_and_assigned) {
  const Value c = g.variable("c", real_type({}));
  const Value seven = g.constant(7);
  Trial trial(g, {{x, w, seven, c}, {{c, seven}}, Precision::f32, 2});
  BOOST_TEST(trial.run(2) < 1e-7);
  BOOST_TEST(trial.run(1) < 1e-7);
}

BOOST_AUTO_TEST_CASE(the_old_value_of_an_updated_variable_can_be_fetched) {
  const Value next = g.add("scale", {b}, {{"factor", 2.0}});
  const Value row = g.add("transpose", {b});
  Trial trial(g, {{b, row, next}, {{b, next}}, Precision::f64, 1});
  BOOST_TEST(trial.run(1) == 0);
  BOOST_TEST(trial.run(1) == 0);
}

BOOST_AUTO_TEST_CASE(reshapes_that_move_nothing_take_no_step) {
  const Value column = g.add("reshape", {b}, {{"shape", std::vector<std::int64_t>{1, 4, 1}}});
  const Value row = g.add("transpose", {b});
  const Value moved = g.add("reshape", {w}, {{"shape", std::vector<std::int64_t>{3, 4}}});
  Trial trial(g, {{column, row, moved}, {}, Precision::f64, 1});
  BOOST_TEST(trial.run(1) == 0);
  BOOST_TEST(trial.plan().steps.size() == 1u);
}

BOOST_AUTO_TEST_CASE(data_that_is_used_in_two_shapes_is_fed_once) {
  const Value image = g.data("image", {DType::i64, true, {2, 3}});
  const Value flat = g.add("reshape", {image}, {{"shape", std::vector<std::int64_t>{6}}});
  const auto v = simplified({g.add("add", {image, image}), g.add("add", {flat, flat})});
  Store store;
  Executor executor(make_plan(g, {v, {}, Precision::f64, 1}), store);
  const ebb_tensor* leaf = executor.leaf("image");
  BOOST_REQUIRE(leaf != nullptr);
  // Column-major: [[1, 2, 3], [4, 5, 6]].
  const std::int64_t columns[] = {1, 4, 2, 5, 3, 6};
  std::memcpy(leaf->data, columns, sizeof columns);
  executor.run(1);
  const auto list = [](const Tensor& t) {
    std::string text;
    for (std::int64_t i = 0; i < t.elements_per_sample(); ++i)
      text += std::to_string(static_cast<int>(t.at(i))) + " ";
    return text;
  };
  BOOST_TEST(list(executor.fetch_tensor(v[0])) == "2 8 4 10 6 12 ");
  BOOST_TEST(list(executor.fetch_tensor(v[1])) == "2 4 6 8 10 12 ");
}

BOOST_AUTO_TEST_CASE(scalars_are_set_by_key) {
  const Value step = g.input("step", {DType::i64, false, {}});
  const Value rate = g.input("rate", real_type({}));
  const Value product = g.add("mul", {step, rate});
  Store store;
  Executor executor(make_plan(g, {{product}, {}, Precision::f32, 1}), store);
  set_scalar(executor.leaf("step"), 6);
  set_scalar(executor.leaf("rate"), 0.5);
  set_scalar(executor.leaf("unused"), 1);
  executor.run(1);
  BOOST_TEST(executor.scalar(product) == 3);
  BOOST_TEST((executor.leaf("unused") == nullptr));
  BOOST_CHECK_THROW(executor.fetch(rate), InternalError);
  BOOST_CHECK_THROW(executor.run(2), InternalError);
}

BOOST_AUTO_TEST_CASE(subnormal_numbers_become_zero_while_a_plan_runs) {
  const Value tiny = g.input("tiny", real_type({}));
  const Value v = g.add("scale", {tiny}, {{"factor", 1e-30}});
  Store store;
  Executor executor(make_plan(g, {{v}, {}, Precision::f32, 1}), store);
  set_scalar(executor.leaf("tiny"), 1e-10);
  executor.run(1);
  BOOST_TEST(executor.scalar(v) == 0);
  volatile float outside = 1e-30f;
  BOOST_TEST(outside * 1e-10f > 0);
}

BOOST_AUTO_TEST_CASE(two_that_run_in_turn_may_share_an_arena) {
  const Value x = g.input("x", real_type({64}));
  const Value small = g.add("exp", {x});
  const Value large = g.add("matmul", {small, small}, {{"tb", true}});
  Store store;
  const auto plan = [&](Value value) { return make_plan(g, {{value}, {}, Precision::f32, 1}); };
  Executor first(plan(large), store), second(plan(small), store, &first);
  BOOST_TEST(first.plan().arena_bytes > second.plan().arena_bytes);
  const auto arena = [](const Executor& executor, Value fetched) {
    const Plan& plan = executor.plan();
    const std::uint32_t buffer = plan.fetches.at(0).second;
    return static_cast<std::byte*>(executor.fetch(fetched).data) - plan.buffers[buffer].offset;
  };
  BOOST_TEST(arena(second, small) == arena(first, large));
  Executor larger(plan(large), store, &second);
  BOOST_TEST(arena(larger, large) != arena(second, small));
  for (Executor* executor : {&first, &second, &larger}) {
    std::memset(executor->leaf("x")->data, 0, 64 * sizeof(float));
    executor->run(1);
  }
  BOOST_TEST(second.fetch_tensor(small).at(0) == 1);
  BOOST_TEST(larger.fetch_tensor(large).at(0) == 1);
}

BOOST_AUTO_TEST_CASE(the_store_keeps_one_tensor_for_a_name) {
  Store store;
  Tensor& tensor = store.get("w", real_type({2}), Precision::f32);
  BOOST_TEST(to_string(tensor.type()) == "float32[2] shared");
  BOOST_TEST((&store.get("w", real_type({2}), Precision::f32) == &tensor));
  BOOST_TEST((store.find("v") == nullptr));
  BOOST_CHECK_THROW(store.get("w", real_type({3}), Precision::f32), InternalError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
