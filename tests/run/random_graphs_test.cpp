#include "tests/support/random_graphs.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/sanitized.hpp"

namespace ebb {

using namespace test;

BOOST_AUTO_TEST_SUITE(random_graphs)

BOOST_AUTO_TEST_CASE(values_gradients_and_updates_agree_with_plain_evaluation) {
  check_random_graphs(1, is_sanitized ? 60 : 300);
}

// Under a rewrite that is wrong, the seeds that have something to rewrite fail, and come down to
// it.
BOOST_AUTO_TEST_CASE(a_failure_shrinks_to_a_small_script) {
  std::vector<Rewrite> wrong(1);
  const auto& ops = registry();
  const auto call = [&](const char* op) {
    Pattern pattern;
    pattern.kind = Pattern::Kind::call;
    pattern.op = ops.find(op);
    pattern.arguments.emplace_back().variable = "x";
    return pattern;
  };
  wrong[0].text = "erf(x) => atan(x)";
  wrong[0].from = call("erf");
  wrong[0].to = call("atan");
  int failures = 0;
  std::string smallest;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    const auto why = failure_of(seed, [&](const Recipe& recipe) {
      return !(difference_of(recipe, wrong, Precision::f64) < 1e-9);
    });
    if (!why) continue;
    ++failures;
    BOOST_TEST(why->starts_with("seed " + std::to_string(seed) + " fails; of its "));
    const std::string script = why->substr(why->find('\n') + 1);
    BOOST_TEST(script.find("erf(") != std::string::npos, *why);
    if (smallest.empty() || script.size() < smallest.size()) smallest = script;
  }
  BOOST_TEST(failures > 3);
  BOOST_TEST(smallest == "input x0\noutput erf(x0)\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
