// Nodes on which the registry's ops are tested: for every op the shapes and attributes to try.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/core/probe.hpp"

namespace ebb::test {

using Case = ProbeCase;

// Cases by the name of their op; tensor ops of a family have theirs in cases_FAMILY.cpp. Those of
// elementwise ops have no shapes: each is tried on many.
using Cases = std::map<std::string, std::vector<Case>>;
Cases elementwise_cases();
Cases structure_cases();
Cases softmax_cases();
Cases reductions_cases();
Cases linear_algebra_cases();
Cases indexing_cases();
Cases shape_cases();
Cases convolution_cases();
Cases pooling_cases();
Cases random_cases();
Cases initializers_cases();

// The cases of an op; none where the tables lack it.
std::vector<Case> cases_of(const OpDef& op);

// The samples of the probes that `for_each_probe` makes.
constexpr std::int64_t sample_count = 3;

// Calls f(op, case, sharing) for every way in which an op is tried.
template <class F>
void for_each_probe(const OpRegistry& registry, F&& f) {
  for (const auto& op : registry.all())
    if (!op->leaf)
      for (const Case& one : cases_of(*op))
        for (const auto& per_sample : sharings(one)) f(*op, one, per_sample);
}

}  // namespace ebb::test
