// ebb plugin
#include <algorithm>
#include <iostream>

#include "graph/cli/commands.hpp"
#include "graph/cli/json.hpp"

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

int run(Invocation& invocation) {
  const std::string& action = invocation.subject;
  if (action == "list" || action.empty()) return list(invocation);
  const std::string near = nearest(action, {"list"});
  throw UsageError("`ebb plugin` has no action `" + action + "`" +
                   (near.empty() ? "" : "; did you mean `" + near + "`?"));
}

}  // namespace

const Command plugin_command = {
    .name = "plugin",
    .summary = "plugins: list them, prove one, begin one",
    .usage = "plugin [list]",
    .about = "Lists the plugins on the plugin path: those that `use NAME` in a script finds.",
    .takes = Takes::words,
    .add_options = nullptr,
    .run = &run,
};

}  // namespace ebb
