// Interval analysis: between which bounds the numbers of a value lie (Moore, Interval Analysis,
// 1966), from what the records of the ops claim. Each interval is wide enough for exact arithmetic;
// rounding is left out, so a sigmoid stays below 1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/core/graph.hpp"

namespace ebb {

// All numbers of a value lie between these. An infinite bound is always excluded.
struct Bounds {
  double lower = -INFINITY, upper = INFINITY;
  bool lower_excluded = true, upper_excluded = true;
  // False where nothing narrows what comes from outside the script: data, or a state.
  bool known = true;
  bool attained = false;  // both bounds are among the numbers

  bool whole_line() const { return lower == -INFINITY && upper == INFINITY; }
  bool single() const { return attained && lower == upper; }
};

// Those of a constant, all of whose bounds are attained. The whole line where it has no elements.
Bounds bounds_of(const Tensor& tensor);
// "[0, inf)"
std::string to_string(const Bounds& bounds);

enum class Containment : std::uint8_t { inside, partly, outside };
// Whether the numbers lie in the domain. What is not known counts as inside.
Containment containment(const Bounds& bounds, const Domain& domain);

// The bounds of a graph's values, found as they are asked for: once for each node, in the order of
// the graph, which may grow meanwhile. Two values that depend on one another count as independent
// (but for a square, x .* x); a value is narrowed by `where` only where the condition compares that
// very value with a constant. Parameters may be any number.
class Intervals {
 public:
  explicit Intervals(const Graph& graph) : graph_(graph) {}

  // Takes the place of what would be found for a leaf. Call it before users of the leaf are asked
  // for.
  void set(Value leaf, const Bounds& bounds);
  Bounds operator()(Value value);

 private:
  Bounds analyse(NodeId id) const;
  Bounds of_op(NodeId id) const;
  Bounds monotone(NodeId id) const;
  Bounds selected(NodeId id) const;
  Bounds summed(NodeId id) const;
  Bounds guarded(Value condition, Value value, bool holds) const;
  Bounds at(Value value) const;

  const Graph& graph_;
  std::vector<Bounds> bounds_;  // of output 0 of each node
};

}  // namespace ebb
