#include "graph/compile/simplify.hpp"

#include <utility>

#include "graph/compile/builder.hpp"
#include "graph/compile/rules/rules.hpp"

namespace ebb {

std::vector<std::string> rewrite_names(std::span<const Rewrite> declared) {
  std::vector<std::string> names{Builder::equal_nodes};
  for (const Rule& rule : structural_rules()) names.emplace_back(rule.name);
  for (const Rewrite& rewrite : declared) names.push_back(rewrite.text);
  return names;
}

Simplifier::Simplifier(Graph& graph, std::span<const Rewrite> rewrites, SimplifyOptions options)
    : builder_(std::make_shared<Builder>(graph, rewrites, std::move(options))) {}

void Simplifier::substitute(Value from, Value to) {
  ensure(builder_->type(from) == builder_->type(to),
         "a substitute has the type of what it replaces");
  builder_->substitute(from, to);
}

Value Simplifier::operator()(Value root) { return builder_->simplify(root); }

std::vector<Value> Simplifier::operator()(std::span<const Value> roots) {
  // The last first: of gradients in the order of their parameters that is the order in which the
  // reverse pass finds them, and plans keep to it.
  std::vector<Value> results(roots.size());
  for (std::size_t i = roots.size(); i-- > 0;) results[i] = builder_->simplify(roots[i]);
  return results;
}

}  // namespace ebb
