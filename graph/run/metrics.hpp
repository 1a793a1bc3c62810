// Metrics of plugins, which look at all samples of a data block.
#pragma once

#include <span>

#include "graph/core/host.hpp"
#include "graph/run/executor.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// One measurement. Whatever fails is a UserError at the metric's place in the script.
class Measurement {
 public:
  // `metric` must outlive it.
  explicit Measurement(const SampleMetric& metric);
  ~Measurement();
  Measurement(const Measurement&) = delete;
  Measurement& operator=(const Measurement&) = delete;

  // The samples that the executor ran last; `inputs` are fetched values of it.
  void add(const Executor& executor, std::span<const Value> inputs, std::int64_t samples);
  double result();

 private:
  void check(int status) const;

  const SampleMetric& metric_;
  const std::string where_;  // in words, for a crash
  ebb_context context_;
  ebb_metric_call call_{};
};

}  // namespace ebb
