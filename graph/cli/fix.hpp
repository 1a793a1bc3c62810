// `ebb check --fix`: what certainly mends a script's mistakes is written into its files.
#pragma once

#include <string>
#include <vector>

#include "graph/cli/command.hpp"
#include "graph/core/diagnostic.hpp"

namespace ebb {

// A line that was changed, without its end.
struct FixedLine {
  std::string file;
  std::uint32_t number = 0;
  std::string what;  // "write `sigmoid`"; of several fixes with "; " between them
  std::string before, after;
};

// Applies the fixes of the diagnostics, but those that overlap others, to the script and to what it
// includes from its own folder. Each file is replaced as a whole. What was changed, in the order of
// the files and lines; empty where nothing was. Throws UserError where a file is no longer what was
// read or cannot be written.
std::vector<FixedLine> apply_fixes(const Diagnostics& diagnostics, const std::string& script);

// How many of the diagnostics it would mend.
std::size_t count_fixes(const Diagnostics& diagnostics, const std::string& script);

// Prints what was changed: with --json an object for each line.
void print(const std::vector<FixedLine>& lines, const Invocation& invocation);

}  // namespace ebb
