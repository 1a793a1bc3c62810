#include "graph/cli/cost_of_plan.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "graph/core/host.hpp"

namespace ebb {

namespace {

double elements(const Plan& plan, const std::vector<std::uint32_t>& buffers) {
  double count = 0;
  for (const std::uint32_t id : buffers) {
    const Type& type = plan.buffers[id].type;
    const double samples = type.per_sample ? static_cast<double>(plan.max_samples) : 1;
    count = std::max(count, samples * static_cast<double>(type.shape.elements()));
  }
  return count;
}

double flops_of_products(const Plan& plan, const Step& step) {
  const Gemm& gemm = step.gemm;
  const double samples =
      gemm.samples == Gemm::Samples::none ? 1 : static_cast<double>(plan.max_samples);
  return 2 * samples * static_cast<double>(gemm.m) * static_cast<double>(gemm.n) *
             static_cast<double>(gemm.k) +
         (gemm.accumulate ? elements(plan, step.outputs) : 0);
}

std::optional<double> flops_of_op(const Plan& plan, const Step& step) {
  const auto types_of = [&](const std::vector<std::uint32_t>& buffers) {
    std::vector<ebb_type> types;
    for (const std::uint32_t id : buffers) types.push_back(to_c(plan.buffers[id].type));
    return types;
  };
  const Node& node = plan.graph->node(step.node);
  return flops(*node.op, types_of(step.inputs), types_of(step.outputs),
               node.attrs ? node.attrs->c() : nullptr, plan.max_samples);
}

}  // namespace

double flops_of(const Plan& plan, const Step& step) {
  if (step.kind == StepKind::copy) return 0;
  if (step.kind == StepKind::gemm) return flops_of_products(plan, step);
  if (step.instructions.empty())
    if (const auto said = flops_of_op(plan, step)) return *said;
  const auto ops = static_cast<double>(std::max<std::size_t>(step.instructions.size(), 1));
  return ops * std::max(elements(plan, step.inputs), elements(plan, step.outputs));
}

double bytes_of(const Plan& plan, const Step& step) {
  double bytes = 0;
  for (const auto* buffers : {&step.inputs, &step.outputs})
    for (const std::uint32_t id : *buffers) bytes += static_cast<double>(plan.buffers[id].bytes);
  return bytes;
}

PlanCost cost_of(const Plan& plan) {
  PlanCost cost;
  for (const Step& step : plan.steps) cost.flops_per_sample += flops_of(plan, step);
  cost.flops_per_sample /= static_cast<double>(plan.max_samples);
  cost.bytes = static_cast<double>(bytes_of(plan));
  return cost;
}

}  // namespace ebb
