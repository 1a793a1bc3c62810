#include "graph/cli/cli.hpp"

#include <algorithm>
#include <iostream>
#include <new>

#include "graph/cli/command.hpp"
#include "graph/cli/commands.hpp"
#include "graph/cli/diagnostic_json.hpp"
#include "graph/cli/fix.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/script.hpp"
#include "graph/cli/version.hpp"
#include "graph/core/diagnostic.hpp"
#include "graph/core/out_of_memory.hpp"
#include "graph/run/trainer.hpp"

namespace ebb {

namespace {

enum ExitStatus { done = 0, wrong_input = 1, wrong_usage = 2, diverged = 4, bug = 70 };

void print_usage_error(const UsageError& error, const Command* command) {
  std::cerr << "ebb" << (command ? std::string(" ") + command->name : "") << ": "
            << printable(error.what()) << '\n';
  for (const std::string& hint : error.hints()) std::cerr << "  hint: " << printable(hint) << '\n';
  std::cerr << "try `ebb help" << (command ? std::string(" ") + command->name : "") << "`\n";
}

// What ends the command, as people see it and, unless they have been told, as programs do.
void print_error(const Diagnostic& error, const Invocation& invocation) {
  invocation.show(error);
  if (!invocation.has_told_error) invocation.tell_program(error);
}

void print_memory_error(const std::string& what, const Invocation& invocation) {
  print_error({Severity::error,
               what + memory_that_ended(),
               {},
               {},
               {"fewer samples at once (--samples, train.minibatch) need less"}},
              invocation);
}

void print_mends(const ScriptErrors& errors, const Invocation& invocation) {
  if (invocation.command->takes != Takes::script || invocation.has("fix")) return;
  const std::size_t fixes = count_fixes(errors.diagnostics, invocation.subject);
  if (fixes == 0) return;
  invocation.note("`ebb check " + invocation.subject + " --fix` mends " +
                  (errors.diagnostics.errors() == 1       ? "it"
                   : fixes == errors.diagnostics.errors() ? "them"
                                                          : std::to_string(fixes) + " of them"));
}

// For programs the errors come last.
void print_script_errors(const ScriptErrors& errors, const Invocation& invocation) {
  errors.diagnostics.render(std::cerr, invocation.terminal.color_err);
  print_mends(errors, invocation);
  for (const bool last : {false, true})
    for (const Diagnostic& diagnostic : errors.diagnostics.all())
      if ((diagnostic.severity == Severity::error) == last) invocation.tell_program(diagnostic);
}

int carry_out(Invocation& invocation) {
  if (!invocation.has("help")) return invocation.command->run(invocation);
  std::cout << help_of(*invocation.command);
  return done;
}

int dispatch(Invocation& invocation, std::vector<std::string> words) {
  std::ranges::replace(words, help_short, "--help");
  if (words.empty() || words[0] == "--help") words = {"help"};
  if (words[0] == "--version") {
    std::cout << version_text();
    return done;
  }
  const Command& command = find_command(words[0]);
  invocation.command = &command;
  words.erase(words.begin());
  parse_words(invocation, words);
  return carry_out(invocation);
}

}  // namespace

const std::vector<const Command*>& commands() {
  static const std::vector<const Command*> all = {
      &check_command,  &fmt_command,    &train_command, &test_command,    &run_command,
      &grad_command,   &derive_command, &show_command,  &profile_command, &replay_command,
      &export_command, &import_command, &ops_command,   &explain_command, &plugin_command,
      &lsp_command,    &help_command};
  return all;
}

const Command& find_command(const std::string& name) {
  std::vector<std::string> names;
  for (const Command* command : commands()) {
    if (name == command->name) return *command;
    names.emplace_back(command->name);
  }
  if (name.ends_with(".ebb"))
    throw UsageError("what should be done with " + name + "? For example: ebb train " + name);
  const std::string near = nearest(name, names);
  throw UsageError("there is no command `" + name + "`" +
                   (near.empty() ? "" : "; did you mean `" + near + "`?"));
}

void Invocation::warn_of_unproved() {
  for (const LoadedPlugin& plugin : plugins.loaded()) {
    const std::string message = "the plugin " + plugin.name + " is not proved (--no-verify)";
    if (!plugin.proved && warned.insert(message).second) warn(message);
  }
}

void Invocation::show(const Diagnostic& diagnostic) const {
  if (take_live_line_away) take_live_line_away();
  render(std::cerr, diagnostic, terminal.color_err);
}

void Invocation::tell_program(const Diagnostic& diagnostic) const {
  if (json && command && command->has_events) print_line(event_of(diagnostic));
}

void Invocation::report(const Diagnostic& diagnostic) const {
  if (!quiet) show(diagnostic);
  tell_program(diagnostic);
}

void Invocation::note(const std::string& message) const {
  report({Severity::note, message, {}, {}, {}});
}

void Invocation::warn(const std::string& message) const {
  report({Severity::warning, message, {}, {}, {}});
}

int run_cli(int argc, const char* const* argv, Registry& registry) {
  std::ios::sync_with_stdio(false);
  note_memory_that_ends();
  Invocation invocation(registry);
  try {
    // What stands before the flags are read is for errors in the flags themselves.
    invocation.terminal = look_at_terminal("auto");
    const int status = dispatch(invocation, {argv + std::min(argc, 1), argv + argc});
    if (!std::cout.flush()) throw UserError("cannot write to standard output");
    return status;
  } catch (const UsageError& error) {
    print_usage_error(error, invocation.command);
    return wrong_usage;
  } catch (const ScriptErrors& errors) {
    print_script_errors(errors, invocation);
    return wrong_input;
  } catch (const Diverged& error) {
    print_error(error.diagnostic(), invocation);
    return diverged;
  } catch (const UserError& error) {
    print_error(error.diagnostic(), invocation);
    return wrong_input;
  } catch (const OutOfMemory& error) {
    print_memory_error("there is no memory for " + std::to_string(error.bytes()) + " bytes more",
                       invocation);
    return wrong_input;
  } catch (const std::bad_alloc&) {
    print_memory_error("there is not enough memory", invocation);
    return wrong_input;
  } catch (const std::exception& error) {
    std::cerr << "ebb: internal error: " << printable(error.what())
              << "\nThis is a bug in Ebb; please report it with the script and the command line.\n";
    invocation.tell_program(
        {Severity::error, "internal error: " + std::string(error.what()), {}, {}, {}});
    return bug;
  }
}

}  // namespace ebb
