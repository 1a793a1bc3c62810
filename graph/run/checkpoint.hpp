// What a training run must know to go on where it was: a checkpoint.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/run/data/safetensors.hpp"
#include "graph/run/evaluation_record.hpp"
#include "graph/run/executor.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// Where a run stands, besides its values. The order of samples and all random numbers follow from
// the seed, the epoch and the step.
struct TrainingState {
  std::int64_t steps = 0;     // updates made; of a minimiser, iterations
  std::int64_t epochs = 0;    // that have ended
  std::int64_t position = 0;  // of the epoch at hand: the samples that have been used,
  std::int64_t updates = 0;   // the updates made,
  double cost = 0;            // and the sum of their costs; of a minimiser, the last cost
  double best = std::numeric_limits<double>::infinity();  // cost on `validation`
  std::int64_t best_epoch = 0;
  double last_validation = std::numeric_limits<double>::quiet_NaN();
};

// What a run is made from, by names that people know ("option hidden", "data train", "plugin
// lbfgs"): what it is, or the fingerprint of what it is.
using Ingredients = std::map<std::string, std::string>;

// What makes one of the two other than the other, a clause each: "option hidden was 30 and is 50".
std::vector<std::string> differences(const Ingredients& then, const Ingredients& now);

// Both as metadata of a weights file, which a checkpoint is, and back. Numbers keep all their bits.
std::map<std::string, std::string> to_metadata(const TrainingState& state,
                                               const Ingredients& ingredients);
// Throws UserError, which calls the file `name`, where an entry is missing or no number.
TrainingState training_state(const TensorFile& file, const std::string& name);
Ingredients ingredients(const TensorFile& file);

// How much a minimiser had been answered; as metadata, and back: none where it is not there.
void add_evaluation_mark(const EvaluationRecord::Mark& mark,
                         std::map<std::string, std::string>& metadata);
std::optional<EvaluationRecord::Mark> evaluation_mark(const TensorFile& file,
                                                      const std::string& name);
// Adds of which update rule each state is: what one calls `v` another may call so too.
void add_rules(const std::vector<State>& states, std::map<std::string, std::string>& metadata);

// Gives the states of update rules, which are in the store, the values of a checkpoint. Throws
// UserError where it lacks one, or has it in another shape. Where the run `is_changed`, those that
// it lacks, or has of another rule, are left as they are; returns their names.
std::vector<std::string> load_states(const TensorFile& file, const std::string& name,
                                     const Graph& graph, const std::vector<State>& states,
                                     Store& store, bool is_changed);

// The last checkpoint of a folder, the newest of those that can be read; none where there is none.
// What can not be read is told of in `unreadable`.
struct FoundCheckpoint {
  std::filesystem::path path;
  TensorFile file;
  std::vector<std::string> unreadable;  // why
};
std::optional<FoundCheckpoint> find_checkpoint(const std::filesystem::path& folder);

// The file of a folder that holds the last weights and is its last checkpoint.
inline constexpr const char* last_weights = "weights.safetensors";
inline constexpr const char* best_weights = "best.safetensors";
inline constexpr const char* averaged_weights = "average.safetensors";
// Before `last_weights` is replaced: keeps what it is, of `step`, under a name with the step. No
// copy is made where the file system has hard links. Throws UserError.
void keep_checkpoint(const std::filesystem::path& folder, std::int64_t step);
// Leaves of such files the `count` newest from before `step`: others are no past of a run that
// stands there.
void forget_checkpoints(const std::filesystem::path& folder, std::int64_t step, std::int64_t count);

}  // namespace ebb
