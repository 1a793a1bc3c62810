// The cost and the metrics of a data block.
#pragma once

#include <memory>
#include <optional>
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

// Evaluates a block of an inference model (`training` false) again and again.
class BlockEvaluation {
 public:
  // Works in mini-batches of `minibatch`. Throws UserError where the block or a cost is missing.
  BlockEvaluation(Model& model, const std::string& name, Store& store, Precision precision,
                  std::int64_t minibatch = 250);
  // Over samples [begin, end) of the block, or all of them.
  Evaluation operator()();
  Evaluation operator()(std::int64_t begin, std::int64_t end);
  std::int64_t samples() const { return samples_; }

 private:
  std::int64_t samples_, minibatch_;
  std::optional<Value> cost_;
  bool cost_per_sample_ = true;
  std::vector<std::pair<std::string, Value>> metrics_;
  std::vector<std::pair<const SampleMetric*, std::vector<Value>>> sample_metrics_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Feed> feed_;
};

}  // namespace ebb
