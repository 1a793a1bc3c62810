#include "graph/compile/simplify.hpp"

#include "graph/compile/builder.hpp"

namespace ebb {

Simplifier::Simplifier(Graph& graph, std::span<const Rewrite> rewrites, SimplifyOptions options)
    : builder_(std::make_shared<Builder>(graph, rewrites, options)) {}

void Simplifier::substitute(Value from, Value to) {
  ensure(builder_->type(from) == builder_->type(to),
         "a substitute has the type of what it replaces");
  builder_->substitute(from, to);
}

Value Simplifier::operator()(Value root) { return builder_->simplify(root); }

std::vector<Value> Simplifier::operator()(std::span<const Value> roots) {
  std::vector<Value> results;
  for (const Value root : roots) results.push_back(builder_->simplify(root));
  return results;
}

}  // namespace ebb
