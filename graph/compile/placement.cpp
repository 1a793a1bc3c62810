#include "graph/compile/placement.hpp"

#include <algorithm>
#include <limits>

#include "graph/compile/memory.hpp"

namespace ebb {

namespace {

constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();
constexpr std::size_t end_of_run = nowhere - 1;

// The steps that make and last read the memory of a value, and whether it holds its place now.
struct Life {
  std::size_t made = nowhere, last_read = nowhere;
  bool has_place = false;
};

class Placer {
 public:
  explicit Placer(Plan& plan) : plan_(plan) {}
  void run(Updates updates);

 private:
  void find_lives();
  void assign_variables(Updates updates);
  bool update_in_place(std::uint32_t next, std::uint32_t variable);
  bool may_overwrite(const Step& step, std::uint32_t output, std::uint32_t owner) const;
  void place(std::size_t index);
  bool take_over_place(const Step& step, std::uint32_t output, std::size_t index);
  void settle_views();

  Buffer& buffer(std::uint32_t id) { return plan_.buffers[id]; }
  std::uint32_t root(std::uint32_t id) const { return plan_.buffers[id].root; }

  Plan& plan_;
  std::vector<Life> lives_;  // by root
  ArenaPlanner arena_;
  std::size_t alive_ = 0;  // bytes in the arena, at the step that is being placed
};

void Placer::run(Updates updates) {
  find_lives();
  assign_variables(updates);
  for (std::size_t step = 0; step < plan_.steps.size(); ++step) place(step);
  plan_.arena_bytes = arena_.size();
  settle_views();
}

void Placer::find_lives() {
  lives_.resize(plan_.buffers.size());
  for (std::size_t step = 0; step < plan_.steps.size(); ++step) {
    for (const auto input : plan_.steps[step].inputs) lives_[root(input)].last_read = step;
    for (const auto output : plan_.steps[step].outputs) {
      Life& life = lives_[root(output)];
      life.made = std::min(life.made, step);
      life.last_read = step;
    }
  }
}

// What is assigned is computed straight into the variable where nothing reads its old value
// afterwards; the rest is copied at the end. Nobody else reads an assigned variable then.
void Placer::assign_variables(Updates updates) {
  for (const auto& [next, variable] : updates) {
    if (update_in_place(next, variable)) continue;
    lives_[root(next)].last_read = plan_.steps.size();
    plan_.steps.push_back(copy_step(next, variable));
  }
  for (const auto& [value, id] : plan_.fetches) lives_[root(id)].last_read = end_of_run;
}

bool Placer::update_in_place(std::uint32_t next, std::uint32_t variable) {
  Buffer& made = buffer(root(next));
  if (made.home != Home::arena || buffer(next).part) return false;
  const std::size_t writes = lives_[root(next)].made, reads = lives_[variable].last_read;
  if (reads != nowhere && reads > writes) return false;
  if (reads == writes && !may_overwrite(plan_.steps[writes], root(next), variable)) return false;
  made.home = Home::variable;
  made.root = variable;
  // What a product is added to is computed in the variable too, where that is free by then.
  if (const Step& step = plan_.steps[writes]; step.gemm.accumulate)
    update_in_place(step.inputs[2], variable);
  return true;
}

// Whether an output of a step may lie where its input `owner` lies: a product is added to what is
// there; element by element, each is read for the last time before it is written, or as it is.
bool Placer::may_overwrite(const Step& step, std::uint32_t output, std::uint32_t owner) const {
  if (step.gemm.accumulate)
    return root(step.inputs[2]) == owner && !plan_.buffers[step.inputs[2]].part &&
           root(step.inputs[0]) != owner && root(step.inputs[1]) != owner;
  if (step.kind != StepKind::elementwise) return false;
  const Type& out = plan_.buffers[output].type;
  bool is_written = false;
  for (const Instruction& instruction : step.instructions) {
    for (const auto input : instruction.inputs) {
      if (root(input) != owner) continue;
      const Type& in = plan_.buffers[input].type;
      if (is_written || plan_.buffers[input].part || in.shape.elements() != out.shape.elements() ||
          in.per_sample != out.per_sample || size_of(in.dtype) != size_of(out.dtype))
        return false;
    }
    is_written = is_written || instruction.output == output;
  }
  return true;
}

void Placer::place(std::size_t index) {
  Step& step = plan_.steps[index];
  for (const auto output : step.outputs) {
    Buffer& b = buffer(root(output));
    Life& life = lives_[root(output)];
    // What has parts gets its place with the first of them.
    if (b.home != Home::arena || life.has_place) continue;
    if (buffer(output).part || !take_over_place(step, output, index)) {
      b.offset = arena_.allocate(b.bytes);
      alive_ += b.bytes;
    }
    life.has_place = true;
  }
  step.scratch = arena_.allocate(step.scratch_bytes);
  arena_.release(step.scratch, step.scratch_bytes);
  plan_.alive_bytes = std::max(plan_.alive_bytes, alive_ + step.scratch_bytes);
  for (const auto* ids : {&step.inputs, &step.outputs})
    for (const auto id : *ids) {
      Life& life = lives_[root(id)];
      if (!life.has_place || life.last_read != index) continue;
      life.has_place = false;
      arena_.release(buffer(root(id)).offset, buffer(root(id)).bytes);
      alive_ -= buffer(root(id)).bytes;
    }
}

// Gives the output the place of an input that dies here.
bool Placer::take_over_place(const Step& step, std::uint32_t output, std::size_t index) {
  for (const auto input : step.inputs) {
    const auto owner = root(input);
    Life& life = lives_[owner];
    if (!life.has_place || life.last_read != index || !may_overwrite(step, output, owner)) continue;
    life.has_place = false;
    buffer(output).offset = buffer(owner).offset;
    return true;
  }
  return false;
}

// A view may be one of a value that was computed in place of a variable.
void Placer::settle_views() {
  for (Buffer& view : plan_.buffers) {
    view.root = root(view.root);
    const Buffer& owner = buffer(view.root);
    view.home = owner.home;
    view.offset = owner.offset;
  }
}

}  // namespace

Step copy_step(std::uint32_t from, std::uint32_t to) {
  Step step;
  step.kind = StepKind::copy;
  step.inputs = {from};
  step.outputs = {to};
  return step;
}

void place_values(Plan& plan, Updates updates) { Placer(plan).run(updates); }

}  // namespace ebb
