// AST to Model: layers are inlined, loops unrolled, shapes checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graph/core/diagnostic.hpp"
#include "graph/core/plugins.hpp"
#include "graph/script/model.hpp"
#include "graph/script/parser.hpp"

namespace ebb {

// How much a script may ask for, far beyond what a model needs, so that none hangs. Going beyond is
// an error of the script's.
struct ElaborateLimits {
  std::int64_t loop_iterations = 1'000'000;  // of all loops together
  std::int64_t steps = 20'000'000;           // statements and expressions worked through
  std::size_t nodes = 2'000'000;             // of the graph
};

// How an editor has scripts read.
struct EditorHooks {
  // Texts that it holds and has not saved, by their paths without links.
  std::map<std::string, std::string> unsaved;
  // Told what each name means where it stands, each time that it is worked through: "real[30],
  // per sample". May be empty.
  std::function<void(Span at, const std::string& meaning)> observe;
};

// Opens a data source, as one does that remembers what was read before.
using OpenSource = std::function<Samples(const SourceDef&, const std::vector<SourceArgument>&,
                                         const SourceContext&)>;

struct ElaborateOptions {
  bool training = false;  // the constant of that name
  std::uint64_t seed = 1;
  // `--NAME VALUE` of the script's options, as typed.
  std::vector<std::pair<std::string, std::string>> options;
  // `--set KEY=VALUE`, as typed: ("train.epochs", "5").
  std::vector<std::pair<std::string, std::string>> settings;
  // Which data blocks to open; the others are skipped.
  std::vector<std::string> data_blocks;
  std::filesystem::path data_dir;  // empty: the script's folder
  // What the script may read besides its own folder and that.
  std::vector<std::filesystem::path> allowed;
  // Loads what `use NAME` names; null: there are no plugins.
  Plugins* plugins = nullptr;
  const EditorHooks* editor = nullptr;  // or null
  OpenSource open;                      // empty: each time anew
  // Of the script's files, by their paths: read once, whatever becomes of them. Null: read anew.
  std::map<std::string, std::string>* texts = nullptr;
  ElaborateLimits limits;
};

// Reads, parses and elaborates a script file. Errors and warnings go to `diagnostics`; the result
// is null when there were errors. `name` is how messages call the file, if not by its path.
std::unique_ptr<Model> load_script(const std::filesystem::path& path, const Registry& registry,
                                   const ElaborateOptions& options, Diagnostics& diagnostics,
                                   const std::string& name = "");

// The same for a text. `folder` is where includes are looked up.
std::unique_ptr<Model> elaborate_text(const std::string& name, const std::string& text,
                                      const std::filesystem::path& folder, const Registry& registry,
                                      const ElaborateOptions& options, Diagnostics& diagnostics);

// The flags of the binary, without the two dashes. No script's option may have the name of one.
const std::vector<std::string>& command_line_flags();

// A function of the language itself, neither op nor written in the library, for documentation.
struct LanguageFunction {
  std::string name;     // "size"
  std::string heading;  // "size(x, [dim])"
  std::string doc;
};
std::vector<LanguageFunction> language_functions();

}  // namespace ebb
