#include "graph/compile/schedule.hpp"

#include <functional>
#include <queue>
#include <set>
#include <unordered_map>

namespace ebb {

namespace {

// The dimensions that storage depends on.
std::vector<std::int64_t> without_units(const Shape& shape) {
  std::vector<std::int64_t> dims;
  for (const auto dim : shape.dims())
    if (dim != 1) dims.push_back(dim);
  return dims;
}

class Scheduler {
 public:
  Scheduler(const Graph& graph, const PlanRequest& request, const AddedProducts& added);
  std::vector<NodeId> run();

 private:
  static constexpr std::uint32_t dead = 0xFFFFFFFF;

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
  std::priority_queue<NodeId, std::vector<NodeId>, std::greater<>> ready_;
  std::set<NodeId> held_;  // all arguments there, but some reader of the old value is not
};

Scheduler::Scheduler(const Graph& graph, const PlanRequest& request, const AddedProducts& added)
    : graph_(graph), live_(live_nodes(graph, request)), arguments_(graph.size(), dead) {
  for (const NodeId id : live_)
    arguments_[id] = static_cast<std::uint32_t>(boost::in_degree(id, graph.storage()));
  read_old_values_first(request, added);
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
      if (--readers_[overwriter] == 0 && held_.erase(overwriter) > 0) ready_.push(overwriter);
  for_each_user(id, [&](NodeId user) {
    if (--arguments_[user] > 0) return;
    const auto readers = readers_.find(user);
    if (readers == readers_.end() || readers->second == 0)
      ready_.push(user);
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
      ready_.push(id);
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
      id = ready_.top();
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
