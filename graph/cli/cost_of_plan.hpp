// What a compiled training step takes.
#pragma once

#include <cstdint>

#include "graph/compile/plan.hpp"

namespace ebb {

struct PlanCost {
  double flops_per_sample = 0;  // of a full mini-batch
  double bytes = 0;             // parameters, states, samples and intermediate values
};

// Counts two operations for each multiply-add of a matrix product, of other ops what they say, and
// where they say nothing one for each element that they read or write, whichever are more.
PlanCost cost_of(const Plan& plan);

// Of one step, in one run of the plan for its most samples: operations, as above; bytes of the
// values that it reads and writes.
double flops_of(const Plan& plan, const Step& step);
double bytes_of(const Plan& plan, const Step& step);

}  // namespace ebb
