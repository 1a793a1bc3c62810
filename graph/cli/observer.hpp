// What looks on while a model trains: the log, the report, files for other programs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "graph/cli/command.hpp"
#include "graph/run/trainer.hpp"

namespace ebb {

// What is trained, and where its files go; lives as long as the run. Values in the store are those
// of now, and may be read between two updates.
struct Training {
  Invocation& invocation;
  Model& model;      // with `training` true and the block `train`
  Model& inference;  // with `training` false and every block
  Store& store;      // observers only read it
  const Trainer& trainer;
  std::filesystem::path folder;
};

struct TrainingEnd {
  bool stopped = false;   // by a signal
  bool has_best = false;  // best.safetensors was written
  double cost = 0;        // the last one; of a script without inputs, where it has arrived
};

// Every call comes between two updates, from the thread that trains. What an observer throws ends
// the training before it is saved.
class Observer {
 public:
  virtual ~Observer() = default;
  // The run goes on from this checkpoint.
  virtual void resumed(const std::string& /*checkpoint*/) {}
  // About every hundredth of a second; `share` of the epoch is done.
  virtual void progress(std::int64_t /*epoch*/, double /*share*/) {}
  // While a block is evaluated after an epoch: after each mini-batch.
  virtual void evaluating(const EvaluationProgress& /*progress*/) {}
  // After each epoch and its tests; of a script without inputs, after every step.
  virtual void epoch(const EpochReport& /*report*/) {}
  // The cost, a parameter or a state is no longer finite; an error follows.
  virtual void diverged(const Diverged& /*why*/) {}
  // This error ends the run; where it has diverged, `origin` is what was the first to be not
  // finite, where that is known.
  virtual void failed(const Diagnostic& /*why*/, const std::optional<Diagnostic>& /*origin*/) {}
  // Everything is saved.
  virtual void finished(const TrainingEnd& /*end*/) {}
};

}  // namespace ebb
