#include "graph/cli/manual.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "graph/cli/options.hpp"

namespace ebb {

namespace {

// A text that troff prints as it is.
std::string plain(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool begins = i == 0 || text[i - 1] == '\n';
    if (begins && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else if (c == '`' || c == '\'' || c == '^' || c == '~') {
      result += c == '`' ? "\\(ga" : c == '\'' ? "\\(aq" : c == '^' ? "\\(ha" : "\\(ti";
    } else {
      result += c;
    }
  }
  return result;
}

std::string capitals(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string title(const std::string& name, const std::string& summary) {
  return ".TH " + capitals(plain(name)) + " 1 \"\" \"Ebb " EBB_VERSION "\" \"Ebb\"\n.SH NAME\n" +
         plain(name) + " \\- " + plain(summary) + "\n";
}

std::string section(const std::string& name) { return ".SH " + name + "\n"; }

// Paragraphs between empty lines.
std::string prose(const std::string& text) {
  std::string result;
  std::istringstream in(text);
  bool begins = true;
  for (std::string line; std::getline(in, line); begins = line.empty()) {
    if (line.empty()) continue;
    if (begins) result += ".PP\n";
    result += plain(line) + "\n";
  }
  return result;
}

std::string tagged(const std::string& tag, const std::string& text) {
  return ".TP\n.B " + tag + "\n" + plain(text) + "\n";
}

std::string flag_text(const Flag& flag) {
  const std::string value = flag.value.empty() ? "" : " \\fI" + plain(flag.value) + "\\fR";
  return ".TP\n\\fB\\-\\-" + plain(flag.name) + "\\fR" + value + "\n" + plain(flag.help) + "\n";
}

std::string flags_text(const std::string& name, const std::vector<Flag>& flags) {
  if (flags.empty()) return "";
  std::string text = section(name);
  for (const Flag& flag : flags) text += flag_text(flag);
  return text;
}

// Lines as they are.
std::string verbatim(const std::string& text) {
  return ".PP\n.nf\n" + plain(text) + (text.ends_with('\n') ? "" : "\n") + ".fi\n";
}

std::string exit_status() {
  return section("EXIT STATUS") + tagged("0", "done") +
         tagged("1", "the input is wrong: script, data, weights, plugin") +
         tagged("2", "wrong usage") + tagged("3", "stopped by a signal, after saving") +
         tagged("4", "training diverged: a NaN or an infinity, named by node and line") +
         tagged("70", "a bug in Ebb");
}

std::string see_also(const std::string& but) {
  std::string text = section("SEE ALSO");
  std::vector<std::string> pages;
  if (!but.empty()) pages.emplace_back("ebb");
  for (const Command* command : commands())
    if (command->name != but) pages.push_back(std::string("ebb-") + command->name);
  for (const std::string& page : pages)
    text += ".BR " + plain(page) + " (1)" + (page == pages.back() ? "" : ",") + "\n";
  return text;
}

}  // namespace

std::string manual() {
  std::string text = title("ebb", "networks described by the mathematics of one sample");
  text += section("SYNOPSIS") + ".B ebb\n.I COMMAND SCRIPT\n[flags]\n";
  text +=
      section("DESCRIPTION") +
      prose(
          "Ebb trains networks that are described by the mathematics of one sample. A script "
          "says what is computed; Ebb makes a graph of it, appends the gradient by a traversal "
          "in reverse and the optimizer's update rule, compiles the whole, and runs it over "
          "mini-batches of data.\n\n"
          "`ebb help COMMAND` explains a command, `ebb help SCRIPT` the options of a script, "
          "and `ebb help NAME` any op, cost, layer, optimizer, source, training key or keyword.");
  text += section("COMMANDS");
  for (const Command* command : commands())
    text += ".TP\n.BR " + plain(std::string("ebb-") + command->name) + " (1)\n" +
            plain(command->summary) + "\n";
  text += section("OPTIONS") + tagged("\\-\\-help", "print the list of commands") +
          tagged("\\-\\-version", "versions, and the libraries for matrix products");
  text += section("ENVIRONMENT") +
          tagged("EBB_PLUGIN_PATH",
                 "folders, between colons, where `use NAME` finds plugins before the installed "
                 "ones") +
          tagged("NO_COLOR", "where it is set, nothing is coloured, unless with --color always");
  return text + exit_status() + see_also("");
}

std::string manual_of(const Command& command) {
  const std::string name = std::string("ebb-") + command.name;
  const Flags flags = flags_of(command);
  std::string text = title(name, command.summary);
  text += section("SYNOPSIS") + ".B ebb\n" + plain(command.usage) + "\n";
  text += section("DESCRIPTION") + prose(command.about);
  text += flags_text("OPTIONS", flags.own);
  text += flags_text(flags.own.empty() ? "OPTIONS" : "COMMON OPTIONS", flags.shared);
  if (command.takes == Takes::script)
    text += prose(
        "Each `option NAME` of the script is a flag too, --NAME VALUE; `ebb help SCRIPT` lists "
        "them.");
  if (command.more_help) text += section("NOTES") + verbatim(command.more_help());
  return text + exit_status() + see_also(command.name);
}

}  // namespace ebb
