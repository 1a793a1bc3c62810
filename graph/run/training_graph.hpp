// The graph of one update: data bound to the inputs, rewritten, differentiated, joined to its
// update rules, rewritten again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/compile/plan.hpp"
#include "graph/compile/simplify.hpp"
#include "graph/script/model.hpp"

namespace ebb {

struct TrainingGraph {
  Value objective;
  std::vector<Value> gradients;     // of the parameters, in order
  std::vector<LearningRate> rates;  // of their update rules, likewise; none for a minimiser
  std::vector<Assignment> assignments;
  // Where `train.accumulate` is above 1: what a mini-batch assigns that is not the last of its
  // group. It adds `share_leaf` times its gradient to the states `a[0].w/gradient`, which the last
  // one takes and sets back to 0.
  std::vector<Assignment> accumulation;
  std::vector<State> rule_states;
  // Where a minimiser asks for residuals: that of each sample, and its gradients with respect to
  // the parameters, in order; per sample (or shared zeros).
  Value residual;
  std::vector<Value> jacobian;
};

// A shared scalar leaf: the samples of a mini-batch over those of its group.
inline constexpr const char* share_leaf = "run.share";

// Where `train.average` is set, the parameter's running average is the rule state of this name.
std::string average_name(const Parameter& parameter);

// What a training step may take, all values that its plan has memory for, and what it is planned
// for.
struct MemoryLimit {
  double bytes = 0;  // 0: no limit
  Precision precision = Precision::f32;
  std::int64_t samples = 1;
};

// `block` null: the inputs stay leaves. Without an optimizer stage, what is assigned are the states
// of layers alone. Where a step would take more than the limit, the reverse pass computes again
// what it needs of the forward pass (`gradients`), in as few segments as fit. Throws UserError,
// also where that is not enough.
TrainingGraph make_training_graph(Model& model, const DataBlock* block,
                                  const MemoryLimit& limit = {});

// What a mini-batch runs: the update, and where there is `train.accumulate`, what comes before it.
// Both fetch the objective.
struct Passes {
  Plan update;
  std::optional<Plan> accumulation;
};
Passes passes_of(const Model& model, const TrainingGraph& graph, Precision precision,
                 std::int64_t samples);
// All that they have memory for; they run in turn, in one arena.
std::size_t bytes_of(const Passes& passes);

// Applies the model's rewrites, but for those that are switched off; `lower` as in SimplifyOptions.
// The model must outlive it.
Simplifier simplifier_of(Model& model, bool lower = true);

// The model's cost. Throws UserError where it has none.
const NamedValue& required_cost(const Model& model);
// sample_mean(cost), or the cost itself where it is shared. Throws UserError without a cost.
Value objective_of(Model& model);

}  // namespace ebb
