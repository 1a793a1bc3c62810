#include "ops/ops.hpp"

#include "ops/families.hpp"

namespace ebb::ops {
namespace {

void all(sdk::Plugin& plugin) {
  arithmetic(plugin);
  elementary(plugin);
  trigonometry(plugin);
  rounding(plugin);
  special_functions(plugin);
  activations(plugin);
  rectifiers(plugin);
  softmax(plugin);
  reductions(plugin);
  statistics(plugin);
  extrema(plugin);
  products(plugin);
  matrices(plugin);
  solvers(plugin);
  decompositions(plugin);
  norms(plugin);
  comparison(plugin);
  indexing(plugin);
  gather(plugin);
  shape(plugin);
  differentiation(plugin);
  random(plugin);
  convolution(plugin);
  pooling(plugin);
  initializers(plugin);
}

}  // namespace
}  // namespace ebb::ops

extern "C" int ebb_ops_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  return ebb::sdk::detail::plugin_main<&ebb::ops::all>("ops", "1.0", host, context, info);
}
