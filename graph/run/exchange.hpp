// Models in other formats, by the exporters and importers that plugins register.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "graph/core/plugins.hpp"
#include "graph/core/registry.hpp"
#include "graph/run/executor.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// What an exporter writes of the graph of the model's outputs, simplified, with the values in
// `store`, real numbers in `precision`. `name` is what it calls the model. Throws UserError: there
// is no output; the outputs depend on what only a run counts or draws; the attributes do not fit;
// the exporter fails.
std::string export_model(Model& model, const Store& store, const ExporterDef& format,
                         const NamedAttrs& attrs, const std::string& name, const Plugins& plugins,
                         Precision precision);

// A file of another format as a script, and the values of its parameters in C order.
struct ImportedModel {
  std::string script;
  std::vector<std::pair<std::string, Array>> parameters;
};

// Throws UserError, which names the file: it cannot be read; the attributes do not fit; the
// importer fails or gives no script, or values that no parameter can have.
ImportedModel import_model(const std::filesystem::path& file, const ImporterDef& format,
                           const NamedAttrs& attrs);

}  // namespace ebb
