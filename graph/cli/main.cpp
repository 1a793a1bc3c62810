#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "graph/cli/cli.hpp"
#include "graph/core/crash.hpp"
#include "graph/core/linked_plugins.hpp"
#include "graph/run/sources.hpp"

int main(int argc, char** argv) {
  // A file that grows beyond what is allowed is an error of the write.
  ::signal(SIGXFSZ, SIG_IGN);
  ebb::name_crashing_plugins();
  ebb::Registry registry;
  for (const auto plugin_main : ebb::linked_plugins()) registry.load(plugin_main);
  ebb::register_sources(registry.sources);
  const int status = ebb::run_cli(argc, argv, registry);
  // Where memory is limited the threads that OpenBLAS begins with may wait for theirs for ever, and
  // the end of the program for them.
  rlimit memory{};
  if (::getrlimit(RLIMIT_AS, &memory) == 0 && memory.rlim_cur != RLIM_INFINITY) {
    std::cout.flush();
    std::_Exit(status);
  }
  return status;
}
