#include "graph/compile/plan.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "graph/compile/added_products.hpp"
#include "graph/compile/fusion.hpp"
#include "graph/compile/parts.hpp"
#include "graph/compile/placement.hpp"
#include "graph/compile/schedule.hpp"
#include "graph/core/allocate.hpp"
#include "graph/core/host.hpp"

namespace ebb {

namespace {

// Elements that kernels read and write: so many take as long as some hand-overs of work.
constexpr double min_elements_of_part = 16384;
// Enough for any number of cores that memory feeds.
constexpr double max_parts_of_samples = 16;

class Planner {
 public:
  Planner(const Graph& graph, const PlanRequest& request)
      : graph_(graph), request_(request), added_(graph, request), buffers_(graph.size()) {
    plan_.precision = request.precision;
    plan_.max_samples = request.max_samples;
    plan_.graph = &graph;
    ensure(!request.packs_weights || request.assignments.empty(),
           "packed weights stay as they are");
  }
  Plan run();

 private:
  void add_node(NodeId id);
  void add_leaf(NodeId id);
  void add_step(NodeId id);
  void add_sum_step(NodeId sum, NodeId product);
  void choose_gemm_form(Step& step, NodeId product);
  bool is_constant(std::uint32_t id) const;
  void place_packed(Step& step, const GemmCall& call, std::size_t bytes);
  void cut_tensor_step(Step& step);
  std::int64_t part_of_samples(double share) const;
  std::uint32_t add_buffer(Value value, Home home);
  std::uint32_t add_view(std::uint32_t of, const Type& type);
  std::uint32_t variable_buffer(Value variable);

  std::uint32_t at_the_end(Value value);
  void resolve_requests();
  void fuse_steps();

  Type concrete_type(const Type& type) const {
    return {concrete(type.dtype, request_.precision), type.per_sample, type.shape};
  }
  std::uint32_t buffer_of(Value value) const { return buffers_[value.node] + value.output; }
  Buffer& buffer(std::uint32_t id) { return plan_.buffers[id]; }
  std::uint32_t root(std::uint32_t id) const { return plan_.buffers[id].root; }

