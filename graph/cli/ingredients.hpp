// What a training run is made from.
#pragma once

#include "graph/cli/command.hpp"
#include "graph/cli/script.hpp"
#include "graph/run/checkpoint.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// The files of the script without their comments and layout, the values of its options, --set,
// the flags that decide results, the data of all blocks, and the plugins. Of data that is streamed
// its sizes and 16 to 256 samples, spread over it; its name says so. `inference` may be null;
// `weights` is the fingerprint of --weights, where they are given. Throws UserError where a sample
// cannot be read.
Ingredients ingredients_of(const Invocation& invocation, const Outline& outline,
                           const Model& training, const Model& inference,
                           const std::string& weights);

// Whether there is data among them that was looked at in samples only.
bool is_sampled(const Ingredients& ingredients);

}  // namespace ebb
