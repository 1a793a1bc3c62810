#include "graph/compile/parts.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <optional>
#include <unordered_map>

#include "graph/compile/placement.hpp"

namespace ebb {

namespace {

constexpr std::size_t no_step = std::numeric_limits<std::size_t>::max();
// A value that is kept for so few steps more is hardly among those of which the arena is full.
constexpr std::size_t soon = 8;
// Bounds the work at one value.
constexpr std::size_t most_uses = 64;

// A buffer that a step reads.
struct Use {
  std::size_t step;
  std::uint32_t buffer;
};

// A slice that could be a view.
struct SliceStep {
  std::size_t step, last_read;
  Part part;
};

class Parts {
 public:
  Parts(Plan& plan, std::span<const std::uint32_t> wanted,
        std::span<const std::pair<std::uint32_t, std::uint32_t>> updates);
  void run();

 private:
  void find_cuts(std::size_t index);
  void make_views(std::uint32_t base, std::vector<SliceStep>& cuts);
  std::vector<Part> places_of(const Step& step) const;
  void join(std::size_t index);
  std::vector<Step> copies_of(std::size_t index);
  bool can_be_part(std::uint32_t id, const Type& type, const Part& part, std::size_t but) const;
  bool reads(const Use& use, const Part& part) const;
  bool writes(const Step& step, std::uint32_t output, const Part& part) const;
  std::size_t last_read(std::uint32_t root) const;
  void lay(std::uint32_t id, std::uint32_t root, const Part& part);
  void settle_products();

  bool is(const Step& step, const OpDef* op) const {
    return step.kind == StepKind::tensor && step.op == op;
  }
  bool joins(const Step& step) const {
    const auto& core = plan_.graph->registry().core();
    return is(step, core.concat) || is(step, core.stack);
  }
  template <class T>
  const T& attribute(const Step& step, std::size_t index) const {
    return std::get<T>((*plan_.graph->node(step.node).attrs)[index]);
  }
  const Buffer& buffer(std::uint32_t id) const { return plan_.buffers[id]; }
  Part part_of(std::uint32_t id) const {
    return buffer(id).part ? *buffer(id).part : Part::whole(buffer(id).type);
  }

  Plan& plan_;
  std::vector<bool> wanted_, assigned_;            // by root: read, or written over, in the end
  std::vector<std::size_t> maker_;                 // by root: a step
  std::vector<std::vector<Use>> uses_;             // by root
  std::vector<std::vector<std::uint32_t>> views_;  // by root: it and its views
  std::unordered_map<std::uint32_t, std::vector<SliceStep>> cuts_;  // by root
  std::unordered_map<std::size_t, std::vector<bool>>
      placed_;  // operands of a concatenation, by step
};

Parts::Parts(Plan& plan, std::span<const std::uint32_t> wanted,
             std::span<const std::pair<std::uint32_t, std::uint32_t>> updates)
    : plan_(plan),
      wanted_(plan.buffers.size()),
      assigned_(plan.buffers.size()),
      maker_(plan.buffers.size(), no_step),
      uses_(plan.buffers.size()),
      views_(plan.buffers.size()) {
  for (const auto id : wanted) wanted_[buffer(id).root] = true;
  for (const auto& [next, variable] : updates)
    assigned_[buffer(next).root] = assigned_[variable] = true;
  for (std::uint32_t id = 0; id < plan.buffers.size(); ++id) views_[buffer(id).root].push_back(id);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const auto add = [&](const std::vector<std::uint32_t>& inputs) {
      for (const auto input : inputs) uses_[buffer(input).root].push_back({i, input});
    };
    const Step& step = plan.steps[i];
    if (step.kind != StepKind::elementwise) add(step.inputs);
    for (const Instruction& instruction : step.instructions) add(instruction.inputs);
    for (const auto output : step.outputs) maker_[buffer(output).root] = i;
  }
}

void Parts::run() {
  for (std::size_t i = 0; i < plan_.steps.size(); ++i)
    if (is(plan_.steps[i], plan_.graph->registry().core().slice)) find_cuts(i);
  for (auto& [base, cuts] : cuts_) make_views(base, cuts);
  for (std::size_t i = plan_.steps.size(); i-- > 0;)
    if (joins(plan_.steps[i])) join(i);
  std::vector<Step> steps;
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    if (joins(plan_.steps[i])) std::ranges::move(copies_of(i), std::back_inserter(steps));
    if (!plan_.steps[i].outputs.empty()) steps.push_back(std::move(plan_.steps[i]));
  }
  plan_.steps = std::move(steps);
  settle_products();
}

