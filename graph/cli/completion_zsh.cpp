#include "graph/cli/completion.hpp"
#include "graph/cli/terminal.hpp"

namespace ebb {

namespace {

constexpr const char* zsh_head = R"zsh(#compdef ebb
# Completion of ebb for zsh; `ebb help --as zsh` writes it.

# The script that is named, "" where none is.
_ebb_script() {
  local each
  for each in $words; do
    [[ $each == *.ebb ]] && print -r -- ${~${(Q)each}} && return
  done
}

_ebb_blocks() {
  local -a blocks=(${(f)"$($ebb help --as blocks "$(_ebb_script)" 2>/dev/null)"})
  compadd -a blocks
}

_ebb_names() {
  local -a names=(${(f)"$($ebb help --as names 2>/dev/null)"})
  compadd -a names
  _files -g '*.ebb'
}

# What means something in the brackets of a specification.
_ebb_escaped() {
  setopt localoptions extendedglob
  print -r -- "${1//(#m)[][:\\]/\\$MATCH}"
}

_ebb() {
  local ebb=$words[1] line
  local -a commands own
)zsh";

std::string zsh_quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

// What means something in the brackets of a specification.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string zsh_action(const FlagValues& values) {
  using Kind = FlagValues::Kind;
  switch (values.kind) {
    case Kind::any:
      return " ";
    case Kind::file:
      return "_files";
    case Kind::folder:
      return "_files -/";
    case Kind::block:
      return "_ebb_blocks";
    case Kind::words:
      return values.words[0].ends_with('=') ? "compadd -S \"\" - " + joined(values.words, " ")
                                            : "(" + joined(values.words, " ") + ")";
  }
  throw InternalError("zsh_action: no such kind of value");
}

std::string specification(const Command& command, const Flag& flag) {
  std::string text = std::string(flag.repeats ? "*" : "") + "--" + flag.name +
                     (flag.value.empty() ? "" : "=") + "[" + escaped(flag.help) + "]";
  if (!flag.value.empty())
    text += ":" + escaped(flag.value) + ":" + zsh_action(values_of(command, flag));
  return zsh_quoted(text);
}

std::string subject_specification(const Command& command) {
  switch (subject_of(command)) {
    case Subject::none:
      return "";
    case Subject::script:
      return " \\\n        '1:script:_files -g \"*.ebb\"' $own";
    case Subject::scripts:
      return " \\\n        '*:script:_files -g \"*.ebb\"'";
    case Subject::file:
      return " \\\n        '*:file:_files'";
    case Subject::name:
      return std::string(" \\\n        '1:name:_ebb_names'");
    case Subject::words:
      return " \\\n        '1:action:(" + joined(subject_words(command), " ") +
             ")' '*:file:_files'";
  }
  throw InternalError("subject_specification: no such kind of subject");
}

}  // namespace

std::string zsh_completion() {
  std::string text = zsh_head;
  text += "  commands=(\n";
  for (const Command* command : commands())
    text +=
        "    " + zsh_quoted(std::string(command->name) + ":" + escaped(command->summary)) + "\n";
  text += R"zsh(  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  for line in ${(f)"$([[ -n $(_ebb_script) ]] && $ebb help --as options "$(_ebb_script)" 2>/dev/null)"}; do
    own+=("--${line%%$'\t'*}=[$(_ebb_escaped "${line#*$'\t'}")]:VALUE: ")
  done
  shift words
  ((CURRENT--))
  case $words[1] in
)zsh";
  for (const Command* command : commands()) {
    text += std::string("    ") + command->name + ")\n      _arguments";
    const Flags flags = flags_of(*command);
    for (const auto* list : {&flags.own, &flags.shared})
      for (const Flag& flag : *list) text += " \\\n        " + specification(*command, flag);
    text += subject_specification(*command) + " ;;\n";
  }
  return text + "  esac\n}\n\n_ebb \"$@\"\n";
}

}  // namespace ebb
