#include "graph/cli/cost_of_plan.hpp"

#include <algorithm>

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

}  // namespace

double flops_of(const Plan& plan, const Step& step) {
  if (step.kind == StepKind::copy) return 0;
  if (step.kind != StepKind::gemm) {
    const auto ops = static_cast<double>(std::max<std::size_t>(step.instructions.size(), 1));
    return ops * std::max(elements(plan, step.inputs), elements(plan, step.outputs));
  }
  const Gemm& gemm = step.gemm;
  const double samples =
      gemm.samples == Gemm::Samples::none ? 1 : static_cast<double>(plan.max_samples);
  return 2 * samples * static_cast<double>(gemm.m) * static_cast<double>(gemm.n) *
             static_cast<double>(gemm.k) +
         (gemm.accumulate ? elements(plan, step.outputs) : 0);
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