// Where the result of a slice lies in what it is cut from.
void Parts::find_cuts(std::size_t index) {
  const Step& step = plan_.steps[index];
  const std::uint32_t from = step.inputs[0], made = step.outputs[0], base = buffer(from).root;
  const bool is_assigned = buffer(base).home == Home::variable && assigned_[base];
  if (wanted_[made] || buffer(made).root != made || buffer(made).bytes == 0 || is_assigned) return;
  const Part whole = part_of(from);
  const auto &begin = attribute<std::vector<std::int64_t>>(step, 0),
             &end = attribute<std::vector<std::int64_t>>(step, 1),
             &steps = attribute<std::vector<std::int64_t>>(step, 2);
  Part part{whole.first, {}, whole.sample};
  auto stride = whole.strides.begin();
  std::size_t d = 0;
  for (const auto size : buffer(from).type.shape.dims()) {
    const std::size_t dim = d++;
    if (size == 1) continue;
    const std::int64_t each = *stride++;
    const std::int64_t by = dim < steps.size() ? steps[dim] : 1;
    if (dim < begin.size()) part.first += begin[dim] * each;
    if (dim >= begin.size() || std::abs(end[dim] - begin[dim]) > std::abs(by))
      part.strides.push_back(each * by);
  }
  if (can_be_part(made, buffer(made).type, part, no_step))
    cuts_[base].push_back({index, last_read(made), std::move(part)});
}

std::size_t Parts::last_read(std::uint32_t root) const {
  std::size_t last = 0;
  for (const Use& use : uses_[root]) last = std::max(last, use.step);
  return last;
}

// Views keep the base as long as the last of them is read. That is no worse than copies where those
// that are alive then are as large as the base.
void Parts::make_views(std::uint32_t base, std::vector<SliceStep>& cuts) {
  const bool is_kept = buffer(base).home != Home::arena || wanted_[base];
  std::size_t base_read = 0, alive = 0;
  const auto is_cut = [&](std::size_t step) {
    return std::ranges::any_of(cuts, [&](const SliceStep& cut) { return cut.step == step; });
  };
  for (const Use& use : uses_[base])
    if (cuts.size() > most_uses || !is_cut(use.step)) base_read = std::max(base_read, use.step);
  std::ranges::sort(cuts, std::greater{}, &SliceStep::last_read);
  for (const SliceStep& cut : cuts) {
    Step& step = plan_.steps[cut.step];
    const std::uint32_t made = step.outputs[0];
    alive += buffer(made).bytes;
    if (!is_kept && cut.last_read > base_read && cut.last_read > cut.step + soon &&
        alive < buffer(base).bytes)
      continue;
    lay(made, base, cut.part);
    step.outputs.clear();
    // What cannot be a view is read for longer by those that are.
    base_read = std::max(base_read, cut.last_read);
  }
}

// Whether all that make and read a buffer or a view of it can do so where it is such a part.
bool Parts::can_be_part(std::uint32_t id, const Type& type, const Part& part,
                        std::size_t but) const {
  if (wanted_[id] || assigned_[id] || uses_[id].size() > most_uses) return false;
  if (type.shape.elements() == 0) return false;
  for (const auto view : views_[id])
    if (buffer(view).part || buffer(view).type.shape.elements() != type.shape.elements() ||
        buffer(view).type.dtype != type.dtype)
      return false;
  return std::ranges::all_of(uses_[id],
                             [&](const Use& use) { return use.step == but || reads(use, part); });
}

bool Parts::reads(const Use& use, const Part& part) const {
  const Step& step = plan_.steps[use.step];
  switch (step.kind) {
    case StepKind::elementwise:
      return part.has_runs() && std::ranges::none_of(step.instructions, [&](const auto& i) {
               return i.op == plan_.graph->registry().core().sample_sum &&
                      i.inputs[0] == use.buffer;
             });
    case StepKind::gemm:
      for (std::size_t i : {0u, 1u})
        if (step.inputs[i] == use.buffer && !leading_dimension(step.gemm, i, part)) return false;
      return true;
    case StepKind::copy:
      return true;
    case StepKind::tensor:
      break;
  }
  return joins(step);
}

// Whether the step can leave that output in such a part.
bool Parts::writes(const Step& step, std::uint32_t output, const Part& part) const {
  if (step.kind == StepKind::elementwise)
    return part.has_runs() && std::ranges::none_of(step.instructions, [&](const auto& i) {
             return i.op == plan_.graph->registry().core().sample_sum && i.output == output;
           });
  if (step.kind != StepKind::gemm) return joins(step);
  // Sums of parts of the inner dimension are added to a dense result.
  const GemmCall call = call_of(step.gemm, plan_.max_samples);
  return !step.gemm.accumulate && leading_dimension(step.gemm, 2, part) &&
         step.provider->scratch(call, plan_.precision).shared == 0;
}

