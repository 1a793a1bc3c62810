// The plan: a flat list of steps over one arena.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graph/compile/gemm/gemm.hpp"
#include "graph/compile/part.hpp"
#include "graph/core/graph.hpp"

namespace ebb {

// After a run, the variable holds `next`, which has its type.
struct Assignment {
  Value variable;
  Value next;
};

// The name under which `--without` switches off what `PlanRequest::parts_in_place` says.
inline constexpr const char* parts_in_place = "parts in place";

struct PlanRequest {
  std::vector<Value> fetches;  // values that are read after a run; of a variable, the old value
  std::vector<Assignment> assignments;
  Precision precision = Precision::f32;
  std::int64_t max_samples = 1;
  const GemmProvider* provider = nullptr;  // of all products; null: the best for each
  // The plan, which has no assignments, is run often with the same variables: these and constants
  // are packed once for the products that read them. Executor::weights_changed has it done again.
  bool packs_weights = false;
  bool parts_in_place = true;  // slices and concatenations are views, where they can be
};

// Where a buffer lives. One of a tile is seen by the instructions of one step only.
enum class Home : std::uint8_t { arena, variable, leaf, constant, tile };

// One value as kernels see it. Several buffers may lie in the same memory: those whose lives do not
// overlap, and views (a reshape that moves nothing, a slice, an operand of a concatenation), which
// have the `root` that owns it.
struct Buffer {
  Type type;  // concrete
  Home home = Home::arena;
  std::uint32_t root = 0;  // itself where it is no view
  std::size_t offset = 0;  // in the arena (of a tile: in the thread's scratch), aligned to 64
  std::size_t bytes = 0;   // for max_samples
  std::string key;         // of leaves and variables
  std::shared_ptr<const Part> part;  // of the root, that a view is; null: all of it
  std::shared_ptr<const Tensor> constant;
};

// How a step is run: by a GEMM provider, by elementwise span kernels, by a tensor kernel, or as a
// copy of input 0 to output 0.
enum class StepKind : std::uint8_t { gemm, elementwise, tensor, copy };

// One node of an elementwise step: a call of its span kernel; or a sum over the samples, which is
// whole, and has its output, when the step ends.
struct Instruction {
  const OpDef* op = nullptr;
  NodeId node = 0;
  std::vector<std::uint32_t> inputs;  // buffers
  std::uint32_t output = 0;
  std::size_t sums = 0;  // of a sum: where in each part's scratch it adds up, in double
};

struct Step {
  StepKind kind = StepKind::tensor;
  const OpDef* op = nullptr;                   // of a product and of a tensor kernel
  NodeId node = 0;                             // whose attributes, span and signature apply
  std::vector<std::uint32_t> inputs, outputs;  // buffers
  Gemm gemm;
  const GemmProvider* provider = nullptr;  // of a product
  // Of an elementwise step: what is done to each tile in turn, and its number of elements. All
  // instructions walk the same elements (of all samples); those of a tile lie side by side.
  std::vector<Instruction> instructions;
  std::int64_t tile = 0;  // 0: all elements at once
  // What threads may do at the same time, fixed by the sizes and not by the number of threads: so
  // many elements of an elementwise step, samples of another; 0: no parts. A single product is cut
  // by its provider.
  std::int64_t part = 0;
  std::size_t sums_bytes = 0;                  // of the sums of a part
  std::size_t scratch = 0, scratch_bytes = 0;  // place in the arena, for all threads together
  std::size_t thread_bytes = 0;                // of scratch that each thread needs for itself
  // Of a product with a constant A: where that lies packed among the plan's packed weights, and its
  // bytes; 0 where an earlier step packs it.
  std::size_t packed = 0, packed_bytes = 0;
};

struct Plan {
  Precision precision = Precision::f32;
  std::int64_t max_samples = 1;
  std::vector<Buffer> buffers;
  std::vector<Step> steps;
  std::size_t arena_bytes = 0;
  std::size_t alive_bytes = 0;   // the most that one step needs at once: no arena can be smaller
  std::size_t thread_bytes = 0;  // of scratch for each thread: the most that one step needs
  std::size_t packed_bytes = 0;  // of weights that are packed once, beside the arena
  std::vector<std::pair<Value, std::uint32_t>> fetches;  // value to buffer
  const Graph* graph = nullptr;                          // must outlive the plan
};

// Plans the simplified graph: live nodes only, buffers shared by liveness, updates in place where
// no later step reads the old value. Throws UserError where an op has no kernel or a product is too
// large for the GEMM provider.
Plan make_plan(const Graph& graph, const PlanRequest& request);

// Of all buffers that have such a place of their own.
std::size_t bytes_at(const Plan& plan, Home home);
// All that a plan has memory for: variables, leaves, constants, packed weights, the arena and a
// thread's scratch.
std::size_t bytes_of(const Plan& plan);

// What a step does: "gemm a[0].z", "elementwise add, sigmoid a[0]".
std::string name_of(const Plan& plan, const Step& step);
// A product's sizes and who computes it, if not another than planned: "30x784 times 784x1, samples
// in n, by blas".
std::string product_text(const Step& step, const GemmProvider* by = nullptr);
// A line per step, "gemm a[0].z <- a[0].w * x", and the sizes, for `ebb show --plan`.
std::string to_string(const Plan& plan);

}  // namespace ebb
