#include "graph/compile/fusion.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "graph/core/allocate.hpp"

namespace ebb {

namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
// Bounds the work of a merge.
constexpr std::size_t max_instructions = 32, max_readers = 64;
// Of the first-level cache, for all tiles of a step and the pieces of memory that it walks with
// them.
constexpr std::size_t tile_bytes = std::size_t{24} * 1024;
constexpr std::int64_t tile_granularity = 64;
// Calls of an instruction for an element: so many take as long as some hand-overs of work.
constexpr std::int64_t min_calls_of_part = 16384;
// Enough for any number of cores that memory feeds.
constexpr std::int64_t max_parts = 16;
// Sums of fewer elements would be calls of a few elements each, but for one sum of all.
constexpr std::int64_t min_summed = 8;

// Steps that are run as one, at the place of one of them.
struct Group {
  std::uint32_t slot = none;           // the index of that step
  std::vector<std::uint32_t> members;  // in the order in which they run
};

class Fuser {
 public:
  Fuser(Plan& plan, std::span<const std::uint32_t> wanted,
        std::span<const std::pair<std::uint32_t, std::uint32_t>> updates);
  void run();

 private:
  bool joins(const Step& step) const;
  // Whether and where two groups can be run as one.
  using Place = bool (Fuser::*)(const Group& first, const Group& second) const;
  void merge_with_makers(std::uint32_t step, Place can_move);
  const Type& walked(const Step& step) const;
  bool same_elements(std::uint32_t reader, std::uint32_t made) const;
  bool reads_element_by_element(const Group& from, const Group& by) const;
  bool can_sink(const Group& first, const Group& second) const;
  bool can_rise(const Group& first, const Group& second) const;
  void merge(std::uint32_t first, std::uint32_t second, std::uint32_t slot);

  Step emit(const Group& group);
  bool leaves(const Group& group, std::uint32_t output) const;
  std::size_t place_tiles(const Step& fused);
  void lay_out_scratch(Step& fused, std::size_t tiles, std::int64_t elements);
  void cut_in_parts(Step& step) const;
  std::int64_t elements(const Step& step) const;

  bool is_sum(const Instruction& instruction) const {
    return instruction.op == plan_.graph->registry().core().sample_sum;
  }
  std::size_t element_bytes(std::uint32_t buffer) const {
    return size_of(plan_.buffers[buffer].type.dtype);
  }

  std::uint32_t root(std::uint32_t buffer) const { return plan_.buffers[buffer].root; }
  std::uint32_t slot_of(std::uint32_t step) const {
    return group_of_[step] == none ? step : groups_[group_of_[step]].slot;
  }
  bool within(std::uint32_t step, const Group& group) const {
    return group_of_[step] != none && &groups_[group_of_[step]] == &group;
  }
  std::uint32_t output(std::uint32_t step) const { return plan_.steps[step].outputs[0]; }
  const std::vector<std::uint32_t>& readers(std::uint32_t buffer) const {
    return readers_[root(buffer)];
  }

  Plan& plan_;
  std::vector<bool> wanted_;  // by root
  std::unordered_map<std::uint32_t, std::uint32_t>
      updater_;  // of a variable: its next value's root
  std::unordered_map<std::uint32_t, std::uint32_t> updated_;  // the other way round
  std::vector<std::uint32_t> maker_;                          // by root: a step
  std::vector<std::vector<std::uint32_t>> readers_;           // by root: steps
  std::vector<std::uint32_t> group_of_;                       // by step
  std::vector<Group> groups_;
};

Fuser::Fuser(Plan& plan, std::span<const std::uint32_t> wanted,
             std::span<const std::pair<std::uint32_t, std::uint32_t>> updates)
    : plan_(plan),
      wanted_(plan.buffers.size()),
      maker_(plan.buffers.size(), none),
      readers_(plan.buffers.size()),
      group_of_(plan.steps.size(), none) {
  for (const auto buffer : wanted) wanted_[root(buffer)] = true;
  for (const auto& [next, variable] : updates) {
    updater_.emplace(variable, root(next));
    updated_.emplace(root(next), variable);
  }
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
    for (const auto input : plan.steps[i].inputs) {
      auto& readers = readers_[root(input)];
      if (readers.empty() || readers.back() != i) readers.push_back(i);
    }
    for (const auto made : plan.steps[i].outputs) maker_[root(made)] = i;
  }
}

void Fuser::run() {
  for (std::uint32_t i = 0; i < plan_.steps.size(); ++i) {
    if (!joins(plan_.steps[i])) continue;
    group_of_[i] = static_cast<std::uint32_t>(groups_.size());
    groups_.push_back({i, {i}});
  }
  // What is computed late lies in memory for a short time, so rising comes second.
  for (const Place can_move : {&Fuser::can_sink, &Fuser::can_rise})
    for (std::uint32_t i = 0; i < plan_.steps.size(); ++i)
      if (group_of_[i] != none) merge_with_makers(i, can_move);
  std::vector<Step> steps;
  for (std::uint32_t i = 0; i < plan_.steps.size(); ++i) {
    if (slot_of(i) != i) continue;
    if (group_of_[i] != none && groups_[group_of_[i]].members.size() > 1)
      steps.push_back(emit(groups_[group_of_[i]]));
    else
      steps.push_back(std::move(plan_.steps[i]));
    if (steps.back().kind == StepKind::elementwise) cut_in_parts(steps.back());
  }
  plan_.steps = std::move(steps);
}

