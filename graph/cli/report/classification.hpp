// What a trained network makes of the samples of a data block.
#pragma once

#include "graph/cli/json.hpp"
#include "graph/run/executor.hpp"
#include "graph/script/model.hpp"

namespace ebb {

inline constexpr std::int64_t max_samples_looked_at = 10000;

// Looks at the first samples of a block of an inference model: {"block", "samples", "of",
// "confusion"?, "worst"?}.
//
// "confusion", where the targets are classes, which their form tells: one-hot vectors of the
// output's size, whole numbers below it, or 0 and 1 where the output is a number between them. A
// list of counts by predicted class for each true class.
//
// "worst", where each sample has a cost: the samples whose cost is largest, {"sample", "cost",
// "truth"?, "predicted"?, "target"?, "output"?, "numbers"? or "picture"? {"rows", "columns",
// "channels", "pixels"}, "output picture"? of an output that has the input's shape, and is no
// class}; pixels are bytes in base64, 255 the largest number of all the pictures.
//
// It works in mini-batches of `minibatch`. Null where there is neither. Throws UserError where
// samples can not be read.
Json samples_looked_at(Model& model, const std::string& name, Store& store, Precision precision,
                       std::int64_t minibatch = 250);

}  // namespace ebb
