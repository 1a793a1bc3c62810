#include "graph/cli/cli.hpp"
#include "graph/run/sources.hpp"
#include "ops/ops.hpp"

int main(int argc, char** argv) {
  ebb::OpRegistry ops;
  ops.load(&ebb_ops_main);
  ebb::SourceRegistry sources;
  ebb::register_sources(sources);
  return ebb::run_cli(argc, argv, ops, sources);
}
