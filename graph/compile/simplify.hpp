// Applying rewrites: one forward sweep that appends the simplified form of what the roots depend
// on.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "graph/core/graph.hpp"
#include "graph/core/rewrite.hpp"

namespace ebb {

struct SimplifyOptions {
  // Also lower derivatives (sigmoid') and use GEMM forms; off where equations are to be shown.
  bool lower = true;
};

// Folds constants, merges equal nodes, applies the structural rewrites and the declared ones. Old
// nodes stay in the graph; those no longer needed never reach a plan. Names move to the new values.
// Linear in the number of live nodes.
class Simplifier {
 public:
  Simplifier(Graph& graph, std::span<const Rewrite> rewrites, SimplifyOptions options = {});

  // From now on `from` (with all that depends on it) is replaced by `to`, which has the same type.
  // Used to bind data expressions to inputs. Call before the first root is simplified.
  void substitute(Value from, Value to);

  Value operator()(Value root);
  std::vector<Value> operator()(std::span<const Value> roots);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ebb
