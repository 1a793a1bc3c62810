// Runs a plan.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/compile/plan.hpp"
#include "graph/core/tensor.hpp"

namespace ebb {

// Parameters and states by name, in the run's precision. Executors of one run share it; they keep
// the tensors' memory, so new values are written into a tensor and never put in its place.
class Store {
 public:
  // The tensor of that name; made (zeros) where there is none yet. Throws InternalError where it
  // has another type.
  Tensor& get(const std::string& name, const Type& type, Precision precision);
  Tensor* find(const std::string& name);
  const std::map<std::string, Tensor>& all() const { return tensors_; }
  std::map<std::string, Tensor>& all() { return tensors_; }

 private:
  std::map<std::string, Tensor> tensors_;
};

// Binds a plan to memory once; a run then allocates nothing, looks nothing up and takes no lock. It
// uses the threads of ThreadPool::shared(), as many as there were when it was bound; results do not
// depend on their number. Not for several threads at once.
class Executor {
 public:
  // Two that never run at once, and of which neither reads what the other fetched after it ran, may
  // share the arena: `shares` is the one that was made first.
  Executor(Plan plan, Store& store, const Executor* shares = nullptr);
  ~Executor();
  Executor(Executor&&) noexcept;
  Executor& operator=(Executor&&) noexcept;

  // The memory of a leaf (an `input` or `data` node) to be filled before a run, of a concrete
  // element type and with room for max_samples samples; null where the plan does not use it.
  const ebb_tensor* leaf(const std::string& key) const;
  // All of them, in the order of the plan's buffers. A data leaf may occur in several shapes, under
  // one key.
  const std::vector<std::pair<std::string, ebb_tensor>>& leaves() const;
  // From now on the samples of leaves()[index] are read there, where they lie in the leaf's order,
  // and not from its own memory; null: from that again. Allocates nothing.
  void lay_leaf(std::size_t index, const std::byte* samples);
  // The variables have other values than in the last run, or may have: where the plan packs weights
  // (PlanRequest::packs_weights), the next run packs them again.
  void weights_changed();
  // Runs all steps for this many samples (1 to max_samples). Throws UserError, at the node's span,
  // where a kernel fails; variables may then be updated in part.
  void run(std::int64_t samples);
  // The same; seconds[i] becomes how long step i of the plan took.
  void run(std::int64_t samples, std::span<double> seconds);
  // Whether in the last run BLAS computed the product of a step, and not the provider that the plan
  // names, which was made ready for max_samples.
  bool falls_back(std::size_t step) const;
  // A fetched value, valid until the next run. Throws InternalError for a value that was not
  // requested.
  ebb_tensor fetch(Value value) const;
  // A shared scalar that was fetched. Like `fetch` it allocates nothing.
  double scalar(Value value) const;
  // A copy of a fetched value.
  Tensor fetch_tensor(Value value) const;

  const Plan& plan() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Sets a leaf that is a shared scalar; does nothing for null, a leaf that the plan does not use.
void set_scalar(const ebb_tensor* leaf, double value);

}  // namespace ebb