bool Fuser::joins(const Step& step) const {
  if (step.kind == StepKind::elementwise) return true;
  if (step.op != plan_.graph->registry().core().sample_sum) return false;
  const std::int64_t sums = plan_.buffers[step.outputs[0]].type.shape.elements();
  return sums >= min_summed || sums == 1;
}

// With every group that makes an operand of the step, one after the other.
void Fuser::merge_with_makers(std::uint32_t step, Place can_move) {
  for (const auto input : plan_.steps[step].inputs) {
    const auto maker = maker_[root(input)];
    if (maker == none || group_of_[maker] == none) continue;
    auto first = group_of_[maker], second = group_of_[step];
    if (first == second) continue;
    if (groups_[first].slot > groups_[second].slot) std::swap(first, second);
    const Group &a = groups_[first], &b = groups_[second];
    if (a.members.size() + b.members.size() <= max_instructions &&
        same_elements(b.members.front(), a.members.front()) && reads_element_by_element(a, b) &&
        (this->*can_move)(a, b))
      merge(first, second, can_move == &Fuser::can_sink ? b.slot : a.slot);
  }
}

// Whose elements a step walks: those of its result, or of what it sums.
const Type& Fuser::walked(const Step& step) const {
  return plan_.buffers[step.kind == StepKind::elementwise ? step.outputs[0] : step.inputs[0]].type;
}

bool Fuser::same_elements(std::uint32_t reader, std::uint32_t made) const {
  const Type &a = walked(plan_.steps[reader]), &b = walked(plan_.steps[made]);
  return a.per_sample == b.per_sample && a.shape.elements() == b.shape.elements();
}

// Whether what `by` reads of `from` is there when a tile comes to it: neither a sum, which is not
// whole before the last tile, nor stretched, which would want elements of other tiles.
bool Fuser::reads_element_by_element(const Group& from, const Group& by) const {
  for (const auto member : by.members)
    for (const auto input : plan_.steps[member].inputs) {
      const auto maker = maker_[root(input)];
      if (maker == none || !within(maker, from)) continue;
      const Step& made = plan_.steps[maker];
      const Type &as_read = plan_.buffers[input].type,
                 &as_made = plan_.buffers[made.outputs[0]].type;
      if (made.kind != StepKind::elementwise ||
          as_read.shape.elements() != as_made.shape.elements() || !same_elements(maker, member))
        return false;
    }
  return true;
}

// Whether the first group can wait until the second: nobody reads its results before, and no
// variable that it reads would be written over before.
bool Fuser::can_sink(const Group& first, const Group& second) const {
  const auto between = [&](std::uint32_t step) {
    return slot_of(step) > first.slot && slot_of(step) < second.slot;
  };
  for (const auto member : first.members) {
    const auto& all = readers(output(member));
    if (all.size() > max_readers || std::ranges::any_of(all, between)) return false;
    for (const auto input : plan_.steps[member].inputs) {
      const auto updater = updater_.find(root(input));
      if (updater == updater_.end()) continue;
      const auto maker = maker_[updater->second];
      if (maker != none && between(maker)) return false;
    }
  }
  return true;
}

// Whether the second group can run as early as the first: its operands are there, and the variables
// that it writes over have no readers in between.
bool Fuser::can_rise(const Group& first, const Group& second) const {
  for (const auto member : second.members) {
    for (const auto input : plan_.steps[member].inputs) {
      const auto maker = maker_[root(input)];
      if (maker != none && !within(maker, second) && slot_of(maker) > first.slot) return false;
    }
    const auto variable = updated_.find(root(output(member)));
    if (variable == updated_.end()) continue;
    for (const auto reader : readers_[variable->second])
      if (!within(reader, second) && slot_of(reader) > first.slot && slot_of(reader) < second.slot)
        return false;
  }
  return true;
}

void Fuser::merge(std::uint32_t first, std::uint32_t second, std::uint32_t slot) {
  Group& into = groups_[first];
  for (const auto member : groups_[second].members) {
    group_of_[member] = first;
    into.members.push_back(member);
  }
  into.slot = slot;
  groups_[second].members.clear();
}

// Whether somebody outside the group reads it.
bool Fuser::leaves(const Group& group, std::uint32_t output) const {
  return wanted_[root(output)] ||
         std::ranges::any_of(readers(output), [&](auto reader) { return !within(reader, group); });
}

// Places of the tiles within the scratch of a step, in numbers of tiles.
class TilePlaces {
 public:
  std::size_t allocate() {
    if (free_.empty()) return count_++;
    const auto place = free_.back();
    free_.pop_back();
    return place;
  }
  void release(std::size_t place) { free_.push_back(place); }
  std::size_t count() const { return count_; }

 private:
  std::vector<std::size_t> free_;
  std::size_t count_ = 0;
};

