// How large a training's weights and gradients are.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/run/executor.hpp"
#include "graph/run/feed.hpp"
#include "graph/run/training_graph.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// Euclidean norms of one parameter and of the objective's gradient with respect to it.
struct ParameterNorms {
  std::string name;
  double weights = 0, gradient = 0;
  std::optional<double> rate;  // that its update rule has used last, where it has a setting `eta`
};

struct Norms {
  std::vector<ParameterNorms> parameters;  // in the model's order
  double weights = 0, gradient = 0;        // of all parameters as one vector
  std::optional<double> rate;              // where all that have one have the same
  std::int64_t samples = 0;                // whose gradients were measured
};

// Where a run stands: what the leaves of its counters are given.
struct RunLeaves {
  std::int64_t step = 0, epoch = 0;
  double last_validation = std::numeric_limits<double>::quiet_NaN();
};

// Measures them by a plan of its own, beside the run and without changing anything of it.
class NormMeter {
 public:
  // A mini-batch is taken in parts of at most `part` samples, so that the plan needs little memory.
  // `feed` is that of the run, or null. Model, graph and store must outlive the meter.
  NormMeter(const Model& model, const TrainingGraph& graph, Store& store, Precision precision,
            std::int64_t part, const Feed* feed);

  // At the weights of now. The gradient's norms are root mean squares over the mini-batches (of a
  // script without inputs one that is empty). Throws UserError where samples can not be read.
  Norms operator()(std::span<const std::span<const std::int64_t>> minibatches,
                   const RunLeaves& leaves);

 private:
  void set(const RunLeaves& leaves);
  // Adds the squared norms of the mini-batch's gradients to `squares`.
  void measure(std::span<const std::int64_t> minibatch, std::span<double> squares);
  void run(std::span<const std::int64_t> samples);

  const Model& model_;
  const TrainingGraph& graph_;
  Store& store_;
  std::size_t part_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Feed> feed_;
};

}  // namespace ebb
