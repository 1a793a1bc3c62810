// One-off runs: named values and gradients for given inputs or samples of a data block.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/run/executor.hpp"
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
