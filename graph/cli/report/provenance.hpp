// What a training was made from, for the report.
#pragma once

#include "graph/cli/json.hpp"
#include "graph/cli/observer.hpp"

namespace ebb {

// {"script", "text", "inputs", "outputs", "optimizer", "minibatch", "samples", "precision", "seed",
// "command"}: what is known before a training.
Json made_from(const Training& training);
// {"ebb", "machine", "system", "cores", "threads"}
Json made_on();
// How to make it again: {"path", "made from", "updates", "weights"} of the folder's manifest; null
// where it has none.
Json manifest_of(const Training& training);

// A word as a shell takes it.
std::string shell_word(const std::string& word);

}  // namespace ebb
