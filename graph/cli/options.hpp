// The flags of a command: those of its own, those that commands share, and the script's options.
#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <vector>

#include "graph/cli/command.hpp"

namespace ebb {

// Fills in the flags, the subject and the script's options from the words after the command's name.
// Throws UsageError: a flag that neither the command nor the script has (with the nearest), a value
// that is missing or of the wrong kind, a word too many.
void parse_words(Invocation& invocation, const std::vector<std::string>& words);

// What `ebb help COMMAND` prints.
std::string help_of(const Command& command);

// A flag as completion and manual pages need it.
struct Flag {
  std::string name;   // without the dashes
  std::string value;  // "FILE"; "" where it takes none
  std::string help;
  bool repeats = false;
};
// The command's own, then those that commands share.
struct Flags {
  std::vector<Flag> own, shared;
};
Flags flags_of(const Command& command);

// Groups of flags that several commands share.
void add_folders(boost::program_options::options_description& options);
void add_weights(boost::program_options::options_description& options);
void add_memory(boost::program_options::options_description& options);
void add_samples(boost::program_options::options_description& options);

// The value of a flag: a word, or one or more of a flag that may be repeated.
inline auto* word(const char* name) {
  return boost::program_options::value<std::string>()->value_name(name);
}
inline auto* words(const char* name) {
  return boost::program_options::value<std::vector<std::string>>()->composing()->value_name(name);
}

}  // namespace ebb