Step Fuser::emit(const Group& group) {
  Step fused;
  fused.kind = StepKind::elementwise;
  for (const auto member : group.members) {
    Step& step = plan_.steps[member];
    for (const auto input : step.inputs) {
      const auto maker = maker_[root(input)];
      const bool comes_from_outside = maker == none || !within(maker, group);
      if (comes_from_outside && std::ranges::find(fused.inputs, input) == fused.inputs.end())
        fused.inputs.push_back(input);
    }
    if (step.kind == StepKind::elementwise)
      fused.instructions.push_back(std::move(step.instructions[0]));
    else
      fused.instructions.push_back({step.op, step.node, step.inputs, step.outputs[0]});
    if (is_sum(fused.instructions.back()) || leaves(group, step.outputs[0]))
      fused.outputs.push_back(step.outputs[0]);
  }
  lay_out_scratch(fused, place_tiles(fused), elements(fused));
  return fused;
}

// Gives each value that only the step sees a tile, counted from 0 in `offset`; returns how many
// there are.
std::size_t Fuser::place_tiles(const Step& fused) {
  std::unordered_map<std::uint32_t, std::size_t> last_read, tiles;  // by root
  for (std::size_t i = 0; i < fused.instructions.size(); ++i)
    for (const auto input : fused.instructions[i].inputs) last_read[root(input)] = i;
  TilePlaces places;
  for (std::size_t i = 0; i < fused.instructions.size(); ++i) {
    const Instruction& instruction = fused.instructions[i];
    Buffer& made = plan_.buffers[instruction.output];
    const auto release_operands = [&](bool of_its_width) {
      for (const auto input : instruction.inputs) {
        const auto tile = tiles.find(root(input));
        if (tile == tiles.end() || last_read[root(input)] != i) continue;
        if ((element_bytes(input) == element_bytes(instruction.output)) != of_its_width) continue;
        places.release(tile->second);
        tiles.erase(tile);
      }
    };
    // A tile may be written over an operand of its width that is read there for the last time.
    release_operands(true);
    if (std::ranges::find(fused.outputs, instruction.output) == fused.outputs.end()) {
      made.home = Home::tile;
      made.offset = places.allocate();
      tiles.emplace(root(instruction.output), made.offset);
    }
    release_operands(false);
  }
  return places.count();
}

// That are walked.
std::int64_t Fuser::elements(const Step& step) const {
  const Instruction& first = step.instructions[0];
  const Type& type = plan_.buffers[is_sum(first) ? first.inputs[0] : first.output].type;
  return type.shape.elements() * (type.per_sample ? plan_.max_samples : 1);
}

// A tile is not larger than all elements.
void Fuser::lay_out_scratch(Step& fused, std::size_t tiles, std::int64_t elements) {
  std::size_t widest = 1;
  for (const Instruction& instruction : fused.instructions) {
    widest = std::max(widest, element_bytes(instruction.output));
    for (const auto input : instruction.inputs) widest = std::max(widest, element_bytes(input));
  }
  const auto streams = tiles + fused.inputs.size() + fused.outputs.size();
  const auto fitting =
      std::min(static_cast<std::int64_t>(tile_bytes / streams / widest) / tile_granularity,
               (elements + tile_granularity - 1) / tile_granularity);
  fused.tile = std::max<std::int64_t>(fitting, 1) * tile_granularity;
  const auto bytes = static_cast<std::size_t>(fused.tile) * widest;
  fused.thread_bytes = tiles * bytes;
  for (Instruction& instruction : fused.instructions) {
    Buffer& made = plan_.buffers[instruction.output];
    if (made.home == Home::tile) made.offset *= bytes;
    if (!is_sum(instruction)) continue;
    instruction.sums = fused.sums_bytes;
    fused.sums_bytes += static_cast<std::size_t>(made.type.shape.elements()) * sizeof(double);
  }
  // Threads add up in lines of the cache of their own.
  fused.sums_bytes = rounded_to_lines(fused.sums_bytes);
}

// A part is as many whole tiles as pay a hand-over of work, and longer than its sums.
void Fuser::cut_in_parts(Step& step) const {
  const std::int64_t all = elements(step), tile = std::max(step.tile, tile_granularity);
  const auto calls = static_cast<std::int64_t>(step.instructions.size());
  const auto sums = static_cast<std::int64_t>(step.sums_bytes / sizeof(double));
  const std::int64_t least =
      std::max({all / max_parts, min_calls_of_part / calls, 8 * sums, std::int64_t{1}});
  std::int64_t parts = std::max(all / least, std::int64_t{1});
  if (parts > 1) {
    step.part = ((all - 1) / parts + tile) / tile * tile;
    parts = (all - 1) / step.part + 1;
  }
  step.scratch_bytes = static_cast<std::size_t>(parts) * step.sums_bytes;
}

}  // namespace

void fuse(Plan& plan, std::span<const std::uint32_t> wanted,
          std::span<const std::pair<std::uint32_t, std::uint32_t>> updates) {
  Fuser(plan, wanted, updates).run();
}

}  // namespace ebb
