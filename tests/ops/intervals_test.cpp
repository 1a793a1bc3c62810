// What the records claim for interval analysis: no result lies outside its interval.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <ebb/plugin.hpp>
#include <random>
#include <set>

#include "graph/core/intervals.hpp"
#include "tests/ops/cases.hpp"
#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(intervals)

namespace {

using Random = std::mt19937_64;

double between(Random& random, double lower, double upper) {
  return std::uniform_real_distribution(lower, upper)(random);
}

// An interval in the domain: its ends are the domain's own, or in [-3, 3] (or near the domain).
Bounds random_bounds(Random& random, const Domain& domain) {
  const double lower = std::max(domain.lower, std::min(-3.0, domain.upper - 3));
  const double upper = std::min(domain.upper, std::max(3.0, lower + 3));
  double a = between(random, lower, upper), b = between(random, lower, upper);
  if (random() % 3 == 0) a = std::round(a);
  Bounds bounds{std::max(std::min(a, b), lower), std::min(std::max(a, b), upper), random() % 2 == 0,
                random() % 2 == 0};
  if (random() % 4 == 0) bounds = {domain.lower, bounds.upper, domain.lower_excluded, true};
  if (random() % 4 == 0) bounds = {bounds.lower, domain.upper, true, domain.upper_excluded};
  bounds.lower_excluded |=
      std::isinf(bounds.lower) || (domain.lower_excluded && bounds.lower == domain.lower);
  bounds.upper_excluded |=
      std::isinf(bounds.upper) || (domain.upper_excluded && bounds.upper == domain.upper);
  return bounds;
}

// A number in it, often an end; not so large that a saturated result would round to its bound.
double random_number(Random& random, const Bounds& bounds) {
  if (!bounds.lower_excluded && random() % 4 == 0) return bounds.lower;
  if (!bounds.upper_excluded && random() % 4 == 0) return bounds.upper;
  const double lower = std::max(bounds.lower, std::min(-4.0, bounds.upper - 4));
  const double upper = std::min(bounds.upper, std::max(4.0, lower + 4));
  const double margin = (upper - lower) / 512;
  return between(random, lower + margin, upper - margin);
}

// At a pole a result is infinite, or no number where nothing is known of its neighbours.
bool contains(const Bounds& bounds, double x) {
  if (std::isnan(x)) return std::isinf(bounds.lower) && std::isinf(bounds.upper);
  if (std::isinf(x)) return x == bounds.lower || x == bounds.upper;
  const double rounding = 1e-12 * std::max(1.0, std::abs(x));
  return (bounds.lower_excluded ? x > bounds.lower : x >= bounds.lower - rounding) &&
         (bounds.upper_excluded ? x < bounds.upper : x <= bounds.upper + rounding);
}

// The first result outside its interval, as text; "" where there is none. `narrow` counts the
// intervals that are bounded.
std::string escape_of(Probe& probe, Intervals& intervals, std::int64_t samples, int& narrow) {
  const Bounds bounds = intervals(probe.result);
  narrow += std::isinf(bounds.lower) && std::isinf(bounds.upper) ? 0 : 1;
  Evaluator evaluate(probe.graph, Precision::f64, samples);
  for (const LeafValue& leaf : probe.leaves) evaluate.set(leaf.leaf, leaf.value);
  const Tensor& y = evaluate(probe.result);
  for (std::int64_t i = 0; i < y.elements_per_sample() * y.samples(); ++i)
    if (!contains(bounds, y.at(i)))
      return std::to_string(y.at(i)) + " lies outside " + to_string(bounds);
  return "";
}

// Random numbers from random intervals, for one element.
std::string elementwise_escape(const OpRegistry& all, const OpDef& op, const NamedAttrs& attrs,
                               int trials, int& narrow) {
  Random random(7);
  const Case one{std::vector<Shape>(op.inputs.size()), attrs};
  for (int trial = 0; trial < trials; ++trial) {
    Probe probe = make_probe(all, op, one, std::vector<bool>(op.inputs.size()), 1);
    Intervals intervals(probe.graph);
    std::string point;
    bool defined = true;
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
      LeafValue& leaf = probe.leaves[i];
      if (leaf.value.type().dtype != DType::f64) continue;
      const Bounds bounds = random_bounds(random, op.inputs[i].domain);
      leaf.value.set(0, random_number(random, bounds));
      // Only of a monotone op is it said what happens at its kinks.
      const auto& kinks = op.inputs[i].domain.kinks;
      defined = defined && (op.claims_(EBB_MONOTONE) ||
                            std::ranges::find(kinks, leaf.value.at(0)) == kinks.end());
      intervals.set(leaf.leaf, bounds);
      point += (point.empty() ? "" : ", ") + std::to_string(leaf.value.at(0)) + " in " +
               to_string(bounds);
    }
    if (!defined) continue;
    const std::string escape = escape_of(probe, intervals, 1, narrow);
    if (!escape.empty()) return escape + ", at " + point;
  }
  return "";
}

