#include "graph/core/gradient.hpp"

#include <algorithm>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/reverse_graph.hpp>
#include <set>
#include <unordered_map>

#include "graph/core/host.hpp"
#include "graph/core/segments.hpp"

namespace ebb {

namespace {

class Driver {
 public:
  Driver(Graph& graph, OverSamples over_samples, int segments, Origins* origins)
      : graph_(graph),
        core_(graph.registry().core()),
        keep_(over_samples == OverSamples::keep),
        segments_(segments),
        origins_(origins) {}

  std::vector<Value> run(Value objective, std::span<const Value> wrt);

 private:
  std::vector<bool> reached_from(Value objective) const;
  std::vector<bool> depending_on(std::span<const Value> wrt) const;
  void visit(NodeId id);
  void note_origin(std::size_t before, NodeId id);
  bool only_orders(const OpDef& op, std::size_t input) const;
  void compute_again(NodeId end, Value gradient);
  void compute_segment_again(NodeId end, Value gradient);
  Value again(Value value) const;
  Value contribution(NodeId id, std::size_t input, std::span<const Value> gradients);
  void accumulate(Value value, Value contribution);
  Value fit(Value gradient, Value value, Span at);
  Value adjoint(Value value) const;

  Graph& graph_;
  const OpRegistry::Core& core_;
  bool keep_;
  int segments_;
  Origins* origins_;
  std::vector<NodeId> segment_ends_;  // ascending
  std::vector<bool> relevant_;
  std::unordered_map<Value, Value> adjoints_;
  Value backward_;                            // the node of the visited op's backward kernel
  std::unordered_map<NodeId, NodeId> again_;  // what stands for a node in the rules of its users
};

// The nodes that the objective depends on: those that a search of the reversed graph finds.
std::vector<bool> Driver::reached_from(Value objective) const {
  const auto reversed = boost::make_reverse_graph(graph_.storage());
  std::vector<boost::default_color_type> colors(graph_.size());
  boost::breadth_first_search(
      reversed, objective.node,
      boost::color_map(boost::make_iterator_property_map(
          colors.begin(), boost::get(boost::vertex_index, graph_.storage()))));
  std::vector<bool> reached(graph_.size());
  for (std::size_t i = 0; i < colors.size(); ++i) reached[i] = colors[i] == boost::black_color;
  return reached;
}

std::vector<bool> Driver::depending_on(std::span<const Value> wrt) const {
  std::vector<bool> depends(graph_.size());
  NodeId first = Value::none;
  for (const Value value : wrt) {
    depends[value.node] = true;
    first = std::min(first, value.node);
  }
  for (NodeId id = first; id < graph_.size(); ++id)
    for (const Value input : graph_.inputs(id)) depends[id] = depends[id] || depends[input.node];
  return depends;
}

Value Driver::adjoint(Value value) const {
  const auto it = adjoints_.find(value);
  return it == adjoints_.end() ? Value{} : it->second;
}

// Gives a gradient the type of its value: sums what broadcasting had stretched, stretches what a
// rule left narrow, sums over samples where the value is shared.
Value Driver::fit(Value gradient, Value value, Span at) {
  const Type wanted = graph_.type(value);
  if (graph_.type(gradient).per_sample && !wanted.per_sample && !keep_)
    gradient = graph_.add(*core_.sample_sum, {&gradient, 1}, {}, at);
  Type type = graph_.type(gradient);
  Shape joined;
  ensure(broadcast(type.shape, wanted.shape, joined), "a gradient fits its value");
  const auto dims = [](const Shape& shape) {
    return std::vector<std::int64_t>(shape.dims().begin(), shape.dims().end());
  };
  if (joined == type.shape && !(type.shape == wanted.shape))
    gradient = graph_.add(*core_.sum_to, {&gradient, 1}, {{"shape", dims(wanted.shape)}}, at);
  type = graph_.type(gradient);
  if (!(type.shape == wanted.shape) || (wanted.per_sample && !type.per_sample))
    gradient = graph_.add(*core_.broadcast, {&gradient, 1},
                          {{"shape", dims(joined)}, {"per_sample", wanted.per_sample}}, at);
  if (!(graph_.type(gradient).shape == wanted.shape))
    gradient = graph_.add(*core_.sum_to, {&gradient, 1}, {{"shape", dims(wanted.shape)}}, at);
  return gradient;
}

void Driver::accumulate(Value value, Value contribution) {
  Value& sum = adjoints_[value];
  if (!sum) {
    sum = contribution;
    return;
  }
  const Value both[] = {sum, contribution};
  sum = graph_.add(*core_.add, both, {}, graph_.node(value).span);
}

Value Driver::contribution(NodeId id, std::size_t input, std::span<const Value> gradients) {
  const OpDef& op = *graph_.node(id).op;
  const Span at = graph_.node(id).span;
  const NodeId same = again({id, 0}).node;
  if (op.backward) {
    if (!backward_) backward_ = call_backward(graph_, same, gradients);
    return gradient_of_input(op, backward_, input);
  }
  if (op.derivative.empty()) return call_vjp(graph_, same, input, gradients);
  const Value x = graph_.inputs(same)[0];
  const Value derivative = graph_.add(graph_.registry().get(op.derivative), {&x, 1}, {}, at);
  const Value factors[] = {gradients[0], derivative};
  return graph_.add(*core_.mul, factors, {}, at);
}

// Whether the input says when something is computed, not what.
bool Driver::only_orders(const OpDef& op, std::size_t input) const {
  return input == 1 && (&op == core_.checkpoint_end || &op == core_.after);
}

Value Driver::again(Value value) const {
  const auto it = again_.find(value.node);
  return it == again_.end() ? value : Value{it->second, value.output};
}

// Makes all that leads from the beginning of a checkpoint to its end once more, to be computed when
// the end's gradient is known: the rules use the copies, so that nothing between the two is kept
// until then (Chen et al., Training deep nets with sublinear memory cost, 2016). A checkpoint in it
// is copied with it, and once more when its own end is visited.
void Driver::compute_again(NodeId end, Value gradient) {
  const Value begin = graph_.inputs(end)[1];
  const NodeId last = graph_.inputs(end)[0].node;
  if (!graph_.is(begin, core_.checkpoint_begin)) return;
  const Value gated[] = {again(graph_.inputs(begin.node)[0]), gradient};
  again_[begin.node] = graph_.add(*core_.after, gated, {}, graph_.node(begin).span).node;
  std::set<NodeId> inside{begin.node};
  for (NodeId id = begin.node + 1; id <= last; ++id) {
    Graph::Inputs inputs = graph_.inputs(id);
    if (std::ranges::none_of(inputs, [&](Value v) { return inside.contains(v.node); })) continue;
    inside.insert(id);
    for (Value& input : inputs) input = again(input);
    const Node& node = graph_.node(id);
    const Span at = node.span;
    again_[id] = graph_.add_resolved(*node.op, {inputs.data(), inputs.size()}, node.attrs, at).node;
  }
}

// The same for all that leads from the segment's beginning, or from the leaves, to its end. What it
// reads from outside is read when the gradient is known.
void Driver::compute_segment_again(NodeId end, Value gradient) {
  const auto at = std::ranges::lower_bound(segment_ends_, end);
  const NodeId first = at == segment_ends_.begin() ? 0 : *std::prev(at) + 1;
  std::unordered_map<Value, Value> read_late;
  const auto late = [&](Value value) {
    if (!graph_.type(value).per_sample) return value;
    if (value.node >= first && again_.contains(value.node)) return again(value);
    Value& result = read_late[value];
    if (!result) {
      const Value gated[] = {value, gradient};
      result = graph_.add(*core_.after, gated, {}, graph_.node(value).span);
    }
    return result;
  };
  for (NodeId id = first; id <= end; ++id) {
    if (!relevant_[id] || !is_of_segment(graph_, id)) continue;
    Graph::Inputs inputs = graph_.inputs(id);
    for (Value& input : inputs) input = late(input);
    const Node& node = graph_.node(id);
    const Span span = node.span;
    again_[id] =
        graph_.add_resolved(*node.op, {inputs.data(), inputs.size()}, node.attrs, span).node;
  }
}

OpError not_differentiable(const OpDef& op) {
  if (!op.backward_of)
    return {op.name + " can not be differentiated, but lies on the way to the objective", {}};
  return {op.backward_of->name +
              " has first derivatives only, but its gradient lies on the way to " + "the objective",
          "its plugin gives the gradient by a kernel, which can not be differentiated again"};
}

void Driver::visit(NodeId id) {
  std::vector<Value> gradients;
  bool any = false;
  const auto outputs = static_cast<std::uint32_t>(graph_.node(id).outputs.size());
  for (std::uint32_t i = 0; i < outputs; ++i) {
    gradients.push_back(adjoint({id, i}));
    any = any || gradients.back();
  }
  if (!any) return;
  const OpDef& op = *graph_.node(id).op;
  const Span at = graph_.node(id).span;
  const auto inputs = graph_.inputs(id);
  backward_ = {};
  if (std::ranges::binary_search(segment_ends_, id)) compute_segment_again(id, gradients[0]);
  if (&op == core_.checkpoint_end) compute_again(id, gradients[0]);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!relevant_[inputs[i].node] || graph_.type(inputs[i]).dtype != DType::real) continue;
    if (only_orders(op, i)) continue;
    if (!op.is_differentiable_in(i)) {
      if (op.claims_(EBB_ZERO_GRADIENT) || graph_.node(id).outputs[0].dtype != DType::real)
        continue;
      throw not_differentiable(op);
    }
    accumulate(inputs[i], fit(contribution(id, i, gradients), inputs[i], at));
  }
}

