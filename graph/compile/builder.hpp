// Makes simplified nodes: what `Simplifier` is made of, and what rules work with.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/compile/simplify.hpp"
#include "graph/core/graph.hpp"
#include "graph/core/rewrite.hpp"

namespace ebb {

struct Rule;

// A node with one output whose inputs are simplified, as rules see it. A copy, because rules append
// nodes.
struct Candidate {
  NodeId id = 0;
  const OpDef* op = nullptr;
  std::shared_ptr<const Attributes> attrs;
  Graph::Inputs inputs;
  Type type;
  Span span;
};

class Builder {
 public:
  // The name of the rewrite that is not among the rules.
  static constexpr const char* equal_nodes = "equal nodes";
  Builder(Graph& graph, std::span<const Rewrite> rewrites, SimplifyOptions options);

  const Graph& graph() const { return graph_; }
  const OpRegistry::Core& core() const { return graph_.registry().core(); }
  const Type& type(Value value) const { return graph_.type(value); }
  bool is(Value value, const OpDef* op) const { return graph_.is(value, op); }
  // Argument `i` of the node that made `value`.
  Value argument(Value value, std::size_t i = 0) const { return graph_.inputs(value.node)[i]; }

  // The simplified form of op(inputs...); the inputs are simplified. Throws OpError.
  Value make(const OpDef& op, const Graph::Inputs& inputs, const NamedAttrs& attrs, Span at);
  // The candidate's op and attributes on other inputs.
  Value make_like(const Candidate& candidate, const Graph::Inputs& inputs);
  Value constant(Tensor value, Span at);
  Value data(const std::string& key, const Type& type, Span at);
  // The op for which a declared rewrite says `x + (-y) => OP(x, y)`; null where none does.
  const OpDef* difference() const { return difference_; }
  // The op for which one says `reciprocal(x) => OP(1, x)`; null where none does.
  const OpDef* quotient() const { return quotient_; }
  // Whether several nodes of what is simplified read `value`. Old nodes that nothing wants do not
  // count, nor what rules make, nor the readers of an equal node that is yet to come.
  bool shared(Value value) const {
    return value.node < uses_.size() && uses_[value.node].simplified > 1;
  }
  // The candidate's own value, computed from its constant inputs.
  Tensor evaluate(const Candidate& candidate) const;

  void substitute(Value from, Value to) { substitutes_.emplace(from.node, to); }
  // The simplified form of any value of the graph.
  Value simplify(Value root);

 private:
  // How many inputs of live nodes a node is, and how many what it is simplified to.
  struct Uses {
    std::uint32_t original = 0, simplified = 0;
    bool counted = false;  // those of the node's own inputs
  };

  bool applied(const std::string& name, bool lowering) const;
  bool done(NodeId id) const { return id < results_.size() && results_[id]; }
  void set_result(NodeId id, Value result);
  void count_uses(NodeId root);
  void carry_uses(NodeId id);
  Uses& uses(NodeId id);
  Value simplified(Value value) const;
  Value rebuild(NodeId id);
  Value intern(const OpDef& op, std::shared_ptr<const Attributes> attrs,
               const Graph::Inputs& inputs, Span at, NodeId original);
  // The node that is op(inputs...), up to the order of a commutative op's inputs; none if there is
  // none. `hash` is theirs.
  NodeId find_equal(const OpDef& op, const Attributes* attrs, const Graph::Inputs& inputs,
                    std::size_t hash) const;
  Value rewrite(NodeId id);
  Value apply_declared(const Candidate& candidate);
  void carry_names(NodeId id);

  Graph& graph_;
  SimplifyOptions options_;
  bool merges_;  // equal nodes
  std::vector<const Rule*> rules_;
  std::unordered_map<const OpDef*, std::vector<const Rewrite*>> declared_;  // by root
  const OpDef *difference_ = nullptr, *quotient_ = nullptr;
  std::unordered_map<NodeId, Value> substitutes_;
  std::vector<Uses> uses_;      // by node
  std::vector<Value> results_;  // by node: the simplified form of its first output
  std::unordered_multimap<std::size_t, NodeId> known_;  // nodes by hash
  std::unordered_map<std::string, Value> leaves_;       // constants by bits, data by key and type
  int depth_ = 0;                                       // of rules that call `make`
  int applications_ = 0;  // of declared rewrites, since the last node of the sweep
};

}  // namespace ebb
