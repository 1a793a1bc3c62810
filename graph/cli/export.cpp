// ebb export
#include <filesystem>

#include "graph/cli/commands.hpp"
#include "graph/cli/format.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/script.hpp"
#include "graph/run/data/file.hpp"
#include "graph/run/exchange.hpp"

namespace ebb {

namespace {

void add_export_options(boost::program_options::options_description& options) {
  options.add_options()("to", word("FORMAT"),
                        "the format (default: the one whose files end as FILE does)")(
      "out", word("FILE"),
      "the file to write; - is standard output (default: the script's name with the format's "
      "ending)");
  add_with(options);
  add_weights(options);
}

int run_export(Invocation& invocation) {
  const ExporterDef& format = export_format(invocation, invocation.text("out"));
  const NamedAttrs attrs = given_attributes(invocation, format.attrs);
  const std::string name = std::filesystem::path(invocation.subject).stem().string();
  const std::string out = invocation.text("out", (name + format.extension).c_str());
  if (invocation.json && out == "-")
    throw UsageError("--json and --out - both want standard output");
  Model& model = elaborate(invocation, false, {});
  const Store store = first_values(invocation, model);
  const std::string bytes =
      export_model(model, store, format, attrs, name, invocation.plugins, invocation.precision());
  const std::span<const std::byte> pieces[] = {bytes_of(bytes)};
  write_file(out, pieces);
  note_untrained(invocation, model);
  if (invocation.json) {
    print_line({{"out", out}});
  } else if (out != "-") {
    invocation.note("wrote " + out);
  }
  return 0;
}

}  // namespace

const Command export_command = {
    "export",
    "writes the network, with its weights, in another format",
    "export SCRIPT --to FORMAT [--out FILE] [--weights FILE] [flags]",
    "Writes the graph of the script's outputs, simplified, with the values of its parameters. "
    "Formats come from plugins: --to FORMAT loads the plugin of that name from the plugin path. "
    "The script is elaborated with `training` false.",
    Takes::script,
    &add_export_options,
    &run_export};

}  // namespace ebb