void Driver::note_origin(std::size_t before, NodeId id) {
  if (origins_) origins_->derived(graph_, static_cast<NodeId>(before), id);
}

std::vector<Value> Driver::run(Value objective, std::span<const Value> wrt) {
  relevant_ = reached_from(objective);
  const auto depends = depending_on(wrt);
  for (std::size_t i = 0; i < relevant_.size(); ++i) relevant_[i] = relevant_[i] && depends[i];
  segment_ends_ = segment_ends(graph_, relevant_, objective.node, segments_);
  const Span at = graph_.node(objective).span;
  std::size_t before = graph_.size();
  const Value one = graph_.constant(1, at);
  adjoints_[objective] = fit(one, objective, at);
  note_origin(before, objective.node);
  for (NodeId id = objective.node + 1; id-- > 0;) {
    if (!relevant_[id]) continue;
    before = graph_.size();
    try {
      visit(id);
      note_origin(before, id);
    } catch (const OpError& e) {
      std::vector<std::string> names;
      for (const Value input : graph_.inputs(id)) {
        const auto* name = graph_.name(input);
        names.push_back(name ? *name : "its input");
      }
      throw UserError({Severity::error,
                       fill_in(e.message, names),
                       graph_.node(id).span,
                       {},
                       hints_of(fill_in(e.hint, names))});
    }
  }
  std::vector<Value> results;
  for (const Value value : wrt) {
    Value g = adjoint(value);
    const Span there = graph_.node(value).span;
    before = graph_.size();
    if (!g) g = fit(graph_.constant(0, there), value, there);
    note_origin(before, value.node);
    results.push_back(g);
  }
  return results;
}

}  // namespace

std::vector<Value> gradients(Graph& graph, Value objective, std::span<const Value> wrt,
                             OverSamples over_samples, int segments, Origins* origins) {
  const Type& type = graph.type(objective);
  if (type.dtype != DType::real || !type.shape.is_scalar())
    throw UserError({Severity::error,
                     "only a real scalar has a gradient, but this is " + to_string(type),
                     graph.node(objective).span,
                     {},
                     {"`sum(...)` of it is a scalar"}});
  return Driver(graph, over_samples, segments, origins).run(objective, wrt);
}

}  // namespace ebb
