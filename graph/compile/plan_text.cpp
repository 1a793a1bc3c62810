#include <span>
#include <sstream>

#include "graph/compile/plan.hpp"

namespace ebb {

namespace {

const char* name(StepKind kind) {
  switch (kind) {
    case StepKind::gemm:
      return "gemm";
    case StepKind::elementwise:
      return "elementwise";
    case StepKind::tensor:
      return "tensor";
    case StepKind::copy:
      return "copy";
  }
  return "";
}

const char* name(Gemm::Samples samples) {
  switch (samples) {
    case Gemm::Samples::none:
      return "";
    case Gemm::Samples::in_n:
      return ", samples in n";
    case Gemm::Samples::in_k:
      return ", samples in k";
    case Gemm::Samples::batch:
      return ", a product per sample";
    case Gemm::Samples::summed:
      return ", products summed over samples";
  }
  return "";
}

// "variable a[0].w", "arena+1024", "leaf x", "constant"
std::string place(const Plan& plan, std::uint32_t id) {
  const Buffer& buffer = plan.buffers[id];
  const std::string& key = plan.buffers[buffer.root].key;
  switch (buffer.home) {
    case Home::arena:
      return "arena+" + std::to_string(buffer.offset);
    case Home::variable:
      return "variable " + key;
    case Home::leaf:
      return "leaf " + key;
    case Home::constant:
      return "constant";
    case Home::tile:
      return "tile";
  }
  return "";
}

// "arena+1024 [3]*", and of a part the element of the whole at which it begins: "arena+1024 [3]* at
// 6 of [12]*".
std::string operand(const Plan& plan, std::uint32_t id) {
  const auto shape = [](const Type& type) {
    return to_string(type.shape) + (type.per_sample ? "*" : "");
  };
  const Buffer& buffer = plan.buffers[id];
  const std::string text = place(plan, id) + " " + shape(buffer.type);
  if (!buffer.part) return text;
  return text + " at " + std::to_string(buffer.part->first) + " of " +
         shape(plan.buffers[buffer.root].type);
}

std::string list(const Plan& plan, std::span<const std::uint32_t> ids) {
  std::string text;
  for (const auto id : ids) text += (text.empty() ? "" : ", ") + operand(plan, id);
  return text;
}

std::string inputs(const Plan& plan, const Step& step) {
  if (!step.gemm.accumulate) return list(plan, step.inputs);
  return list(plan, std::span(step.inputs).first(2)) + " added to " + operand(plan, step.inputs[2]);
}

std::string value_name(const Plan& plan, NodeId node) {
  const std::string* name = plan.graph->name({node, 0});
  return name ? " " + *name : "";
}

}  // namespace

std::size_t bytes_at(const Plan& plan, Home home) {
  std::size_t bytes = 0;
  for (std::size_t id = 0; id < plan.buffers.size(); ++id)
    if (plan.buffers[id].home == home && plan.buffers[id].root == id)
      bytes += plan.buffers[id].bytes;
  return bytes;
}

std::size_t bytes_of(const Plan& plan) {
  return plan.arena_bytes + plan.thread_bytes + plan.packed_bytes + bytes_at(plan, Home::variable) +
         bytes_at(plan, Home::constant) + bytes_at(plan, Home::leaf);
}

std::string name_of(const Plan& plan, const Step& step) {
  std::string text = name(step.kind);
  if (step.kind == StepKind::tensor) text += " " + step.op->name;
  if (step.op) text += value_name(plan, step.node);
  for (const Instruction& i : step.instructions)
    text += (&i == step.instructions.data() ? " " : ", ") + i.op->name + value_name(plan, i.node);
  return text;
}

std::string product_text(const Step& step, const GemmProvider* by) {
  const Gemm& g = step.gemm;
  std::ostringstream out;
  out << g.m << "x" << g.k << (g.ta ? " transposed" : "") << " times " << g.k << "x" << g.n
      << (g.tb ? " transposed" : "") << name(g.samples) << ", by "
      << (by ? by : step.provider)->name << (g.constant_a ? ", packed once" : "");
  return out.str();
}

std::string to_string(const Plan& plan) {
  std::ostringstream out;
  std::size_t index = 0;
  for (const Step& step : plan.steps) {
    out << index++ << ": " << name_of(plan, step) << ": " << list(plan, step.outputs) << " <- "
        << inputs(plan, step);
    if (step.kind == StepKind::gemm) out << " (" << product_text(step) << ")";
    if (step.part > 0)
      out << " in parts of " << step.part
          << (step.kind == StepKind::elementwise ? " elements" : " samples");
    out << "\n";
  }
  out << plan.steps.size() << " steps, " << plan.arena_bytes << " bytes of arena for "
      << plan.max_samples << (plan.max_samples == 1 ? " sample" : " samples");
  if (plan.thread_bytes > 0) out << ", " << plan.thread_bytes << " for each thread";
  if (plan.packed_bytes > 0) out << ", " << plan.packed_bytes << " of packed weights";
  out << "\n";
  return out.str();
}

}  // namespace ebb
