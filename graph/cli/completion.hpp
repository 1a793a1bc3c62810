// Completion for shells, from the same tables as the help.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/cli/options.hpp"

namespace ebb {

// What the value of a flag can be.
struct FlagValues {
  enum class Kind : std::uint8_t { any, file, folder, block, words } kind = Kind::any;
  std::vector<std::string> words;
};
// By what its help says: "float or double (default: float)"; or the usage of its command:
// "[--as text|dot]".
FlagValues values_of(const Command& command, const Flag& flag);

// What stands after the command's name.
enum class Subject : std::uint8_t { none, script, scripts, file, name, words };
Subject subject_of(const Command& command);
// The words that may stand there, of a command that takes words: "list | verify NAME" begins with
// list or verify.
std::vector<std::string> subject_words(const Command& command);

// Scripts for the shells, each a whole file. They ask `ebb help --as options SCRIPT` and its like
// for what belongs to a script.
std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace ebb
