// Applying rewrites: one forward sweep that appends the simplified form of what the roots depend
// on.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/core/graph.hpp"
#include "graph/core/origins.hpp"
#include "graph/core/rewrite.hpp"

namespace ebb {

struct SimplifyOptions {
  // Also lower derivatives (sigmoid') and use GEMM forms; off where equations are to be shown.
  bool lower = true;
  // The names of rewrites that are not applied, of those that `rewrite_names` lists.
  std::vector<std::string> without = {};
  // Where there are any, for which node each new one was made is added to them.
  Origins* origins = nullptr;
};

// The rewrites in the order in which they are tried: "equal nodes", which are made one, those of
// the structure (rules/) by their names, then the declared ones by their texts.
std::vector<std::string> rewrite_names(std::span<const Rewrite> declared);

class Builder;

// Folds constants, merges equal nodes, applies the structural rewrites (rules/) and the declared
// ones. Types never change. Old nodes stay in the graph; those no longer needed never reach a plan.
// Names go over to the new values that have none. Linear in the number of live nodes.
class Simplifier {
 public:
  // `rewrites` must outlive the simplifier.
  Simplifier(Graph& graph, std::span<const Rewrite> rewrites, SimplifyOptions options = {});

  // From now on `from` (with all that depends on it) is replaced by `to`, which has the same type
  // and does not depend on it. Used to bind data expressions to inputs. Call before the first root
  // is simplified. Throws InternalError for another type.
  void substitute(Value from, Value to);

  // Throws UserError where folding a constant fails.
  Value operator()(Value root);
  std::vector<Value> operator()(std::span<const Value> roots);

 private:
  std::shared_ptr<Builder> builder_;
};

}  // namespace ebb
