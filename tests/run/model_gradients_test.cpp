#include "graph/run/model_gradients.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <ebb/plugin.hpp>

#include "graph/run/sources.hpp"
#include "graph/script/elaborate.hpp"
#include "ops/ops.hpp"

using namespace ebb;

BOOST_AUTO_TEST_SUITE(model_gradients)

namespace {

void test_ops(sdk::Plugin& plugin) {
  plugin.op("twisted")
      .doc("2 x, with a wrong rule.")
      .input("x")
      .elementwise([](auto x) { return 2 * x; })
      .vjp([](const sdk::Call& c) { return 3 * c.g; })
      .notation("twisted({0})");
  plugin.op("root_above_two")
      .doc("The root of x - 2.")
      .input("x", sdk::Interval{2, sdk::infinity, false, false})
      .elementwise([](auto x) { return sqrt(x - 2); })
      .vjp([](const sdk::Call& c) { return c.g / (2 * c.out()); })
      .notation("root({0})");
}

const Registry& test_registry() {
  static const auto all = [] {
    auto made = std::make_unique<Registry>();
    made->load(&ebb_ops_main);
    register_sources(made->sources);
    made->load([](const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
      return sdk::detail::plugin_main<&test_ops>("test", "1.0", host, context, info);
    });
    return made;
  }();
  return *all;
}

ModelCheck checked(const std::string& text, const InputSource& source = {}) {
  static std::vector<std::unique_ptr<Model>> kept;  // spans of results point into it
  ElaborateOptions options;
  options.training = true;
  if (!source.block.empty()) options.data_blocks = {source.block};
  Diagnostics diagnostics;
  auto model = elaborate_text("m.ebb", text, {}, test_registry(), options, diagnostics);
  BOOST_TEST_REQUIRE(model.get() != nullptr, diagnostics.to_string());
  kept.push_back(std::move(model));
  return check_gradients(*kept.back(), {source, nullptr});
}

// "a[0].w: 32 of 40 entries agree", a line each; then what is wrong with the whole.
std::string summary(const ModelCheck& check) {
  std::string text;
  for (const ParameterCheck& p : check.parameters)
    text += p.name + ": " + std::to_string(p.compared) + " of " + std::to_string(p.entries) +
            (p.failure.empty() ? " entries agree" : " entries, " + p.failure) + "\n";
  return text + (check.failure.empty() ? "" : check.failure + "\n");
}

const std::string network = R"(layer dense(x, n, act) {
  param w[n, size(x)] ~ normal(0, 1)
  param b[n]          ~ zeros
  z = w * x + b
  return act(z)
}
input  x[8]
target y[2]
h = dense(x, 5, act = relu)
)";

}  // namespace

BOOST_AUTO_TEST_CASE(every_parameter_of_a_right_model_agrees) {
  const ModelCheck check =
      checked(network + "a = dense(h, 2, act = sigmoid)\noutput a\ncost cross_entropy(a, y)\n");
  BOOST_TEST(summary(check) ==
             "h.w: 32 of 40 entries agree\nh.b: 5 of 5 entries agree\n"
             "a.w: 10 of 10 entries agree\na.b: 2 of 2 entries agree\n");
  BOOST_TEST(check.passed());
  BOOST_TEST(!check.culprit);
  BOOST_TEST(check.samples == 4);
  for (const ParameterCheck& p : check.parameters) {
    BOOST_TEST(p.difference > 0);
    BOOST_TEST(p.difference < 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_rule_is_named_with_its_line) {
  const ModelCheck check = checked(
      network + "a = dense(twisted(h), 2, act = sigmoid)\noutput a\ncost quadratic(a, y)\n");
  BOOST_TEST(!check.passed());
  // What stands between the cost and the wrong rule is right.
  BOOST_TEST(!check.parameters[0].failure.empty());
  BOOST_TEST(!check.parameters[1].failure.empty());
  BOOST_TEST(check.parameters[2].failure == "");
  BOOST_TEST(check.parameters[3].failure == "");
  BOOST_REQUIRE(check.culprit);
  BOOST_TEST(to_string(check.culprit->at) == "m.ebb:10:11");
  const std::string begin =
      "a wrong gradient enters here: the rule of twisted for x (h) gives at entry ";
  BOOST_TEST(check.culprit->message.substr(0, begin.size()) == begin);
  long long entry = 0;
  double at = 0, rule = 0, difference = 0;
  BOOST_REQUIRE(std::sscanf(check.culprit->message.c_str() + begin.size(),
                            "%lld at %lf: %lf, but the difference quotient is %lf", &entry, &at,
                            &rule, &difference) == 4);
  BOOST_TEST(rule == 1.5 * difference, boost::test_tools::tolerance(1e-7));
}

BOOST_AUTO_TEST_CASE(what_proves_nothing_fails_with_a_reason) {
  BOOST_TEST(summary(checked("param w[2] ~ constant(1)\ncost sum(relu(-1 - abs(w)))\n")) ==
             "w: 2 of 2 entries, every derivative is zero at this point, which proves nothing\n");
  BOOST_TEST(summary(checked("param w[2] ~ constant(1)\ncost sum(stop_gradient(w))\n")) ==
             "w: 2 of 2 entries, only gradients by definition lead to it, which proves nothing\n");
  BOOST_TEST(summary(checked("param w[2] ~ constant(-1)\ncost sum(log(w))\n")) ==
             "the cost is not finite at this point; give samples or weights\n");
}

BOOST_AUTO_TEST_CASE(a_gradient_by_definition_counts_as_constant) {
  const ModelCheck check =
      checked("param w[3] ~ constant(2)\ncost sum(w .* stop_gradient(w .^ 2))\n");
  BOOST_TEST(summary(check) == "w: 3 of 3 entries agree\n");
}

BOOST_AUTO_TEST_CASE(random_inputs_lie_in_the_domain_of_the_ops_that_take_them) {
  const ModelCheck check =
      checked("input x[4]\nparam w[4] ~ normal(0, 1)\ncost sum(w .* root_above_two(x))\n");
  BOOST_TEST(summary(check) == "w: 4 of 4 entries agree\n");
}

BOOST_AUTO_TEST_CASE(samples_come_from_a_data_block) {
  InputSource source;
  source.block = "train";
  const std::string script =
      "input x[2]\nparam w[2] ~ normal(0, 1)\ncost (w.T * x) ^ 2\n"
      "data train { x = values([[1, 0], [2, 0], [3, 0], [4, 0], [5, 0]]) }\n";
  const ModelCheck check = checked(script, source);
  BOOST_TEST(summary(check) == "w: 2 of 2 entries agree\n");
  BOOST_TEST(check.samples == 4);
  source.begin = 4;
  source.end = 5;
  BOOST_TEST(checked(script, source).samples == 1);
}

BOOST_AUTO_TEST_SUITE_END()
