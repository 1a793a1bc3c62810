#include "graph/cli/cli.hpp"
#include "graph/core/crash.hpp"
#include "graph/run/sources.hpp"
#include "ops/ops.hpp"

int main(int argc, char** argv) {
  ebb::name_crashing_plugins();
  ebb::Registry registry;
  registry.load(&ebb_ops_main);
  ebb::register_sources(registry.sources);
  return ebb::run_cli(argc, argv, registry);
}