  const Graph& graph_;
  const PlanRequest& request_;
  AddedProducts added_;
  Plan plan_;
  std::vector<std::uint32_t> buffers_;  // by node: that of its first output; the others follow
  std::map<std::string, std::uint32_t> leaves_, variables_;  // by key
  std::set<std::uint32_t> assigned_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> updates_;  // next value to variable
  std::unordered_map<std::uint32_t, std::uint32_t> kept_;         // to copies of old values
  std::vector<Step> copies_of_old_values_;                        // before all other steps
  // Packed weights by buffer and call.
  using Packing = std::tuple<std::uint32_t, bool, bool, std::int64_t, std::int64_t, std::int64_t>;
  std::map<Packing, std::size_t> packed_;
};

Plan Planner::run() {
  for (const NodeId id : schedule(graph_, request_, added_)) add_node(id);
  resolve_requests();
  fuse_steps();
  for (const Step& step : plan_.steps)
    plan_.thread_bytes = std::max(plan_.thread_bytes, step.thread_bytes);
  place_values(plan_, updates_);
  return std::move(plan_);
}

void Planner::add_node(NodeId id) {
  if (graph_.node(id).op->leaf) return add_leaf(id);
  if (added_.reader(id) != id) return;
  if (const NodeId product = added_.added_by(id); product != Value::none)
    return add_sum_step(id, product);
  if (is_view(graph_, id, request_.precision)) {
    buffers_[id] = add_view(buffer_of(graph_.inputs(id)[0]), graph_.node(id).outputs[0]);
    return;
  }
  add_step(id);
}

void Planner::add_leaf(NodeId id) {
  const Value value{id, 0};
  const auto& core = graph_.registry().core();
  const Node& node = graph_.node(id);
  if (node.op == core.variable) {
    buffers_[id] = variable_buffer(value);
    return;
  }
  if (node.constant) {
    Buffer& b = buffer(add_buffer(value, Home::constant));
    b.constant = std::make_shared<const Tensor>(node.constant->converted(b.type.dtype));
    return;
  }
  const auto [it, is_new] = leaves_.try_emplace(node.key);
  if (is_new) {
    it->second = add_buffer(value, Home::leaf);
    buffer(it->second).key = node.key;
    return;
  }
  // Data that is used in two shapes is fed in the first; the other is made from it.
  ensure(buffer(it->second).type.shape.elements() == node.outputs[0].shape.elements() &&
             buffer(it->second).type.dtype == concrete_type(node.outputs[0]).dtype,
         "leaves of one key hold the same elements");
  if (buffer(it->second).type == concrete_type(node.outputs[0])) {
    buffers_[id] = it->second;
    return;
  }
  Step step;
  step.op = core.reshape;
  step.node = id;
  step.inputs = {it->second};
  step.outputs.push_back(add_buffer(value, Home::arena));
  plan_.steps.push_back(std::move(step));
}

void Planner::add_step(NodeId id) {
  const Node& node = graph_.node(id);
  const bool f32 = request_.precision == Precision::f32;
  Step step;
  step.op = node.op;
  step.node = id;
  for (const Value input : graph_.inputs(id)) step.inputs.push_back(buffer_of(input));
  for (std::uint32_t i = 0; i < node.outputs.size(); ++i)
    step.outputs.push_back(add_buffer({id, i}, Home::arena));
  if (node.op == graph_.registry().core().matmul) {
    choose_gemm_form(step, id);
  } else if (node.op->is_elementwise() || node.op == graph_.registry().core().convert) {
    step.kind = StepKind::elementwise;
    step.op = nullptr;
    step.instructions.push_back({node.op, id, step.inputs, step.outputs[0]});
  } else if (!(f32 ? node.op->kernel_f32 : node.op->kernel_f64)) {
    throw UserError({Severity::error,
                     node.op->name + " has no kernel in " + (f32 ? "float" : "double"),
                     node.span,
                     {},
                     {}});
  } else {
    cut_tensor_step(step);
  }
  plan_.steps.push_back(std::move(step));
}

// A kernel that takes each sample by itself may be called for some of them at a time.
void Planner::cut_tensor_step(Step& step) {
  const Node& node = graph_.node(step.node);
  std::int64_t elements = 0;
  bool is_cut = !node.op->claims_(EBB_ACROSS_SAMPLES);
  std::vector<ebb_type> in, out;
  for (const auto input : step.inputs) {
    in.push_back(to_c(buffer(input).type));
    if (buffer(input).type.per_sample) elements += buffer(input).type.shape.elements();
  }
  for (const auto output : step.outputs) {
    out.push_back(to_c(buffer(output).type));
    elements += buffer(output).type.shape.elements();
    is_cut = is_cut && buffer(output).type.per_sample;
  }
  if (is_cut) step.part = part_of_samples(static_cast<double>(elements) / min_elements_of_part);
  const std::size_t bytes = scratch_bytes(*node.op, in, out, node.attrs ? node.attrs->c() : nullptr,
                                          step.part > 0 ? step.part : request_.max_samples);
  (step.part > 0 ? step.thread_bytes : step.scratch_bytes) = bytes;
}

// How many samples make a part, where the work on one is such a share of what pays a hand-over; 0
// where all are too few.
std::int64_t Planner::part_of_samples(double share) const {
  const auto samples = static_cast<double>(request_.max_samples);
  const double parts = std::min({samples * share, samples, max_parts_of_samples});
  return parts < 2 ? 0 : static_cast<std::int64_t>(std::ceil(samples / std::floor(parts)));
}

// One step for x + A B: its inputs are A, B and x.
void Planner::add_sum_step(NodeId sum, NodeId product) {
  Step step;
  step.op = graph_.node(product).op;
  step.node = sum;
  for (const Value input : graph_.inputs(product)) step.inputs.push_back(buffer_of(input));
  for (const Value term : graph_.inputs(sum))
    if (term.node != product) step.inputs.push_back(buffer_of(term));
  step.outputs.push_back(add_buffer({sum, 0}, Home::arena));
  choose_gemm_form(step, product);
  plan_.steps.push_back(std::move(step));
}

// `product` is the step's own node, or what that adds.
void Planner::choose_gemm_form(Step& step, NodeId product) {
  const Node& node = graph_.node(product);
  const auto flag = [&](const char* name) {
    return std::get<bool>((*node.attrs)[static_cast<std::size_t>(node.op->find_attr(name))]);
  };
  const auto planned = plan_gemm(buffer(step.inputs[0]).type, buffer(step.inputs[1]).type,
                                 flag("ta"), flag("tb"), flag("over_samples"));
  if (planned.swapped) std::swap(step.inputs[0], step.inputs[1]);
  step.kind = StepKind::gemm;
  step.gemm = planned.gemm;
  step.gemm.accumulate = product != step.node;
  const Gemm& gemm = step.gemm;
  const auto limit = arma_gemm().max_size;
  const auto times = [&](Gemm::Samples s) { return gemm.samples == s ? request_.max_samples : 1; };
  if (gemm.m > limit || gemm.n > limit / times(Gemm::Samples::in_n) ||
      gemm.k > limit / times(Gemm::Samples::in_k))
    throw UserError({Severity::error,
                     "this product is too large: the library for matrix products takes at most " +
                         std::to_string(limit) + " rows or columns",
                     node.span,
                     {},
                     {"smaller mini-batches make smaller products"}});
  step.gemm.constant_a = request_.packs_weights && is_constant(step.inputs[0]);
  const GemmCall call = call_of(gemm, request_.max_samples);
  step.provider = request_.provider ? request_.provider : &choose_gemm(call, request_.precision);
  const GemmScratch scratch = step.provider->scratch(call, request_.precision);
  if (gemm.samples == Gemm::Samples::batch)
    step.part = part_of_samples(multiplications(call) / min_multiplications_of_part);
  step.gemm.constant_a = scratch.packed > 0;
  if (scratch.packed > 0) place_packed(step, call, scratch.packed);
  step.scratch_bytes = scratch.shared;
  step.thread_bytes = scratch.thread;
  if (step.part == 0) return;
  // Each thread computes products of its own.
  step.thread_bytes = own_scratch(scratch);
  step.scratch_bytes = 0;
}

bool Planner::is_constant(std::uint32_t id) const {
  const Home home = plan_.buffers[root(id)].home;
  return home == Home::variable || home == Home::constant;
}

// Products of one size that read the same weights, as the steps of a recurrent net, share them.
void Planner::place_packed(Step& step, const GemmCall& call, std::size_t bytes) {
  const auto [it, is_new] = packed_.try_emplace(
      {step.inputs[0], call.ta, call.tb, call.m, call.n, call.k}, plan_.packed_bytes);
  step.packed = it->second;
  if (!is_new) return;
  step.packed_bytes = bytes;
  plan_.packed_bytes += rounded_to_lines(bytes);
}

std::uint32_t Planner::add_buffer(Value value, Home home) {
  const auto id = static_cast<std::uint32_t>(plan_.buffers.size());
  Buffer b;
  b.type = concrete_type(graph_.type(value));
  b.home = home;
  b.root = id;
  b.bytes = static_cast<std::size_t>(b.type.shape.elements()) * size_of(b.type.dtype) *
            static_cast<std::size_t>(b.type.per_sample ? request_.max_samples : 1);
  plan_.buffers.push_back(std::move(b));
  if (value.output == 0) buffers_[value.node] = id;
  return id;
}

std::uint32_t Planner::add_view(std::uint32_t of, const Type& type) {
  const auto id = static_cast<std::uint32_t>(plan_.buffers.size());
  Buffer b;
  b.type = concrete_type(type);
  b.root = root(of);
  b.bytes = buffer(of).bytes;
  plan_.buffers.push_back(std::move(b));
  return id;
}

std::uint32_t Planner::variable_buffer(Value variable) {
  const std::string& key = graph_.node(variable).key;
  const auto [it, is_new] = variables_.try_emplace(key);
  if (is_new) {
    it->second = add_buffer(variable, Home::variable);
    buffer(it->second).key = key;
  }
  ensure(buffer(it->second).type == concrete_type(graph_.type(variable)),
         "variables of one key have one type");
  return it->second;
}

// The old value of a variable that is overwritten, where it is wanted at the end of the run.
std::uint32_t Planner::at_the_end(Value value) {
  const auto id = buffer_of(value);
  if (!assigned_.contains(root(id))) return id;
  const auto [it, is_new] = kept_.try_emplace(id);
  if (is_new) {
    Buffer b = buffer(id);
    b.home = Home::arena;
    b.root = it->second = static_cast<std::uint32_t>(plan_.buffers.size());
    b.key.clear();
    plan_.buffers.push_back(std::move(b));
    copies_of_old_values_.push_back(copy_step(id, it->second));
  }
  return it->second;
}

void Planner::resolve_requests() {
  for (const Assignment& assignment : request_.assignments)
    ensure(assigned_.insert(variable_buffer(assignment.variable)).second,
           "a variable is assigned once");
  for (const Value value : request_.fetches) plan_.fetches.emplace_back(value, at_the_end(value));
  for (const Assignment& assignment : request_.assignments)
    if (assignment.next != assignment.variable)
      updates_.emplace_back(at_the_end(assignment.next), variable_buffer(assignment.variable));
  plan_.steps.insert(plan_.steps.begin(), copies_of_old_values_.begin(),
                     copies_of_old_values_.end());
}

void Planner::fuse_steps() {
  std::vector<std::uint32_t> wanted;
  for (const auto& [value, id] : plan_.fetches) wanted.push_back(id);
  for (const auto& [next, variable] : updates_) wanted.push_back(next);
  fuse(plan_, wanted, updates_);
  if (request_.parts_in_place) place_parts(plan_, wanted, updates_);
}

}  // namespace

Plan make_plan(const Graph& graph, const PlanRequest& request) {
  return Planner(graph, request).run();
}

}  // namespace ebb
