#include "graph/cli/cli.hpp"
#include "graph/core/crash.hpp"
#include "graph/core/linked_plugins.hpp"
#include "graph/run/sources.hpp"

int main(int argc, char** argv) {
  ebb::name_crashing_plugins();
  ebb::Registry registry;
  for (const auto plugin_main : ebb::linked_plugins()) registry.load(plugin_main);
  ebb::register_sources(registry.sources);
  return ebb::run_cli(argc, argv, registry);
}
