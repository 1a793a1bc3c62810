// A plugin that was built against the frozen header of SDK 1.0 loads today and gives its numbers.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>

#include "graph/core/plugins.hpp"
#include "graph/core/proof.hpp"
#include "graph/run/inference.hpp"
#include "graph/script/elaborate.hpp"
#include "ops/ops.hpp"
#include "tests/support/scratch.hpp"

using namespace ebb;

namespace {

struct Upgraded : test::Scratch {
  Upgraded() : plugins(registry, {}, {}) {
    registry.load(&ebb_ops_main);
    plugins.prefer(EBB_FIRST_PLUGIN);
  }

  std::unique_ptr<Model> model_of(const std::string& text) {
    ElaborateOptions options;
    options.plugins = &plugins;
    auto model = elaborate_text("test.ebb", text, folder(), registry, options, diagnostics);
    BOOST_REQUIRE_MESSAGE(model, diagnostics.to_string());
    return model;
  }

  Registry registry;
  Plugins plugins;
  Diagnostics diagnostics;
};

constexpr const char* script = R"(use steady
input x[3]
y = bent(turned(x), k = 2)
output y
param p ~ 0
cost p + sum([1, 2, 3] .* y)
)";

Array numbers(std::vector<std::int64_t> dims, const std::vector<double>& values) {
  Array array = Array::make(DType::f64, std::move(dims));
  std::ranges::copy(values, array.data<double>());
  return array;
}

std::vector<double> doubles(const Array& array) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < array.elements(); ++i) values.push_back(array.at(i));
  return values;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(upgrades, Upgraded)

BOOST_AUTO_TEST_CASE(it_says_for_which_version_it_was_built) {
  const LoadedPlugin& plugin = plugins.use("steady");
  BOOST_TEST(plugin.sdk_major == 1);
  BOOST_TEST(plugin.sdk_minor == 0);
  BOOST_TEST(plugin.version == "1.0");
  const OpDef* op = registry.ops.find("bent");
  BOOST_TEST_REQUIRE(op);
  // What was appended since is as if it had been left out.
  BOOST_TEST(op->plugin == "steady");
  BOOST_TEST(op->attrs.size() == 1u);
}

// y = 2 z^3 + z of z = x reversed; the gradient (6 z^2 + 1) [1, 2, 3], reversed again.
BOOST_AUTO_TEST_CASE(values_and_gradients_are_what_they_were) {
  const auto model = model_of(script);
  const InputSource source{{{"x", numbers({2, 3}, {1, 2, 3, 0.5, 0, -1})}}, "", 0, -1};
  for (const Precision precision : {Precision::f32, Precision::f64}) {
    Store store;
    const auto y = fetch(*model, {"y"}, source, store, precision);
    BOOST_TEST(doubles(y[0].second) == (std::vector<double>{57, 18, 3, -3, 0, 0.75}),
               boost::test_tools::per_element());
    const auto g = gradients_of(*model, {"x"}, source, store, precision);
    // Half of it: the objective is the mean over two samples.
    BOOST_TEST(doubles(g[1].second) == (std::vector<double>{10.5, 25, 27.5, 3.75, 1, 3.5}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(it_is_proved_like_any_other) {
  plugins.use("steady");
  const std::vector<OpProof> proofs = prove(registry, "steady");
  BOOST_TEST_REQUIRE(proofs.size() == 2u);
  for (const OpProof& proof : proofs) {
    BOOST_TEST(proof.first > 0);
    BOOST_TEST(proof.second > 0);
  }
}

BOOST_AUTO_TEST_CASE(its_rules_are_differentiated_again) {
  const auto second = model_of(
      "use steady\ninput x[3]\nparam p ~ 0\ncost p + sum(grad(sum(bent(turned(x))), x) .^ 2)\n");
  const InputSource source{{{"x", numbers({1, 3}, {1, 2, 3})}}, "", 0, -1};
  Store store;
  // The sum of (3 x^2 + 1)^2 has the derivative 12 x (3 x^2 + 1).
  BOOST_TEST(doubles(gradients_of(*second, {"x"}, source, store, Precision::f64)[1].second) ==
                 (std::vector<double>{48, 312, 1008}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(its_message_reaches_the_user) {
  ElaborateOptions options;
  options.plugins = &plugins;
  elaborate_text("test.ebb", "use steady\ninput x[2, 2]\noutput turned(x)\n", folder(), registry,
                 options, diagnostics);
  BOOST_TEST(diagnostics.to_string() ==
             "test.ebb:3:8: error[E0301]: turned of the plugin steady: x must be a vector\n"
             "  2 | input x[2, 2]\n"
             "    |       - x is [2, 2], declared here\n"
             "  3 | output turned(x)\n"
             "    |        ^^^^^^\n"
             "  hint: flatten(x) is one\n");
}

BOOST_AUTO_TEST_SUITE_END()
