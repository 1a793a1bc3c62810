#include "graph/script/elaborate.hpp"

#include <utility>

#include "graph/script/elaborator.hpp"

namespace ebb {

namespace {

using script::Elaborator;
using script::Files;

// Everything that spans and the optimizer stage of a model need.
struct Session {
  Files files;
  script::Repeats repeats;
  std::unique_ptr<Elaborator> elaborator;
};

std::unique_ptr<Model> elaborate(const std::shared_ptr<Session>& session, const script::File& file,
                                 const Registry& registry, const ElaborateOptions& options,
                                 Diagnostics& diagnostics) {
  std::unique_ptr<Model> model;
  // Again where the script turned out to give the name of a layer call twice: see Repeats.
  do {
    session->elaborator.reset();
    model = std::make_unique<Model>(registry.ops);
    session->elaborator =
        std::make_unique<Elaborator>(*model, registry, options, session->files, session->repeats);
    session->elaborator->run(file);
  } while (session->repeats.take_grown() && !session->elaborator->is_stopped());
  session->files.report(diagnostics);
  for (const Diagnostic& diagnostic : session->elaborator->diagnostics()) {
    diagnostics.add(diagnostic);
  }
  if (session->elaborator->has_errors() || diagnostics.has_errors()) return nullptr;
  if (session->elaborator->has_optimizer()) {
    model->optimizer = [elaborator = session->elaborator.get()](
                           Model&, const std::vector<Value>& gradients) {
      return elaborator->update(gradients);
    };
  }
  model->keep_alive.push_back(session);
  return model;
}

std::unique_ptr<Model> elaborate(const std::string& name, std::string text,
                                 const std::filesystem::path& folder, const Registry& registry,
                                 ElaborateOptions options, Diagnostics& diagnostics) {
  if (options.data_dir.empty()) options.data_dir = folder;
  const auto session = std::make_shared<Session>();
  if (options.editor != nullptr) session->files.prefer(options.editor->unsaved);
  if (options.texts != nullptr) session->files.remember(*options.texts);
  session->files.allow(options.data_dir);
  for (const auto& allowed : options.allowed) session->files.allow(allowed);
  const script::File& file = session->files.add(name, std::move(text), folder);
  if (file.faulty) {
    session->files.report(diagnostics);
    return nullptr;
  }
  return elaborate(session, file, registry, options, diagnostics);
}

}  // namespace

const DataBlock* Model::find_data(std::string_view name) const {
  for (const DataBlock& block : data) {
    if (block.name == name) return &block;
  }
  return nullptr;
}

std::unique_ptr<Model> load_script(const std::filesystem::path& path, const Registry& registry,
                                   const ElaborateOptions& options, Diagnostics& diagnostics,
                                   const std::string& name) {
  const std::string shown = name.empty() ? path.string() : name;
  std::string text;
  try {
    Files files;
    if (options.editor != nullptr) files.prefer(options.editor->unsaved);
    if (options.texts != nullptr) files.remember(*options.texts);
    text = files.text_of(path, shown);
  } catch (const UserError& error) {
    diagnostics.add(error.diagnostic());
    return nullptr;
  }
  return elaborate(shown, std::move(text), script::folder_of_script(path), registry, options,
                   diagnostics);
}

std::unique_ptr<Model> elaborate_text(const std::string& name, const std::string& text,
                                      const std::filesystem::path& folder, const Registry& registry,
                                      const ElaborateOptions& options, Diagnostics& diagnostics) {
  return elaborate(name, text, folder, registry, options, diagnostics);
}

}  // namespace ebb
