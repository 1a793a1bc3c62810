// The plan: a flat list of bound calls over one arena.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "graph/core/graph.hpp"

namespace ebb {

// After a run, the variable holds `next`.
struct Assignment {
  Value variable;
  Value next;
};

struct PlanRequest {
  std::vector<Value> fetches;  // values that are read after a run
  std::vector<Assignment> assignments;
  Precision precision = Precision::f32;
  std::int64_t max_samples = 1;
};

// Where a buffer lives.
enum class Home : std::uint8_t { arena, variable, leaf, constant };

// Memory of one value; several values whose lives do not overlap share a place in the arena.
struct Buffer {
  Type type;  // concrete
  Home home = Home::arena;
  std::size_t offset = 0;  // in the arena, aligned to 64
  std::size_t bytes = 0;   // for max_samples
  std::string key;         // of leaves and variables
  std::shared_ptr<const Tensor> constant;
};

// How a step is run: by a GEMM provider, by an elementwise span kernel, by a tensor kernel, as a
// copy into a variable, or as the number 1/n.
enum class StepKind : std::uint8_t { gemm, elementwise, tensor, copy, sample_weight };

// C = op(A) op(B) on column-major matrices; the samples are folded into n or k where the operands
// allow, else `batch` products are made.
struct Gemm {
  bool ta = false, tb = false;
  bool over_samples = false;
  // Dimensions for one sample, and where the number of samples multiplies them.
  std::int64_t m = 0, n = 0, k = 0;
  enum class Samples : std::uint8_t { none, in_n, in_k, batch } samples = Samples::none;
};

struct Step {
  StepKind kind = StepKind::tensor;
  NodeId node = 0;                             // whose op, attributes, span and signature apply
  std::vector<std::uint32_t> inputs, outputs;  // buffers
  Gemm gemm;
  std::size_t scratch = 0, scratch_bytes = 0;  // place in the arena
};

struct Plan {
  Precision precision = Precision::f32;
  std::int64_t max_samples = 1;
  std::vector<Buffer> buffers;
  std::vector<Step> steps;
  std::size_t arena_bytes = 0;
  std::vector<std::pair<Value, std::uint32_t>> fetches;  // value to buffer
  const Graph* graph = nullptr;
};

// Plans the simplified graph: live nodes only, buffers shared by liveness, updates in place where
// no later step reads the old value. Throws UserError where an op has no kernel.
Plan make_plan(const Graph& graph, const PlanRequest& request);

// "step 3: gemm a[0].z <- a[0].w x ..." for `ebb show --plan`.
std::string to_string(const Plan& plan);

}  // namespace ebb
