// Where numbers come from that are none.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "graph/run/executor.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// The values of an update, each kept, so that one can look for the first that is not finite.
class UpdateInspection {
 public:
  // `roots` are the objective and the next values of all that an update assigns. The model and the
  // store must outlive it.
  UpdateInspection(const Model& model, std::span<const Value> roots, Store& store,
                   Precision precision, std::int64_t max_samples);
  ~UpdateInspection();
  UpdateInspection(const UpdateInspection&) = delete;
  UpdateInspection& operator=(const UpdateInspection&) = delete;

  Executor& executor();
  // After a run for these samples of the block `train`: a note that names the first op whose result
  // is not finite although its operands are, with its line, its operands' ranges and the sample.
  // None where all is finite, or was not at the beginning.
  std::optional<Diagnostic> first_fault(std::span<const std::int64_t> samples) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb
