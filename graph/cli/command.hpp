// What a command of `ebb` is, and what it is given.
#pragma once

#include <boost/program_options.hpp>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "graph/cli/terminal.hpp"
#include "graph/core/certificate.hpp"
#include "graph/core/diagnostic.hpp"
#include "graph/core/plugins.hpp"
#include "graph/script/elaborate.hpp"
#include "graph/script/model.hpp"

namespace ebb {

struct Invocation;

// What stands after the command's name. A script brings the flags that all such commands share, and
// its own options; a command that takes nothing has no results for programs to read.
enum class Takes : std::uint8_t { script, name, words, nothing };

struct Command {
  const char* name;
  const char* summary;  // one line, in the list of commands
  const char* usage;    // "train SCRIPT [options]"
  const char* about;    // what its help says before the flags; paragraphs between empty lines
  Takes takes;
  void (*add_options)(boost::program_options::options_description&);  // null: none of its own
  // Returns the exit status. Throws UserError, UsageError, ScriptErrors, Diverged.
  int (*run)(Invocation&);
  std::string (*more_help)() = nullptr;  // what its help says after the flags
  // With --json, notes, warnings and what ends it are lines too.
  bool has_events = false;
};

// All commands, in the order of `ebb help`.
const std::vector<const Command*>& commands();
// Throws UsageError, with the nearest name, where there is none.
const Command& find_command(const std::string& name);

// One call of `ebb`.
struct Invocation {
  explicit Invocation(Registry& all)
      : registry(all), plugins(all, plugin_path(), [](const Registry& r, const LoadedPlugin& p) {
          certify(r, p);
        }) {}

  const Registry& registry;
  Plugins plugins;
  const Command* command = nullptr;
  boost::program_options::variables_map flags;
  std::string subject;           // the SCRIPT or NAME, or the first word; "" where none was given
  std::filesystem::path folder;  // where a script lies that is called otherwise than by path
  const EditorHooks* editor = nullptr;    // of an editor that has the script open
  OpenSource open;                        // of the script's data; empty: each time anew
  std::vector<std::string> command_line;  // all after the command
  std::vector<std::string> words;         // those after the first, of a command that takes words
  std::vector<std::pair<std::string, std::string>> script_options;  // --NAME VALUE

  Terminal terminal;
  bool json = false;   // one JSON object per line on standard output, and nothing else there
  bool quiet = false;  // results only

  // Models and what was found in them live as long as the invocation: errors point into their
  // texts.
  std::vector<std::unique_ptr<Model>> models;
  std::deque<Diagnostics> findings;
  std::set<std::string> warned;  // warnings already shown
  // Of the script's files, by their paths, as they were read first; not of an editor's.
  std::map<std::string, std::string> script_texts;
  bool has_told_error = false;  // programs know already what ends the command

  bool has(const char* flag) const { return flags.count(flag) > 0; }
  // The value of `--flag`, or `fallback`.
  std::string text(const char* flag, const char* fallback = "") const;
  // All values of a flag that may be repeated.
  std::vector<std::string> texts(const char* flag) const;
  // Throws UsageError unless it is a whole number of at least `lowest`.
  std::int64_t whole(const char* flag, std::int64_t lowest, std::int64_t fallback) const;

  // Bytes, such as 500M; 0 where the flag was not given. Throws UsageError.
  double bytes(const char* flag) const;

  std::uint64_t seed() const;
  Precision precision() const;
  // Names, each once, the plugins that were loaded with --no-verify.
  void warn_of_unproved();
  // A note or a warning: for the person at the terminal, unless --quiet is given, and for programs.
  void report(const Diagnostic& diagnostic) const;
  void note(const std::string& message) const;
  void warn(const std::string& message) const;
  // A line for programs, of a command that has_events.
  void tell_program(const Diagnostic& diagnostic) const;
  // A diagnostic on standard error. Whatever is written there goes through it, so that a live line
  // is taken away before.
  void show(const Diagnostic& diagnostic) const;
  std::function<void()> take_live_line_away;  // empty where there is none
};

}  // namespace ebb
