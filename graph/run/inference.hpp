// Named values and gradients for given inputs or samples of a data block.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/run/executor.hpp"
#include "graph/run/feed.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// Where the values of inputs come from: arrays by input name (the sample first), or samples [begin,
// end) of a data block (`block` not empty; end < 0: all).
struct InputSource {
  std::map<std::string, Array> arrays;
  std::string block;
  std::int64_t begin = 0, end = -1;
  std::string hint{};  // how a missing input is given, where that is not the command line's way
};

// A plan for some values, bound to memory, that runs over all samples at once.
class Inference {
 public:
  // For as many samples as `source` has, and for its block if it has one. One that runs `often`
  // packs weights, and must be told when they change. Throws UserError.
  Inference(Model& model, const std::vector<Value>& values, const InputSource& source, Store& store,
            Precision precision, bool often = false);
  // Whether it can run for the samples of this source, of the same block.
  bool fits(const InputSource& source) const;
  // The parameters have, or may have, other values than in the last run.
  void weights_changed() { executor_->weights_changed(); }
  // Only inputs that the values depend on are needed. Throws UserError: missing input, wrong shape.
  void run(const InputSource& source);
  // Of the last run, in C order; a per-sample value has the sample as first dimension.
  Array operator[](std::size_t i) const;

 private:
  void feed(const InputSource& source, std::int64_t samples);

  Model& model_;
  std::int64_t max_samples_;
  std::vector<Value> values_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Feed> feed_;  // of the block; the executor may read the samples where it has them
};

// The objective (mean cost over the samples), then its gradients with respect to these names.
Inference inference_of_gradients(Model& model, const std::vector<std::string>& wrt,
                                 const InputSource& source, Store& store, Precision precision,
                                 bool often = false);

// Values by name, in C order, per-sample ones with the sample as first dimension. Only inputs that
// the values depend on are needed. Throws UserError: unknown name, missing input, wrong shape.
std::vector<std::pair<std::string, Array>> fetch(Model& model,
                                                 const std::vector<std::string>& names,
                                                 const InputSource& source, Store& store,
                                                 Precision precision);

// The objective (mean cost over the samples) under the name "cost", then its gradients with respect
// to `wrt` (empty: all parameters).
std::vector<std::pair<std::string, Array>> gradients_of(Model& model,
                                                        const std::vector<std::string>& wrt,
                                                        const InputSource& source, Store& store,
                                                        Precision precision);

// The value a user means by `name`. Throws UserError with the nearest name.
Value named_value(const Model& model, const std::string& name);

}  // namespace ebb
