// The cost and the metrics of a data block.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graph/run/executor.hpp"
#include "graph/run/feed.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// Means over its samples, but for what plugins measure.
struct Evaluation {
  std::optional<double> cost;
  std::vector<std::pair<std::string, double>> metrics;
  std::int64_t samples = 0;
};

struct EvaluationOptions {
  Precision precision = Precision::f32;
  std::int64_t minibatch = 250;
  // Of a training with the same data: what can be shared of its memory is. Null: nothing.
  const Executor* executor = nullptr;
  const Feed* feed = nullptr;
};

// Evaluates a block of an inference model (`training` false) again and again.
class BlockEvaluation {
 public:
  // Throws UserError where the block or a cost is missing. A script without inputs needs no block:
  // it has one sample.
  BlockEvaluation(Model& model, const std::string& name, Store& store,
                  const EvaluationOptions& options);
  // Called after each mini-batch with how many samples are done.
  using OnProgress = std::function<void(std::int64_t done)>;
  // Over these samples of the block, or samples [begin, end).
  Evaluation operator()(std::span<const std::int64_t> samples, const OnProgress& on_progress = {});
  Evaluation operator()(std::int64_t begin, std::int64_t end, const OnProgress& on_progress = {});
  std::int64_t samples() const { return samples_; }

 private:
  std::int64_t samples_ = 1, minibatch_;
  std::optional<Value> cost_;
  bool cost_per_sample_ = true;
  std::vector<std::pair<std::string, Value>> metrics_;
  std::vector<std::pair<const SampleMetric*, std::vector<Value>>> sample_metrics_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Feed> feed_;
};

}  // namespace ebb