// Gives the root `id` and its views that place in another root.
void Parts::lay(std::uint32_t id, std::uint32_t root, const Part& part) {
  const auto shared = std::make_shared<const Part>(part);
  for (const auto view : views_[id]) {
    plan_.buffers[view].root = root;
    plan_.buffers[view].part = shared;
    views_[root].push_back(view);
  }
  uses_[root].insert(uses_[root].end(), uses_[id].begin(), uses_[id].end());
}

// Where the operands of a concatenation lie in what it makes.
std::vector<Part> Parts::places_of(const Step& step) const {
  const std::uint32_t made = step.outputs[0];
  const Shape& shape = buffer(made).type.shape;
  const auto dim = static_cast<int>(attribute<std::int64_t>(step, 0));
  const Part whole = part_of(made);
  std::ptrdiff_t at = 0;
  for (int d = 0; d < dim; ++d) at += shape[d] != 1 ? 1 : 0;
  const std::int64_t stride = shape[dim] != 1 ? whole.strides[static_cast<std::size_t>(at)] : 1;
  const bool stacks = step.op == plan_.graph->registry().core().stack;
  std::vector<Part> places;
  std::int64_t first = whole.first;
  for (const auto input : step.inputs) {
    const Shape& each = buffer(input).type.shape;
    const std::int64_t size = stacks || each.is_scalar() ? 1 : each[dim];
    Part& place = places.emplace_back(Part{first, whole.strides, whole.sample});
    if (size == 1 && shape[dim] != 1) place.strides.erase(place.strides.begin() + at);
    first += size * stride;
  }
  return places;
}

// Has the operands made in their places that can be.
void Parts::join(std::size_t index) {
  const Step& step = plan_.steps[index];
  const std::uint32_t into = buffer(step.outputs[0]).root;
  const auto places = places_of(step);
  auto& is_placed = placed_[index];
  is_placed.resize(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Buffer& b = buffer(step.inputs[i]);
    const std::uint32_t owner = b.root;
    is_placed[i] = !b.part && buffer(owner).home == Home::arena && owner != into &&
                   b.type.per_sample == buffer(step.outputs[0]).type.per_sample &&
                   maker_[owner] != no_step && can_be_part(owner, b.type, places[i], index) &&
                   writes(plan_.steps[maker_[owner]], owner, places[i]);
    if (is_placed[i]) lay(owner, into, places[i]);
  }
}

// Copies of the other operands, in place of the concatenation. Where none of its operands is a
// part, nor what it makes, it stays as it is, and there are none.
std::vector<Step> Parts::copies_of(std::size_t index) {
  Step& step = plan_.steps[index];
  const Buffer made = buffer(step.outputs[0]);
  std::vector<Step> copies;
  if (!made.part &&
      std::ranges::none_of(step.inputs, [&](auto id) { return buffer(id).part != nullptr; }))
    return copies;
  const auto places = places_of(step);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (placed_[index][i]) continue;
    Buffer place;
    place.type = buffer(step.inputs[i]).type;
    place.type.per_sample = made.type.per_sample;
    place.bytes = static_cast<std::size_t>(place.type.shape.elements()) *
                  size_of(place.type.dtype) *
                  static_cast<std::size_t>(place.type.per_sample ? plan_.max_samples : 1);
    place.root = made.root;
    place.part = std::make_shared<const Part>(places[i]);
    copies.push_back(copy_step(step.inputs[i], static_cast<std::uint32_t>(plan_.buffers.size())));
    plan_.buffers.push_back(std::move(place));
  }
  step.outputs.clear();
  return copies;
}

// What products read and write in parts, as leading dimensions.
void Parts::settle_products() {
  for (Step& step : plan_.steps) {
    if (step.kind != StepKind::gemm) continue;
    const std::uint32_t operands[] = {step.inputs[0], step.inputs[1], step.outputs[0]};
    std::int64_t* const leading[] = {&step.gemm.lda, &step.gemm.ldb, &step.gemm.ldc};
    for (std::size_t i = 0; i < 3; ++i)
      if (buffer(operands[i]).part)
        *leading[i] = *leading_dimension(step.gemm, i, *buffer(operands[i]).part);
  }
}

}  // namespace

void place_parts(Plan& plan, std::span<const std::uint32_t> wanted,
                 std::span<const std::pair<std::uint32_t, std::uint32_t>> updates) {
  Parts(plan, wanted, updates).run();
}

}  // namespace ebb