// The values of the case themselves, or their absolute values, from the intervals that they span.
std::string tensor_escape(const OpDef& op, const Case& one, const std::vector<bool>& per_sample,
                          bool absolute, int& narrow) {
  constexpr std::int64_t samples = 3;
  Probe probe = make_probe(registry(), op, one, per_sample, samples);
  Intervals intervals(probe.graph);
  for (LeafValue& leaf : probe.leaves) {
    const std::int64_t n = leaf.value.elements_per_sample() * leaf.value.samples();
    for (std::int64_t i = 0; absolute && i < n; ++i) leaf.value.set(i, std::abs(leaf.value.at(i)));
    Bounds bounds = bounds_of(leaf.value);
    bounds.attained = false;
    intervals.set(leaf.leaf, bounds);
  }
  return escape_of(probe, intervals, samples, narrow);
}

bool claims_interval(const OpDef& op) {
  return op.claims_(EBB_MONOTONE) || op.claims_(EBB_SELECTS) || op.claims_(EBB_SUMS);
}

void false_claims(sdk::Plugin& plugin) {
  plugin.op("wave")
      .doc("Not monotone.")
      .input("x")
      .elementwise([](auto x) { return x * x * x - x; })
      .monotone();
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_elementwise_result_lies_outside_its_interval) {
  std::set<std::string> tried;
  for (const auto& op : registry().all()) {
    if (!op->is_elementwise()) continue;
    std::set<std::string> seen;
    int narrow = 0, trials = 0;
    for (const Case& one : cases_of(*op)) {
      std::string key;
      for (const auto& [name, value] : one.attrs) key += name + to_string(value);
      if (!seen.insert(key).second) continue;
      const std::string escape = elementwise_escape(registry(), *op, one.attrs, 300, narrow);
      BOOST_TEST(escape == "", op->name << ": " << escape);
      trials += 300;
    }
    if (!claims_interval(*op)) continue;
    tried.insert(op->name);
    BOOST_TEST(8 * narrow > trials, op->name << ": its claim says next to nothing");
  }
  BOOST_TEST(tried.size() > 25u);
}

BOOST_AUTO_TEST_CASE(no_tensor_result_lies_outside_its_interval) {
  std::set<std::string> tried;
  for (const auto& op : registry().all()) {
    if (op->leaf || op->is_elementwise() || op->outputs > 1) continue;
    int narrow = 0;
    for (const Case& one : cases_of(*op))
      for (const auto& per_sample : sharings(one)) {
        for (const bool absolute : {false, true}) {
          if (absolute && one.adjust) continue;
          const std::string escape = tensor_escape(*op, one, per_sample, absolute, narrow);
          BOOST_TEST(escape == "", describe(*op, one, per_sample) << ": " << escape);
        }
      }
    if (!claims_interval(*op)) continue;
    tried.insert(op->name);
    BOOST_TEST(narrow > 0, op->name << ": its claim says nothing");
  }
  BOOST_TEST(tried.size() > 10u);
}

BOOST_AUTO_TEST_CASE(a_false_claim_is_found) {
  OpRegistry with_false_claims;
  with_false_claims.load([](const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
    return sdk::detail::plugin_main<&false_claims>("false", "1.0", host, context, info);
  });
  int narrow = 0;
  const std::string escape =
      elementwise_escape(with_false_claims, with_false_claims.get("wave"), {}, 300, narrow);
  BOOST_TEST(escape.find("lies outside") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
