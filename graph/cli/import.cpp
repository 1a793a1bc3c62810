// ebb import
#include <filesystem>

#include "graph/cli/commands.hpp"
#include "graph/cli/format.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/script.hpp"
#include "graph/run/data/file.hpp"
#include "graph/run/data/safetensors.hpp"
#include "graph/run/exchange.hpp"
#include "graph/run/weights.hpp"
#include "graph/script/elaborate.hpp"
#include "graph/script/layout.hpp"

namespace fs = std::filesystem;

namespace ebb {

namespace {

void add_import_options(boost::program_options::options_description& options) {
  options.add_options()("from", word("FORMAT"),
                        "the format (default: the one whose files end as FILE does)")(
      "out", word("FOLDER"), "where to write the two files (default: here)");
  add_with(options);
}

// Throws ScriptErrors or UserError unless the script is right and the weights are its parameters'.
void check(Invocation& invocation, const std::string& name, const std::string& script,
           const TensorFile& weights) {
  ElaborateOptions options;
  options.plugins = &invocation.plugins;
  Diagnostics& diagnostics = invocation.findings.emplace_back();
  const auto model =
      elaborate_text(name + ".ebb", script, {}, invocation.registry, options, diagnostics);
  if (!model) throw ScriptErrors(diagnostics);
  Store store;
  try {
    load_weights(weights, name + ".safetensors", *model, store, Precision::f64, false);
  } catch (const UserError& error) {
    throw UserError(error.diagnostic().message);
  }
}

// The weights first: a script that is there has its weights.
void write(const fs::path& script, const std::string& text, const fs::path& weights,
           const TensorFile& file) {
  std::error_code error;
  if (!script.parent_path().empty()) fs::create_directories(script.parent_path(), error);
  if (!file.tensors.empty()) write_safetensors(weights, file);
  const std::span<const std::byte> pieces[] = {bytes_of(text)};
  write_file(script, pieces);
}

int run_import(Invocation& invocation) {
  const std::string& file = invocation.subject;
  if (file.empty()) throw UsageError("which file?");
  const ImporterDef& format = import_format(invocation, file);
  ImportedModel model = import_model(file, format, given_attributes(invocation, format.attrs));
  const std::string name = file == "-" ? format.name : fs::path(file).stem().string();
  const TensorFile weights{std::move(model.parameters), {}};
  check(invocation, name, model.script, weights);
  const fs::path folder = invocation.text("out");
  const fs::path script_path = folder / (name + ".ebb"),
                 weights_path = folder / (name + ".safetensors");
  write(script_path, laid_out(SourceFile(name, model.script)), weights_path, weights);
  if (invocation.json) {
    Json line{{"script", script_path.string()}};
    if (!weights.tensors.empty()) line["weights"] = weights_path.string();
    print_line(line);
  } else {
    invocation.note("wrote " + script_path.string() +
                    (weights.tensors.empty() ? "" : " and " + weights_path.string()));
  }
  return 0;
}

}  // namespace

const Command import_command = {
    "import",
    "a network of another format becomes a script and its weights",
    "import FILE --from FORMAT [--out FOLDER] [flags]",
    "Writes NAME.ebb and NAME.safetensors, of the name of the file, once the script is checked and "
    "the weights fit it. Formats come from plugins: --from FORMAT loads the plugin of that name "
    "from the plugin path.",
    Takes::name,
    &add_import_options,
    &run_import};

}  // namespace ebb
