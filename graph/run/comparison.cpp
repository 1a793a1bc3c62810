#include "graph/run/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ebb/random.hpp>
#include <set>
#include <vector>

namespace ebb {

namespace {

// Below this a derivative is lost in the rounding of a difference quotient.
constexpr double noise = 1e-9;

std::vector<std::int64_t> drawn_entries(std::int64_t count, std::int64_t most, std::uint64_t key) {
  std::vector<std::int64_t> entries;
  if (count <= most) {
    for (std::int64_t i = 0; i < count; ++i) entries.push_back(i);
    return entries;
  }
  const sdk::RandomStream stream{key};
  std::set<std::int64_t> chosen;
  for (std::uint64_t i = 0; static_cast<std::int64_t>(chosen.size()) < most; ++i)
    chosen.insert(static_cast<std::int64_t>(stream.uniform(i) * static_cast<double>(count)));
  return {chosen.begin(), chosen.end()};
}

}  // namespace

Comparison compare(const Differences& differences, const Tensor& gradient, std::int64_t most,
                   double tolerance, std::uint64_t key) {
  Comparison result;
  result.entries = differences.entries();
  const auto entries = drawn_entries(result.entries, most, key);
  result.compared = static_cast<std::int64_t>(entries.size());
  const double objective =
      entries.empty() ? 0 : differences.at(entries[0], differences.here().at(entries[0]));
  std::vector<double> slopes;
  double largest = 0;
  for (const std::int64_t i : entries) {
    slopes.push_back(differences.slope(i, 1e-3));
    largest = std::max({largest, std::abs(slopes.back()), std::abs(gradient.at(i))});
    result.finite = result.finite && std::isfinite(slopes.back()) && std::isfinite(gradient.at(i));
  }
  result.all_zero = largest <= noise * std::max(1.0, std::abs(objective));
  if (result.all_zero || !result.finite) return result;
  for (std::size_t e = 0; e < entries.size(); ++e) {
    const double exact = gradient.at(entries[e]);
    double best = slopes[e];
    for (double step = 1e-4; step > 1e-7 && std::abs(best - exact) > tolerance * largest;
         step /= 10)
      if (const double other = differences.slope(entries[e], step);
          std::abs(other - exact) < std::abs(best - exact))
        best = other;
    const double difference = std::abs(best - exact) / largest;
    if (difference <= result.difference) continue;
    result.difference = difference;
    if (difference <= tolerance) continue;
    char text[160];
    std::snprintf(
        text, sizeof text, "entry %lld at %.6g: %.9g, but the difference quotient is %.9g",
        static_cast<long long>(entries[e]), differences.here().at(entries[e]), exact, best);
    result.message = text;
  }
  return result;
}

}  // namespace ebb
