// One op on leaves that hold points of its domain: what the proof of a plugin and the tests of the
// built-in ops run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/core/gradient_check.hpp"
#include "graph/core/graph.hpp"

namespace ebb {

// Shapes and attributes to try an op with.
struct ProbeCase {
  std::vector<Shape> shapes;  // one per input
  NamedAttrs attrs;
  bool needs_samples = false;  // some input must be per sample
  // Changes what was drawn for an input, sample after sample, where not every value suits the op (a
  // positive definite matrix).
  std::function<void(std::size_t input, Tensor& value)> adjust = {};
  // Where the attributes put the kinks of the first input, if not where its record has them.
  std::vector<double> kinks = {};
};

// Shapes for the inputs of an elementwise op, with broadcasting.
std::vector<std::vector<Shape>> elementwise_shapes(std::size_t inputs);

// Which inputs of a case are per sample, one entry per way of sharing that is tried.
std::vector<std::vector<bool>> sharings(const ProbeCase& one);

// One node on leaves with values, for `samples` samples.
struct Probe {
  Graph graph;
  std::vector<LeafValue> leaves;  // of a random op, the epoch and the sample index come last
  Value result;
};
// No two real values of a probe are equal, as long as there are fewer than 499, and none is near a
// kink. `any`: the element type for inputs that take every type. Throws OpError where the op does
// not take such inputs.
Probe make_probe(const OpRegistry& registry, const OpDef& op, const ProbeCase& one,
                 const std::vector<bool>& per_sample, std::int64_t samples,
                 DType any = DType::real);

Tensor evaluated(const Probe& probe, Precision precision, std::int64_t samples);

// Sample s of a per-sample tensor, alone; a shared one as it is.
Tensor one_sample(const Tensor& tensor, std::int64_t s);

// sum(weights .* x), a scalar, with weights that let no element go unnoticed.
Value weighted_sum(Graph& graph, Value x);

// A number in messages: "0.472945892", "nan".
std::string nine_digits(double value);

// "matmul, shapes [2, 3] (per sample), [3]", for messages.
std::string describe(const OpDef& op, const ProbeCase& one, const std::vector<bool>& per_sample);

}  // namespace ebb
