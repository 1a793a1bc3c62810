#include "graph/core/primitives.hpp"

#include <ebb/plugin.hpp>
#include <utility>

namespace ebb {

namespace {

void register_primitives(sdk::Plugin& plugin) {
  plugin.family("structure");
  register_algebra(plugin);
  register_structure(plugin);
  register_checkpoints(plugin);
  register_slice(plugin);
  register_concatenations(plugin);
  register_pad(plugin);
}

}  // namespace

MatrixShape matrix_shape(std::span<const std::int64_t> dims, bool transposed) {
  MatrixShape m{dims.empty() ? 1 : dims[0], dims.size() < 2 ? 1 : dims[1]};
  if (transposed) std::swap(m.rows, m.columns);
  return m;
}

std::vector<OpDef> core_leaves() {
  const auto leaf = [](const char* name, const char* doc) {
    OpDef op;
    op.name = name;
    op.family = "leaves";
    op.doc = doc;
    op.leaf = true;
    return op;
  };
  return {leaf("const", "A constant of the script."),
          leaf("input", "A value that is given for each run."),
          leaf("variable", "A value that lives from run to run: a parameter or a state."),
          leaf("data", "A column of a data source, in its own element type.")};
}

int core_primitives_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  return sdk::detail::plugin_main<&register_primitives>("core", "1.0", host, context, info);
}

}  // namespace ebb
