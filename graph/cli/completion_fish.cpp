#include "graph/cli/completion.hpp"
#include "graph/cli/terminal.hpp"

namespace ebb {

namespace {

constexpr const char* fish_head = R"(# Completion of ebb for fish; `ebb help --as fish` writes it.

function __ebb_is
    set -l words (commandline -opc)
    test (count $words) -ge 2; and contains -- $words[2] $argv
end

# What the script has, where one is named.
function __ebb_of_script
    for word in (commandline -opc)
        if string match -q -- '*.ebb' $word
            ebb help --as $argv[1] $word 2>/dev/null
            return
        end
    end
end

function __ebb_options
    for line in (__ebb_of_script options)
        echo -- --$line
    end
end

complete -c ebb -f
)";

std::string fish_quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

std::string fish_action(const FlagValues& values) {
  using Kind = FlagValues::Kind;
  switch (values.kind) {
    case Kind::any:
      return " -x";
    case Kind::file:
      return " -r -F";
    case Kind::folder:
      return " -x -a '(__fish_complete_directories)'";
    case Kind::block:
      return " -x -a '(__ebb_of_script blocks)'";
    case Kind::words:
      return " -x -a " + fish_quoted(joined(values.words, " "));
  }
  throw InternalError("fish_action: no such kind of value");
}

std::string subject_lines(const Command& command, const std::string& begin) {
  switch (subject_of(command)) {
    case Subject::none:
      return "";
    case Subject::script:
      return begin + " -k -a '(__fish_complete_suffix .ebb)'\n" + begin + " -a '(__ebb_options)'\n";
    case Subject::scripts:
      return begin + " -k -a '(__fish_complete_suffix .ebb)'\n";
    case Subject::file:
      return begin + " -F\n";
    case Subject::name:
      return begin + " -k -a '(__fish_complete_suffix .ebb)'\n" + begin +
             " -a '(ebb help --as names)'\n";
    case Subject::words:
      return begin + " -F -a " + fish_quoted(joined(subject_words(command), " ")) + "\n";
  }
  throw InternalError("subject_lines: no such kind of subject");
}

}  // namespace

std::string fish_completion() {
  std::string text = fish_head;
  for (const Command* command : commands())
    text += "complete -c ebb -n 'test (count (commandline -opc)) -eq 1' -a " +
            std::string(command->name) + " -d " + fish_quoted(command->summary) + "\n";
  for (const Command* command : commands()) {
    const std::string begin = "complete -c ebb -n '__ebb_is " + std::string(command->name) + "'";
    text += "\n";
    const Flags flags = flags_of(*command);
    for (const auto* list : {&flags.own, &flags.shared})
      for (const Flag& flag : *list)
        text += begin + " -l " + flag.name +
                (flag.value.empty() ? "" : fish_action(values_of(*command, flag))) + " -d " +
                fish_quoted(flag.help) + "\n";
    text += subject_lines(*command, begin);
  }
  return text;
}

}  // namespace ebb
