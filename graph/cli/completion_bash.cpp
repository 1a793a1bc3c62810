#include <map>

#include "graph/cli/completion.hpp"
#include "graph/cli/terminal.hpp"

namespace ebb {

namespace {

constexpr const char* bash_head = R"(# Completion of ebb for bash; `ebb help --as bash` writes it.

# Adds those of the words, one a line, that begin as the word at hand does.
_ebb_words() {
  local IFS=$'\n'
  COMPREPLY+=($(compgen -P "$prefix" -W "$1" -- "$word"))
}

_ebb_files() {
  compopt -o filenames
  local IFS=$'\n'
  COMPREPLY+=($(compgen "$@" -- "$word"))
}

# What the script has, where one is named.
_ebb_of_script() {
  [[ $script ]] && "$ebb" help --as "$1" "${script/#\~/$HOME}" 2>/dev/null | cut -f 1
}

_ebb() {
  local ebb=$1 word=$2 before=$3 command=${COMP_WORDS[1]} script= prefix= each
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _ebb_words "$_ebb_commands"
    return
  fi
  for each in "${COMP_WORDS[@]:2}"; do
    [[ $each == *.ebb ]] && script=$each && break
  done
  # --flag=VALUE is one word or three.
  if [[ $word == --*=* ]]; then
    before=${word%%=*} prefix=${word%%=*}= word=${word#*=}
  elif [[ $word == = ]]; then
    word=
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
)";

constexpr const char* tail = R"(
complete -F _ebb ebb
)";

// As a word of the shell, in which lines may end.
std::string lines(const std::vector<std::string>& words) { return "'" + joined(words, "\n") + "'"; }

std::string bash_action(const FlagValues& values) {
  using Kind = FlagValues::Kind;
  switch (values.kind) {
    case Kind::any:
      return ":";
    case Kind::file:
      return "_ebb_files -f";
    case Kind::folder:
      return "_ebb_files -d";
    case Kind::block:
      return "_ebb_words \"$(_ebb_of_script blocks)\"";
    case Kind::words: {
      const bool open = values.words[0].ends_with('=');
      return std::string(open ? "compopt -o nospace; " : "") + "_ebb_words " + lines(values.words);
    }
  }
  throw InternalError("bash_action: no such kind of value");
}

std::string values_cases() {
  std::map<std::string, std::vector<std::string>> places;  // by what is done there
  for (const Command* command : commands()) {
    const Flags flags = flags_of(*command);
    for (const auto* list : {&flags.own, &flags.shared})
      for (const Flag& flag : *list)
        if (!flag.value.empty())
          places[bash_action(values_of(*command, flag))].push_back(std::string(command->name) +
                                                                   "\\ --" + flag.name);
  }
  std::string text = "  case \"$command $before\" in\n";
  for (const auto& [action, patterns] : places)
    text += "    " + joined(patterns, " | \\\n    ") + ")\n      " + action + "\n      return ;;\n";
  return text + "  esac\n";
}

std::string flags_cases() {
  std::string text = "  if [[ $word == -* ]]; then\n    case $command in\n";
  for (const Command* command : commands()) {
    std::vector<std::string> names;
    const Flags flags = flags_of(*command);
    for (const auto* list : {&flags.own, &flags.shared})
      for (const Flag& flag : *list) names.push_back("--" + flag.name);
    text += std::string("      ") + command->name + ") _ebb_words " + lines(names);
    if (subject_of(*command) == Subject::script)
      text += "; _ebb_words \"$(_ebb_of_script options | sed 's/^/--/')\"";
    text += " ;;\n";
  }
  return text + "    esac\n    return\n  fi\n";
}

std::string subject_cases() {
  std::string text = "  case $command in\n";
  for (const Command* command : commands()) {
    const Subject subject = subject_of(*command);
    std::string action;
    if (subject == Subject::script || subject == Subject::scripts)
      action = "_ebb_files -f -X '!*.ebb'; _ebb_files -d";
    if (subject == Subject::file) action = "_ebb_files -f";
    if (subject == Subject::words) action = "_ebb_words " + lines(subject_words(*command));
    if (subject == Subject::name)
      action =
          "_ebb_words \"$_ebb_commands\"; _ebb_words \"$(\"$ebb\" help --as names)\"; "
          "_ebb_files -f -X '!*.ebb'";
    if (!action.empty()) text += std::string("    ") + command->name + ") " + action + " ;;\n";
  }
  return text + "  esac\n}\n";
}

}  // namespace

std::string bash_completion() {
  std::vector<std::string> names;
  for (const Command* command : commands()) names.emplace_back(command->name);
  return bash_head + values_cases() + flags_cases() + subject_cases() +
         "\n_ebb_commands=" + lines(names) + "\n" + tail;
}

}  // namespace ebb
