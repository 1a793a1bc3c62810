// Backward kernels, in place of VJP rules.
#include <boost/test/unit_test.hpp>

#include "graph/core/diagnostic.hpp"
#include "graph/core/gradient.hpp"
#include "graph/core/gradient_check.hpp"
#include "graph/core/notation.hpp"
#include "tests/support/blend.hpp"
#include "tests/support/graphs.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(backward)

namespace {

// A graph with blend in it; `reached` says which of its outputs the objective depends on.
struct Blend {
  explicit Blend(bool per_sample, std::string_view reached = "ys") : graph(with_blend().ops) {
    x = graph.input("x", real_type({3}, per_sample));
    m = graph.input("m", real_type({3}));
    w = graph.input("w", real_type({}));
    y = graph.add("blend", {x, m, w});
    const Value s{y.node, 1};
    const Value total = graph.add("sum", {graph.add("sin", {y})});
    objective = reached == "ys"  ? graph.add("add", {total, graph.add("sin", {s})})
                : reached == "y" ? total
                                 : graph.add("sin", {s});
  }
  GradientCheck check(Value wrt, Precision precision = Precision::f64) {
    std::vector<LeafValue> leaves;
    for (const Value leaf : {x, m, w}) leaves.push_back({leaf, random_tensor(graph, leaf, 4)});
    return check_gradient(graph, objective, wrt, leaves, graph.type(x).per_sample ? 4 : 1,
                          precision == Precision::f64 ? 1e-9 : 1e-4, precision);
  }

  Graph graph;
  Value x, m, w, y, objective;
};

std::string refusal(ebb_plugin_main_fn plugin_main) {
  Registry registry;
  try {
    registry.load(plugin_main);
  } catch (const UserError& error) {
    BOOST_TEST(registry.ops.find("k") == nullptr);
    BOOST_TEST(registry.ops.find("k.backward") == nullptr);
    return error.diagnostic().message;
  }
  return "";
}

sdk::Op identity(sdk::Plugin& plugin) {
  return plugin.op("k")
      .doc("d")
      .infer([](sdk::Inference& c) { c.out[0].dims = c.in[0].dims; })
      .kernel([](const sdk::Kernel&) {})
      .backward([](const sdk::Backward&) {});
}

void both_kinds(sdk::Plugin& plugin) {
  identity(plugin).input("x").vjp([](const sdk::Call& c) { return c.g; });
}
void variadic(sdk::Plugin& plugin) { identity(plugin).inputs("x"); }
void of_random_numbers(sdk::Plugin& plugin) { identity(plugin).input("x").random(); }
void of_whole_numbers(sdk::Plugin& plugin) { identity(plugin).input("i", EBB_I64); }
void in_double_only(sdk::Plugin& plugin) { identity(plugin).input("x"); }
int without_float(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  ebb_host changed = *host;
  static const ebb_host* real;
  real = host;
  changed.register_op = [](ebb_context* c, const ebb_op* op) {
    ebb_op record = *op;
    record.backward_f32 = nullptr;
    return real->register_op(c, &record);
  };
  return sample_plugin<&in_double_only>(&changed, context, info);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_backward_kernel_gives_the_gradients_of_all_inputs) {
  for (const bool per_sample : {false, true}) {
    for (const char* reached : {"ys", "y", "s"}) {
      for (const Precision precision : {Precision::f64, Precision::f32}) {
        Blend blend(per_sample, reached);
        for (const Value wrt : {blend.x, blend.w}) {
          const GradientCheck check = blend.check(wrt, precision);
          BOOST_TEST(check.passed, reached << ": " << check.message);
          BOOST_TEST(!check.all_zero);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(one_node_serves_all_inputs) {
  Blend blend(true);
  const Value wrt[] = {blend.x, blend.w};
  const auto both = gradients(blend.graph, blend.objective, wrt);
  int nodes = 0;
  for (const NodeId id : live_nodes(blend.graph, both))
    nodes += blend.graph.node(id).op->name == "blend.backward";
  BOOST_TEST(nodes == 1);
}

BOOST_AUTO_TEST_CASE(formulas_count_the_gradient_that_is_meant) {
  Blend blend(false, "y");
  const Value wrt[] = {blend.x, blend.w};
  const auto both = gradients(blend.graph, blend.objective, wrt);
  const auto names = [](Value) { return std::string(); };
  BOOST_TEST(formula(blend.graph, {blend.y.node, 1}, names) == "blend(x, m, w)[1]");
  BOOST_TEST(formula(blend.graph, both[0], names) ==
             "blend′(x, m, w, blend(x, m, w)[0], blend(x, m, w)[1], 1 ⊙ "
             "cos(blend(x, m, w)[0]), 0)[0]");
}

BOOST_AUTO_TEST_CASE(there_is_no_second_derivative) {
  Blend blend(false);
  const Value slope =
      blend.graph.add("sum", {gradients(blend.graph, blend.objective, {&blend.x, 1})[0]});
  try {
    gradients(blend.graph, slope, {&blend.x, 1});
    BOOST_ERROR("no error");
  } catch (const UserError& error) {
    BOOST_TEST(to_string(error.diagnostic()) ==
               "error: blend has first derivatives only, but its gradient lies on the way to the "
               "objective\n"
               "  hint: its plugin gives the gradient by a kernel, which can not be "
               "differentiated again\n");
  }
}

BOOST_AUTO_TEST_CASE(an_input_without_a_gradient_is_an_error_on_the_way) {
  Blend blend(false);
  BOOST_CHECK_EXCEPTION(gradients(blend.graph, blend.objective, {&blend.m, 1}), UserError,
                        [](const UserError& error) {
                          return error.diagnostic().message ==
                                 "blend can not be differentiated, but lies on the way to the "
                                 "objective";
                        });
}

BOOST_AUTO_TEST_CASE(incomplete_records_are_refused) {
  const std::string op = "plugin sample: op `k`: ";
  BOOST_TEST(refusal(&sample_plugin<&both_kinds>) ==
             op + "it has both a VJP rule and a backward kernel");
  const std::string fixed =
      op + "an op with a backward kernel has a fixed number of inputs and is not random";
  BOOST_TEST(refusal(&sample_plugin<&variadic>) == fixed);
  BOOST_TEST(refusal(&sample_plugin<&of_random_numbers>) == fixed);
  BOOST_TEST(refusal(&sample_plugin<&of_whole_numbers>) ==
             op + "its backward kernel gives no gradient: `differentiable` is 0");
  BOOST_TEST(refusal(&without_float) == op + "a backward kernel is needed for float and double");
}

BOOST_AUTO_TEST_CASE(the_record_says_where_to_prove_it) {
  const OpDef& blend = with_blend().ops.get("blend");
  BOOST_REQUIRE_EQUAL(blend.cases.size(), 1u);
  BOOST_TEST((blend.cases[0].shapes == std::vector<Shape>{{3}, {3}, {}}));
  BOOST_TEST(blend.cases[0].attrs.empty());
}

BOOST_AUTO_TEST_SUITE_END()
