// Nodes on which the registry's ops are tested: for every op the shapes and attributes to try, and
// points inside its domains, away from its kinks.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "graph/core/gradient_check.hpp"
#include "graph/core/graph.hpp"

namespace ebb::test {

struct Case {
  std::vector<Shape> shapes;  // one per input
  NamedAttrs attrs;
  bool needs_samples = false;  // some input must be per sample
  // Changes what was drawn for an input, sample after sample, where not every value suits the op (a
  // positive definite matrix).
  std::function<void(std::size_t input, Tensor& value)> adjust = {};
  // Where the attributes put the kinks of the first input, if not where its record has them.
  std::vector<double> kinks = {};
};

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

// Which inputs of a case are per sample, one entry per way of sharing that is tried.
std::vector<std::vector<bool>> sharings(const Case& one);

// One node on leaves with values, for `samples` samples.
struct Probe {
  Graph graph;
  std::vector<LeafValue> leaves;  // of a random op, the epoch and the sample index come last
  Value result;
};
Probe make_probe(const OpRegistry& registry, const OpDef& op, const Case& one,
                 const std::vector<bool>& per_sample, std::int64_t samples);

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

Tensor evaluated(const Probe& probe, Precision precision, std::int64_t samples);

// Sample s of a per-sample tensor, alone; a shared one as it is.
Tensor one_sample(const Tensor& tensor, std::int64_t s);

// "matmul, shapes [2, 3] (per sample), [3]", for messages.
std::string describe(const OpDef& op, const Case& one, const std::vector<bool>& per_sample);

}  // namespace ebb::test
