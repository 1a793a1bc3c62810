#include "graph/compile/schedule.hpp"

#include <algorithm>
#include <boost/range/adaptor/reversed.hpp>
#include <functional>
#include <queue>
#include <set>
#include <unordered_map>
#include <utility>

namespace ebb {

namespace {

// The dimensions that storage depends on.
std::vector<std::int64_t> without_units(const Shape& shape) {
  std::vector<std::int64_t> dims;
  for (const auto dim : shape.dims())
    if (dim != 1) dims.push_back(dim);
  return dims;
}

// Whether an elementwise step may take the node in, or nothing is computed for it.
bool is_fusible(const Graph& graph, NodeId id, Precision precision) {
  const auto& core = graph.registry().core();
  const OpDef* op = graph.node(id).op;
  return op->leaf || op->is_elementwise() || op == core.convert || op == core.sample_sum ||
         is_view(graph, id, precision);
}

class Scheduler {
 public:
  Scheduler(const Graph& graph, const PlanRequest& request, const AddedProducts& added);
  std::vector<NodeId> run();

 private:
  static constexpr std::uint32_t dead = 0xFFFFFFFF;

  void find_turns(Precision precision);
  std::vector<bool> late_nodes() const;
  void make_ready(NodeId id) { ready_.emplace(turn_[id], id); }
  void read_old_values_first(const PlanRequest& request, const AddedProducts& added);
  void collect_readers(NodeId id, Precision precision, std::vector<NodeId>& readers) const;
  void finish(NodeId id);
  // Calls f for every live user of a node, once for each use.
  template <class F>
  void for_each_user(NodeId id, F&& f) const {
    for (auto [edge, end] = boost::out_edges(id, graph_.storage()); edge != end; ++edge) {
      const auto user = static_cast<NodeId>(boost::target(*edge, graph_.storage()));
      if (arguments_[user] != dead) f(user);
    }
  }

