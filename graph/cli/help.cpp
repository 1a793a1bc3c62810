// ebb help
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <set>

#include "graph/cli/catalog.hpp"
#include "graph/cli/commands.hpp"
#include "graph/cli/completion.hpp"
#include "graph/cli/manual.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/script.hpp"
#include "graph/script/ast.hpp"
#include "graph/script/statement_help.hpp"

namespace ebb {

namespace {

void print_overview() {
  std::cout << "Ebb " EBB_VERSION
               ": networks described by the mathematics of one sample\n\n"
               "usage: ebb COMMAND SCRIPT [flags]\n\n";
  for (const Command* command : commands())
    std::cout << "  " << padded(command->name, 9) << command->summary << '\n';
  std::cout
      << "\n"
         "  ebb help COMMAND   a command and its flags\n"
         "  ebb help SCRIPT    the options of a script\n"
         "  ebb help NAME      an op, cost, layer, optimizer, source, training key or keyword;\n"
         "                     `statements`: all that a script is made of; `layout`: how\n"
         "                     `ebb fmt` sets it\n"
         "  ebb --version      versions, and the libraries for matrix products\n";
}

std::string value_text(const std::variant<double, std::string, bool>& value) {
  if (const auto* number = std::get_if<double>(&value)) return ast::spelling(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return ast::quoted(*text);
  return std::get<bool>(value) ? "true" : "false";
}

void print_script(Invocation& invocation) {
  const Model& model = elaborate(invocation, false, {});
  if (model.options.empty()) {
    std::cout << invocation.subject << " has no options of its own\n";
    return;
  }
  std::cout << "Options of " << invocation.subject << "\n";
  std::size_t width = 0;
  for (const ModelOption& option : model.options) width = std::max(width, width_of(option.name));
  for (const ModelOption& option : model.options)
    std::cout << "  --" << padded(option.name + " VALUE", width + 6) << "  " << option.help
              << (option.help.empty() ? "" : " ") << "(default: " << value_text(option.fallback)
              << ")\n";
}

void print_statement(const script::StatementHelp& help) {
  constexpr std::size_t width = 80;
  std::cout << help.form << "\n" << wrapped(help.meaning, 4, width);
}

void print_layout() {
  constexpr std::size_t width = 80;
  for (const std::string& part : script::layout_help()) {
    const bool item = part.starts_with("- ");
    const std::string text = wrapped(part.substr(item ? 2 : 0), item ? 2 : 0, width);
    std::cout << (item ? "- " + text.substr(2) : text + "\n");
  }
}

bool is_script(const std::string& name) {
  std::error_code error;
  return name.ends_with(".ebb") || std::filesystem::is_regular_file(name, error);
}

[[noreturn]] void refuse(const std::string& name, const std::vector<Entry>& entries) {
  std::vector<std::string> names;
  for (const Command* command : commands()) names.emplace_back(command->name);
  for (const Entry& entry : entries) names.push_back(entry.name);
  const std::string near = nearest(name, names);
  throw UsageError("nothing is called `" + name + "`" +
                   (near.empty() ? "; `ebb ops` lists what is" : "; did you mean `" + near + "`?"));
}

// A name and its help on a line, as shells take them; what the script's errors leave of them.
void list_options(Invocation& invocation) {
  Diagnostics ignored;
  if (const Model* model = elaborate(invocation, false, {}, ignored)) {
    for (const ModelOption& option : model->options)
      std::cout << option.name << '\t' << option.help
                << " (default: " << value_text(option.fallback) << ")\n";
    return;
  }
  for (const std::string& name : outline_of(invocation).options) std::cout << name << "\t\n";
}

void list_names(const Invocation& invocation) {
  std::set<std::string> names;
  for (const Entry& entry : catalog(invocation.registry)) names.insert(entry.name);
  for (const std::string& name : names) std::cout << name << '\n';
}

struct Form {
  const char* name;
  void (*print)(Invocation&);
};

constexpr Form forms[] = {
    {"bash", [](Invocation&) { std::cout << bash_completion(); }},
    {"zsh", [](Invocation&) { std::cout << zsh_completion(); }},
    {"fish", [](Invocation&) { std::cout << fish_completion(); }},
    {"man",
     [](Invocation& invocation) {
       const std::string& name = invocation.subject;
       std::cout << (name.empty() ? manual() : manual_of(find_command(name)));
     }},
    {"commands",
     [](Invocation&) {
       for (const Command* command : commands()) std::cout << command->name << '\n';
     }},
    {"names", [](Invocation& invocation) { list_names(invocation); }},
    {"options", &list_options},
    {"blocks",
     [](Invocation& invocation) {
       for (const std::string& name : outline_of(invocation).blocks) std::cout << name << '\n';
     }},
};

void print_as(Invocation& invocation, const std::string& wanted) {
  std::vector<std::string> names;
  for (const Form& form : forms) {
    if (wanted == form.name) return form.print(invocation);
    names.emplace_back(form.name);
  }
  throw UsageError("--as is one of " + joined(names) + ", not `" + wanted + "`");
}

void add_help_options(boost::program_options::options_description& options) {
  options.add_options()(
      "as", word("FORM"),
      "for other programs: bash, zsh or fish, completion for that shell; man, a manual page; "
      "commands, names; options or blocks of SCRIPT");
}

int run_help(Invocation& invocation) {
  if (invocation.json)
    throw UsageError("help is for people; for programs there are --as and `ebb ops --json`");
  const std::string& name = invocation.subject;
  if (invocation.has("as")) {
    print_as(invocation, invocation.text("as"));
    return 0;
  }
  if (name.empty()) {
    print_overview();
    return 0;
  }
  for (const Command* command : commands()) {
    if (name == command->name) {
      std::cout << help_of(*command);
      return 0;
    }
  }
  if (name == "statements") {
    for (const script::StatementHelp& help : script::statement_help()) print_statement(help);
    return 0;
  }
  if (name == "layout") {
    print_layout();
    return 0;
  }
  const std::vector<Entry> entries = catalog(invocation.registry);
  bool found = false;
  if (const auto* help = script::find_statement_help(name)) {
    print_statement(*help);
    found = true;
  }
  for (const Entry& entry : entries) {
    if (entry.name != name) continue;
    std::cout << (std::exchange(found, true) ? "\n" : "")
              << to_text(whole(entry, invocation.registry));
  }
  if (found) return 0;
  if (!is_script(name)) refuse(name, entries);
  print_script(invocation);
  return 0;
}

}  // namespace

const Command help_command = {
    "help",
    "explains a command, a script's options, or anything a script can name",
    "help [COMMAND | SCRIPT | NAME]",
    "Without a word: the list of commands.",
    Takes::name,
    &add_help_options,
    &run_help};

}  // namespace ebb
