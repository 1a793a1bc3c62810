// The script of a command: elaborated, with first values and weights.
#pragma once

#include <exception>
#include <string>
#include <vector>

#include "graph/cli/command.hpp"
#include "graph/core/diagnostic.hpp"
#include "graph/run/executor.hpp"
#include "graph/run/inference.hpp"

namespace ebb {

// A script with errors, all of which `ebb` prints before it exits with 1.
struct ScriptErrors : std::exception {
  explicit ScriptErrors(Diagnostics all) : diagnostics(std::move(all)) {}
  const char* what() const noexcept override { return "the script has errors"; }
  Diagnostics diagnostics;
};

// What can be said of a script without elaborating it: its options and data blocks, with those of
// the files that it includes. Incomplete where it has errors.
struct Outline {
  std::vector<std::string> options, blocks;
  // "script" and "include PATH", with fingerprints of what they say, whatever their comments and
  // layout.
  std::vector<std::pair<std::string, std::string>> files;
  bool faulty = false;

  bool has_block(const std::string& name) const;
  // All blocks but `name`.
  std::vector<std::string> blocks_but(const std::string& name) const;
};
// Throws UserError where the file can not be read.
Outline outline_of(Invocation& invocation);

// Elaborates the script with these data blocks open. Shows its warnings, each once in an
// invocation. Throws ScriptErrors.
Model& elaborate(Invocation& invocation, bool training, const std::vector<std::string>& blocks);
// The same, with the diagnostics left to the caller; null where there are errors.
Model* elaborate(Invocation& invocation, bool training, const std::vector<std::string>& blocks,
                 Diagnostics& diagnostics);

// First values, or those of --weights, whose fingerprint is then given too.
Store first_values(const Invocation& invocation, const Model& model,
                   std::string* fingerprint = nullptr);
// Notes that there are no --weights.
void note_untrained(const Invocation& invocation, const Model& model);

// The samples that --on with --samples, or --input, name. Throws UsageError for both or neither
// where the model has inputs.
InputSource chosen_samples(const Invocation& invocation, const Outline& outline);
// The data blocks that must be open for it.
std::vector<std::string> blocks_of(const InputSource& source);
// `--samples a..b`; all (0, -1) where it is not given.
std::pair<std::int64_t, std::int64_t> chosen_range(const Invocation& invocation);
// Throws UserError, with the nearest or all of them, where the script has no such block.
void require_block(const Outline& outline, const std::string& name);

}  // namespace ebb
