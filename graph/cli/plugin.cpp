// ebb plugin
#include <algorithm>
#include <iostream>

#include "graph/cli/commands.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/plugin_actions.hpp"

namespace ebb {

namespace {

// What is on the plugin path; nothing is opened.
int list(Invocation& invocation) {
  const auto files = invocation.plugins.available();
  std::size_t width = 0;
  for (const PluginFile& file : files) width = std::max(width, width_of(file.name));
  for (const PluginFile& file : files) {
    if (invocation.json)
      print_line({{"name", file.name}, {"path", file.path.string()}});
    else
      std::cout << padded(file.name, width) << "  " << file.path.string() << '\n';
  }
  if (files.empty() && !invocation.json) std::cout << "there are no plugins\n";
  return 0;
}

struct Action {
  const char* name;
  int (*run)(Invocation&);
};

constexpr Action actions[] = {{"list", &list}, {"verify", &plugin_verify}, {"new", &plugin_new}};

void add_plugin_options(boost::program_options::options_description& options) {
  options.add_options()("lang", word("LANGUAGE"), "new: c++ or c (default: c++)")(
      "out", word("FOLDER"), "new: where the project is written (default: NAME)");
}

int run_plugin(Invocation& invocation) {
  const std::string& given = invocation.subject;
  std::vector<std::string> names;
  for (const Action& action : actions) {
    if (given == action.name || (given.empty() && action.run == &list))
      return action.run(invocation);
    names.emplace_back(action.name);
  }
  const std::string near = nearest(given, names);
  throw UsageError("`ebb plugin` has no action `" + given + "`" +
                   (near.empty() ? "" : "; did you mean `" + near + "`?"));
}

}  // namespace

const Command plugin_command = {
    .name = "plugin",
    .summary = "plugins: list them, prove one, begin one",
    .usage = "plugin [list | verify NAME|FILE... | new NAME] [flags]",
    .about =
        "list: the plugins on the plugin path, those that `use NAME` in a script finds.\n\n"
        "verify: proves each op of these plugins anew, as it is proved when a plugin is first "
        "loaded: its gradients against central differences, its kernels for the same bits on "
        "every run within their own memory. Prints the certificate, or why it is refused.\n\n"
        "new: writes a project that builds the plugin NAME and tests it, with an op, a script "
        "that uses it, and a README.",
    .takes = Takes::words,
    .add_options = &add_plugin_options,
    .run = &run_plugin,
};

}  // namespace ebb
