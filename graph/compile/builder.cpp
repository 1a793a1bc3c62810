#include "graph/compile/builder.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "graph/compile/rules/rules.hpp"
#include "graph/core/evaluate.hpp"

namespace ebb {

namespace {

// Rules that call one another end by themselves; declared rewrites need not.
constexpr int max_depth = 48;
constexpr int max_applications = 64;
// Larger constants are not compared with one another.
constexpr std::int64_t max_merged_elements = 64;

void mix(std::size_t& seed, std::size_t value) {
  seed ^= value + 0x9E3779B97F4A7C15 + (seed << 6) + (seed >> 2);
}

template <class T>
std::size_t hash_of(const T& value) {
  return std::hash<T>{}(value);
}
template <class T>
std::size_t hash_of(const std::vector<T>& values) {
  std::size_t seed = values.size();
  for (const T& value : values) mix(seed, hash_of(value));
  return seed;
}

Graph::Inputs in_any_order(const OpDef& op, Graph::Inputs inputs) {
  if (op.claims_(EBB_COMMUTATIVE)) std::sort(inputs.begin(), inputs.end());
  return inputs;
}

std::size_t hash_of_node(const OpDef& op, const Attributes* attrs, const Graph::Inputs& inputs) {
  std::size_t seed = hash_of(&op);
  for (const Value input : in_any_order(op, inputs)) mix(seed, hash_of(input));
  if (attrs)
    for (const Attr& attr : attrs->values())
      mix(seed, std::visit([](const auto& value) { return hash_of(value); }, attr));
  return seed;
}

bool same_attributes(const Attributes* a, const Attributes* b) {
  return a == b || (a && b && a->values() == b->values());
}

// `x + (-y) => OP(x, y)`
bool defines_difference(const Rewrite& rewrite, const OpRegistry::Core& core) {
  using Kind = Pattern::Kind;
  const auto& sum = rewrite.from.arguments;
  const auto& difference = rewrite.to.arguments;
  if (rewrite.from.op != core.add || rewrite.to.kind != Kind::call || difference.size() != 2)
    return false;
  const NamedAttrs minus{{"factor", -1.0}};
  for (std::size_t i : {0u, 1u}) {
    const Pattern &x = sum[i], &negated = sum[1 - i];
    if (x.kind != Kind::variable || negated.op != core.scale || negated.attrs != minus) continue;
    const Pattern& y = negated.arguments[0];
    return y.kind == Kind::variable && x.variable != y.variable && rewrite.to.attrs.empty() &&
           difference[0].kind == Kind::variable && difference[0].variable == x.variable &&
           difference[1].kind == Kind::variable && difference[1].variable == y.variable;
  }
  return false;
}

// `reciprocal(x) => OP(1, x)`
bool defines_quotient(const Rewrite& rewrite) {
  using Kind = Pattern::Kind;
  const auto &of = rewrite.from.arguments, &quotient = rewrite.to.arguments;
  return rewrite.from.op->name == "reciprocal" && of.size() == 1 && of[0].kind == Kind::variable &&
         rewrite.to.kind == Kind::call && quotient.size() == 2 &&
         quotient[0].kind == Kind::number && quotient[0].number == 1 &&
         quotient[1].kind == Kind::variable && quotient[1].variable == of[0].variable &&
         rewrite.to.attrs.empty();
}

struct Deeper {
  explicit Deeper(int& depth) : depth_(depth) { ++depth_; }
  ~Deeper() { --depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;
  int& depth_;
};

}  // namespace

Builder::Builder(Graph& graph, std::span<const Rewrite> rewrites, SimplifyOptions options)
    : graph_(graph), options_(std::move(options)), merges_(applied(equal_nodes, false)) {
  for (const Rule& rule : structural_rules())
    if (applied(rule.name, rule.lowering)) rules_.push_back(&rule);
  for (const Rewrite& rewrite : rewrites) {
    if (applied(rewrite.text, rewrite.lowering)) declared_[rewrite.from.op].push_back(&rewrite);
    if (!difference_ && defines_difference(rewrite, core())) difference_ = rewrite.to.op;
    if (!quotient_ && defines_quotient(rewrite)) quotient_ = rewrite.to.op;
  }
}

bool Builder::applied(const std::string& name, bool lowering) const {
  return (options_.lower || !lowering) &&
         std::ranges::find(options_.without, name) == options_.without.end();
}

Value Builder::make(const OpDef& op, const Graph::Inputs& inputs, const NamedAttrs& attrs,
                    Span at) {
  return intern(op, resolve_attributes(op, attrs), inputs, at, Value::none);
}

Value Builder::make_like(const Candidate& candidate, const Graph::Inputs& inputs) {
  return intern(*candidate.op, candidate.attrs, inputs, candidate.span, Value::none);
}

Value Builder::constant(Tensor value, Span at) {
  if (value.elements_per_sample() > max_merged_elements) {
    const Value result = graph_.constant(std::move(value), at);
    set_result(result.node, result);
    return result;
  }
  std::string key = "constant " + to_string(value.type());
  key.append(reinterpret_cast<const char*>(value.bytes()), value.size_bytes());
  const auto [it, is_new] = leaves_.try_emplace(std::move(key));
  if (is_new) {
    it->second = graph_.constant(std::move(value), at);
    set_result(it->second.node, it->second);
  }
  return it->second;
}

Value Builder::data(const std::string& key, const Type& type, Span at) {
  const auto [it, is_new] = leaves_.try_emplace("data " + to_string(type) + key);
  if (is_new) {
    it->second = graph_.data(key, type, at);
    set_result(it->second.node, it->second);
  }
  return it->second;
}

Tensor Builder::evaluate(const Candidate& candidate) const {
  std::vector<Tensor> inputs;
  for (const Value input : candidate.inputs) inputs.push_back(*graph_.node(input).constant);
  return run_node(graph_, candidate.id, inputs, Precision::f64, 1).front();
}

void Builder::set_result(NodeId id, Value result) {
  if (id >= results_.size()) results_.resize(std::max<std::size_t>(graph_.size(), id + 1));
  results_[id] = result;
}

Builder::Uses& Builder::uses(NodeId id) {
  if (id >= uses_.size()) uses_.resize(std::max<std::size_t>(graph_.size(), id + 1));
  return uses_[id];
}

void Builder::count_uses(NodeId root) {
  std::vector<NodeId> stack{root};
  while (!stack.empty()) {
    const NodeId id = stack.back();
    stack.pop_back();
    if (done(id) || std::exchange(uses(id).counted, true)) continue;
    if (const auto it = substitutes_.find(id); it != substitutes_.end()) {
      stack.push_back(it->second.node);
      continue;
    }
    for (const Value input : graph_.inputs(id)) {
      ++uses(input.node).original;
      if (done(input.node)) ++uses(results_[input.node].node).simplified;
      stack.push_back(input.node);
    }
  }
}

// Whoever reads a node reads what it was simplified to. A node that was simplified to one of its
// own inputs does not read that any more.
void Builder::carry_uses(NodeId id) {
  const NodeId result = results_[id].node;
  uses(result).simplified += uses(id).original;
  if (substitutes_.contains(id)) return;
  for (const Value input : graph_.inputs(id))
    if (results_[input.node].node == result && result != id) --uses(result).simplified;
}

Value Builder::simplified(Value value) const {
  const Value first = results_[value.node];
  return value.output == 0 ? first : Value{first.node, value.output};
}

Value Builder::simplify(Value root) {
  count_uses(root.node);
  std::vector<NodeId> stack{root.node};
  while (!stack.empty()) {
    const NodeId id = stack.back();
    const std::size_t waiting = stack.size();
    const auto need = [&](Value value) {
      if (!done(value.node)) stack.push_back(value.node);
    };
    if (done(id)) {
      stack.pop_back();
      continue;
    }
    const auto substitute = substitutes_.find(id);
    if (substitute != substitutes_.end())
      need(substitute->second);
    else
      for (const Value input : graph_.inputs(id)) need(input);
    if (stack.size() > waiting) continue;
    stack.pop_back();
    const auto before = static_cast<NodeId>(graph_.size());
    set_result(id, substitute != substitutes_.end() ? simplified(substitute->second) : rebuild(id));
    if (options_.origins && depth_ == 0) options_.origins->simplified(graph_, before, id);
    carry_uses(id);
    carry_names(id);
  }
  return simplified(root);
}

Value Builder::rebuild(NodeId id) {
  if (depth_ == 0) applications_ = 0;
  const Node& node = graph_.node(id);
  if (node.constant && node.constant->elements_per_sample() <= max_merged_elements) {
    std::string key = "constant " + to_string(node.constant->type());
    key.append(reinterpret_cast<const char*>(node.constant->bytes()), node.constant->size_bytes());
    return leaves_.try_emplace(std::move(key), Value{id, 0}).first->second;
  }
  if (node.op == core().data)
    return leaves_.try_emplace("data " + to_string(node.outputs[0]) + node.key, Value{id, 0})
        .first->second;
  if (node.op->leaf) return {id, 0};
  Graph::Inputs inputs;
  for (const Value input : graph_.inputs(id)) inputs.push_back(simplified(input));
  return intern(*node.op, node.attrs, inputs, node.span, id);
}

// Looks for an equal node first; else takes the original where its inputs did not change, or
// appends one, and applies the rules to it.
Value Builder::intern(const OpDef& op, std::shared_ptr<const Attributes> attrs,
                      const Graph::Inputs& inputs, Span at, NodeId original) {
  const std::size_t hash = hash_of_node(op, attrs.get(), inputs);
  if (const NodeId equal = find_equal(op, attrs.get(), inputs, hash); equal != Value::none)
    return results_[equal];
  Value value{original, 0};
  if (!value || graph_.inputs(original) != inputs)
    value = graph_.add_resolved(op, {inputs.data(), inputs.size()}, std::move(attrs), at);
  set_result(value.node, value);
  const Value result = rewrite(value.node);
  set_result(value.node, result);
  known_.emplace(hash, value.node);
  return result;
}

NodeId Builder::find_equal(const OpDef& op, const Attributes* attrs, const Graph::Inputs& inputs,
                           std::size_t hash) const {
  if (!merges_) return Value::none;
  const auto [begin, end] = known_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    const Node& node = graph_.node(it->second);
    if (node.op == &op && same_attributes(node.attrs.get(), attrs) &&
        in_any_order(op, graph_.inputs(it->second)) == in_any_order(op, inputs))
      return it->second;
  }
  return Value::none;
}

Value Builder::rewrite(NodeId id) {
  const Node& node = graph_.node(id);
  if (node.outputs.size() != 1 || depth_ >= max_depth) return {id, 0};
  const Deeper deeper(depth_);
  const Candidate candidate{id, node.op, node.attrs, graph_.inputs(id), node.outputs[0], node.span};
  for (const Rule* rule : rules_) {
    const Value result = rule->apply(*this, candidate);
    if (!result) continue;
    if (type(result) != candidate.type)
      throw InternalError("rule '" + std::string(rule->name) + "' changed " +
                          to_string(candidate.type) + " to " + to_string(type(result)));
    return result;
  }
  const Value result = apply_declared(candidate);
  return result ? result : Value{id, 0};
}

Value Builder::apply_declared(const Candidate& candidate) {
  const auto rules = declared_.find(candidate.op);
  if (rules == declared_.end()) return {};
  for (const Rewrite* rewrite : rules->second) {
    Bindings bindings;
    if (!match(graph_, rewrite->from, {candidate.id, 0}, bindings)) continue;
    if (++applications_ > max_applications) return {};
    try {
      Value result = simplify(build(graph_, rewrite->to, bindings, candidate.span));
      // `x / x => 1` is narrower than what it replaces.
      if (type(result) != candidate.type && type(result).dtype == candidate.type.dtype)
        result = broadcast_to(*this, result, candidate.type, candidate.span);
      if (type(result) == candidate.type) return result;
    } catch (const OpError&) {
      // The right side does not exist for these shapes: the rewrite does not apply.
    }
  }
  return {};
}

void Builder::carry_names(NodeId id) {
  for (std::uint32_t output = 0; output < graph_.node(id).outputs.size(); ++output)
    if (const std::string* name = graph_.name({id, output}))
      graph_.set_name(simplified({id, output}), std::string(*name));
}

}  // namespace ebb