  const Graph& graph_;
  std::vector<NodeId> live_;
  std::vector<std::uint32_t> arguments_;  // still awaited, by node
  // Nodes that wait for others because they overwrite what these read: how many they wait for; and
  // from each of those others to them.
  std::unordered_map<NodeId, std::size_t> readers_;
  std::unordered_map<NodeId, std::vector<NodeId>> overwriters_;
  std::vector<NodeId> turn_;  // by node: after which other one it is wanted
  using Turn = std::pair<NodeId, NodeId>;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> ready_;
  std::set<NodeId> held_;  // all arguments there, but some reader of the old value is not
};

Scheduler::Scheduler(const Graph& graph, const PlanRequest& request, const AddedProducts& added)
    : graph_(graph), live_(live_nodes(graph, request)), arguments_(graph.size(), dead) {
  for (const NodeId id : live_)
    arguments_[id] = static_cast<std::uint32_t>(boost::in_degree(id, graph.storage()));
  find_turns(request.precision);
  read_old_values_first(request, added);
}

// What leads to nothing per sample again, gradients and updates, comes as soon as the last of its
// arguments is there, so that memory is not kept for them until the end of the reverse pass; but
// only after the next node that no elementwise step takes in, so as not to part those steps. What
// of it is per sample or awaits nothing comes with its first user.
void Scheduler::find_turns(Precision precision) {
  const auto is_late = late_nodes();
  std::vector<NodeId> after(graph_.size());  // by node: the next one that is a step of its own
  NodeId next = static_cast<NodeId>(graph_.size());
  for (const NodeId id : boost::adaptors::reverse(live_)) {
    after[id] = next;
    if (!is_late[id] && !is_fusible(graph_, id, precision)) next = id;
  }
  turn_.assign(graph_.size(), 0);
  for (const NodeId id : live_) {
    turn_[id] = is_late[id] ? 0 : id;
    if (!is_late[id]) continue;
    for (const Value input : graph_.inputs(id))
      turn_[id] = std::max(turn_[id], is_late[input.node] ? turn_[input.node] : after[input.node]);
  }
  for (const NodeId id : boost::adaptors::reverse(live_)) {
    if (!is_late[id] || (turn_[id] > 0 && !graph_.node(id).outputs[0].per_sample)) continue;
    NodeId first = Value::none;
    for_each_user(id, [&](NodeId user) { first = std::min(first, turn_[user]); });
    if (first != Value::none) turn_[id] = first;
  }
}

// Shared values that lead to others of their kind alone, and the values per sample that only these
// read.
std::vector<bool> Scheduler::late_nodes() const {
  std::vector<bool> is_late(graph_.size());
  for (const NodeId id : boost::adaptors::reverse(live_)) {
    const bool per_sample = graph_.node(id).outputs[0].per_sample;
    bool late = !graph_.node(id).op->leaf;
    for_each_user(id, [&](NodeId user) {
      late = late && is_late[user] && !(per_sample && graph_.node(user).outputs[0].per_sample);
    });
    is_late[id] = late;
  }
  return is_late;
}

void Scheduler::read_old_values_first(const PlanRequest& request, const AddedProducts& added) {
  for (const Assignment& assignment : request.assignments) {
    std::vector<NodeId> readers;
    collect_readers(assignment.variable.node, request.precision, readers);
    for (const NodeId node : readers) {
      const NodeId reader = added.reader(node);
      if (reader == assignment.next.node) continue;
      overwriters_[reader].push_back(assignment.next.node);
      ++readers_[assignment.next.node];
    }
  }
}

void Scheduler::collect_readers(NodeId id, Precision precision,
                                std::vector<NodeId>& readers) const {
  for_each_user(id, [&](NodeId user) {
    readers.push_back(user);
    if (is_view(graph_, user, precision)) collect_readers(user, precision, readers);
  });
}

void Scheduler::finish(NodeId id) {
  if (const auto it = overwriters_.find(id); it != overwriters_.end())
    for (const NodeId overwriter : it->second)
      if (--readers_[overwriter] == 0 && held_.erase(overwriter) > 0) make_ready(overwriter);
  for_each_user(id, [&](NodeId user) {
    if (--arguments_[user] > 0) return;
    const auto readers = readers_.find(user);
    if (readers == readers_.end() || readers->second == 0)
      make_ready(user);
    else
      held_.insert(user);
  });
}

std::vector<NodeId> Scheduler::run() {
  for (const NodeId id : live_) {
    if (arguments_[id] > 0) continue;
    if (readers_.contains(id))
      held_.insert(id);
    else
      make_ready(id);
  }
  std::vector<NodeId> order;
  while (!ready_.empty() || !held_.empty()) {
    // Two updates that read each other's old value wait for one another: the first goes ahead, and
    // its result gets memory of its own.
    NodeId id = 0;
    if (ready_.empty()) {
      id = *held_.begin();
      held_.erase(held_.begin());
    } else {
      id = ready_.top().second;
      ready_.pop();
    }
    order.push_back(id);
    finish(id);
  }
  ensure(order.size() == live_.size(), "every live node is scheduled");
  return order;
}

}  // namespace

bool is_view(const Graph& graph, NodeId id, Precision precision) {
  const auto& core = graph.registry().core();
  const OpDef* op = graph.node(id).op;
  const bool moves_elements = op != core.reshape && op != core.transpose && op != core.broadcast &&
                              op != core.sum_to && op != core.convert &&
                              op != core.checkpoint_begin && op != core.checkpoint_end &&
                              op != core.after;
  if (moves_elements) return false;
  const Type& from = graph.type(graph.inputs(id)[0]);
  const Type& to = graph.node(id).outputs[0];
  if (from.per_sample != to.per_sample ||
      concrete(from.dtype, precision) != concrete(to.dtype, precision))
    return false;
  const auto a = without_units(from.shape), b = without_units(to.shape);
  return a == b && (op != core.transpose || a.size() < 2);
}

std::vector<NodeId> live_nodes(const Graph& graph, const PlanRequest& request) {
  std::vector<Value> roots = request.fetches;
  for (const Assignment& assignment : request.assignments) roots.push_back(assignment.next);
  return live_nodes(graph, roots);
}

std::vector<NodeId> schedule(const Graph& graph, const PlanRequest& request,
                             const AddedProducts& added) {
  return Scheduler(graph, request, added).run();
}

}  // namespace ebb
