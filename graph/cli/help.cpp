// ebb help
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "graph/cli/catalog.hpp"
#include "graph/cli/commands.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/script.hpp"
#include "graph/script/ast.hpp"

namespace ebb {

namespace {

void print_overview() {
  std::cout << "Ebb " EBB_VERSION
               ": networks described by the mathematics of one sample\n\n"
               "usage: ebb COMMAND SCRIPT [flags]\n\n";
  for (const Command* command : commands())
    std::cout << "  " << padded(command->name, 9) << command->summary << '\n';
  std::cout << "\n"
               "  ebb help COMMAND   a command and its flags\n"
               "  ebb help SCRIPT    the options of a script\n"
               "  ebb help NAME      an op, cost, layer, optimizer, source or training key\n"
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

int run(Invocation& invocation) {
  const std::string& name = invocation.subject;
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
  const std::vector<Entry> entries = catalog(invocation.registry);
  bool found = false;
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
    nullptr,
    &run};

}  // namespace ebb
