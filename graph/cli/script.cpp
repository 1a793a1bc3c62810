#include "graph/cli/script.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>

#include "graph/cli/manifest.hpp"
#include "graph/compile/plan.hpp"
#include "graph/compile/simplify.hpp"
#include "graph/core/hash.hpp"
#include "graph/run/data/npy.hpp"
#include "graph/run/weights.hpp"
#include "graph/script/elaborate.hpp"
#include "graph/script/files.hpp"
#include "graph/script/lexer.hpp"

namespace ebb {

namespace {

std::vector<std::filesystem::path> allowed_folders(const Invocation& invocation) {
  const auto given = invocation.texts("allow-path");
  // As a path, nothing is the current folder.
  if (std::ranges::find(given, "") != given.end()) throw UsageError("--allow-path needs a folder");
  return {given.begin(), given.end()};
}

std::string fingerprint_of(const SourceFile& file) {
  Fingerprint fingerprint;
  Diagnostics ignored;
  bool begins_line = true;
  for (const Token& token : tokenize(file, ignored)) {
    if (token.kind == TokenKind::newline) {
      if (!std::exchange(begins_line, true)) fingerprint.add("\n");
      continue;
    }
    fingerprint.add(std::string_view(file.text()).substr(token.begin, token.end - token.begin));
    fingerprint.add(" ");
    begins_line = false;
  }
  return fingerprint.text();
}

// Walks the statements of a script and of what it includes.
class OutlineReader {
 public:
  OutlineReader(script::Files& files, Outline& outline) : files_(files), outline_(outline) {}

  void read(const script::File& file, const std::string& name) {
    if (!seen_.insert(file.id).second) return;
    outline_.faulty |= file.faulty;
    if (!file.embedded) outline_.files.emplace_back(name, fingerprint_of(*file.script.file));
    read(file.script.statements, file);
  }

 private:
  void read(const ast::Block& block, const script::File& file) {
    for (const ast::Statement& statement : block) {
      if (const auto* option = statement.as<ast::Option>()) {
        outline_.options.push_back(option->name.text);
      } else if (const auto* data = statement.as<ast::Data>()) {
        if (!outline_.has_block(data->name.text)) outline_.blocks.push_back(data->name.text);
      } else if (const auto* include = statement.as<ast::Include>()) {
        read_included(*include, file);
      } else if (const auto* loop = statement.as<ast::For>()) {
        read(loop->body, file);
      } else if (const auto* condition = statement.as<ast::If>()) {
        read(condition->then, file);
        read(condition->otherwise, file);
      }
    }
  }

  void read_included(const ast::Include& include, const script::File& from) {
    try {
      read(files_.include(include.path, from, include.path_span), "include " + include.path);
    } catch (const UserError&) {
      outline_.faulty = true;
    }
  }

  script::Files& files_;
  Outline& outline_;
  std::set<std::string> seen_;
};

std::vector<std::pair<std::string, std::string>> settings_of(const Invocation& invocation) {
  std::vector<std::pair<std::string, std::string>> settings;
  for (const std::string& setting : invocation.texts("set")) {
    const std::size_t equals = setting.find('=');
    if (equals == 0 || equals == std::string::npos)
      throw UsageError("--set takes KEY=VALUE, such as train.epochs=5, not `" + setting + "`");
    settings.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
  }
  return settings;
}

// Throws UserError, with the nearest name, where there is no such rewrite.
void require_rewrite(const std::string& name, const std::vector<std::string>& names) {
  if (std::ranges::find(names, name) != names.end()) return;
  const std::string near = nearest(name, names);
  throw UserError(
      "there is no rewrite `" + name + "`",
      {near.empty() ? "`ebb show SCRIPT --rewrites` lists them" : "did you mean `" + near + "`?"});
}

// The rewrites of --without, and those that come after that of --after.
std::vector<std::string> switched_off(const Invocation& invocation, const Model& model) {
  auto names = rewrite_names(model.rewrites);
  names.emplace_back(parts_in_place);
  auto result = invocation.texts("without");
  for (const std::string& name : result) require_rewrite(name, names);
  if (!invocation.has("after")) return result;
  require_rewrite(invocation.text("after"), names);
  result.insert(result.end(), std::ranges::find(names, invocation.text("after")) + 1, names.end());
  return result;
}

void show_warnings(Invocation& invocation, const Diagnostics& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics.all())
    if (invocation.warned.insert(to_string(diagnostic)).second) invocation.report(diagnostic);
}

void note_partial(const Invocation& invocation, const LoadReport& report) {
  if (!report.missing.empty())
    invocation.note("not in the file, so at their first values: " + joined(report.missing));
  if (!report.misshapen.empty())
    invocation.note("of another shape in the file, so at their first values: " +
                    joined(report.misshapen));
  if (!report.extra.empty())
    invocation.note("in the file, but not in the script: " + joined(report.extra));
}

std::map<std::string, Array> read_inputs(const std::vector<std::string>& given) {
  std::map<std::string, Array> arrays;
  bool standard_input = false;
  for (const std::string& text : given) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == text.size())
      throw UsageError("--input takes NAME=FILE, such as x=x.npy, not `" + text + "`");
    const std::string name = text.substr(0, equals), file = text.substr(equals + 1);
    if (file == "-" && std::exchange(standard_input, true))
      throw UsageError("standard input can be only one input");
    if (arrays.contains(name)) throw UsageError("input " + name + " is given twice");
    arrays.emplace(name, read_npy(file));
  }
  return arrays;
}

}  // namespace

bool Outline::has_block(const std::string& name) const {
  return std::ranges::find(blocks, name) != blocks.end();
}

std::vector<std::string> Outline::blocks_but(const std::string& name) const {
  std::vector<std::string> others = blocks;
  std::erase(others, name);
  return others;
}

Outline outline_of(Invocation& invocation) {
  const std::string& script = invocation.subject;
  Outline outline;
  script::Files files;
  if (invocation.editor != nullptr)
    files.prefer(invocation.editor->unsaved);
  else
    files.remember(invocation.script_texts);
  if (invocation.has("data")) files.allow(invocation.text("data"));
  for (const auto& folder : allowed_folders(invocation)) files.allow(folder);
  const std::filesystem::path path = invocation.folder / script;
  OutlineReader(files, outline)
      .read(files.add(script, files.text_of(path, script), script::folder_of_script(path)),
            "script");
  return outline;
}

Model* elaborate(Invocation& invocation, bool training, const std::vector<std::string>& blocks,
                 Diagnostics& diagnostics) {
  ElaborateOptions options;
  options.training = training;
  options.seed = invocation.seed();
  options.options = invocation.script_options;
  options.settings = settings_of(invocation);
  options.data_blocks = blocks;
  options.data_dir = invocation.text("data");
  options.allowed = allowed_folders(invocation);
  options.plugins = &invocation.plugins;
  options.editor = invocation.editor;
  options.open = invocation.open;
  if (invocation.editor == nullptr) options.texts = &invocation.script_texts;
  auto model = load_script(invocation.folder / invocation.subject, invocation.registry, options,
                           diagnostics, invocation.subject);
  invocation.warn_of_unproved();
  if (!model) return nullptr;
  model->without = switched_off(invocation, *model);
  model->memory = invocation.bytes("memory");
  return invocation.models.emplace_back(std::move(model)).get();
}

Model& elaborate(Invocation& invocation, bool training, const std::vector<std::string>& blocks) {
  Diagnostics& diagnostics = invocation.findings.emplace_back();
  Model* model = elaborate(invocation, training, blocks, diagnostics);
  if (!model) throw ScriptErrors(diagnostics);
  show_warnings(invocation, diagnostics);
  return *model;
}

Store first_values(const Invocation& invocation, const Model& model, std::string* fingerprint) {
  Store store;
  const bool partial = invocation.has("partial");
  if (partial && !invocation.has("weights")) throw UsageError("--partial needs --weights");
  // What is loaded whole needs no first values.
  if (partial || !invocation.has("weights")) initialize(model, store, invocation.precision());
  if (!invocation.has("weights")) return store;
  const std::string path = invocation.text("weights");
  const TensorFile file = read_safetensors(path);
  if (fingerprint) *fingerprint = fingerprint_of(file);
  note_partial(invocation, load_weights(file, path, model, store, invocation.precision(), partial));
  return store;
}

void note_untrained(const Invocation& invocation, const Model& model) {
  if (!invocation.has("weights") && !model.parameters.empty())
    invocation.note("no --weights: this is the network before training");
}

std::pair<std::int64_t, std::int64_t> chosen_range(const Invocation& invocation) {
  if (!invocation.has("samples")) return {0, -1};
  const std::string given = invocation.text("samples");
  const auto number = [&](std::size_t from, std::size_t to, std::int64_t& result) {
    const auto [end, error] = std::from_chars(given.data() + from, given.data() + to, result);
    return error == std::errc() && end == given.data() + to && result >= 0;
  };
  const std::size_t dots = given.find("..");
  std::int64_t begin = 0, end = 0;
  if (dots == std::string::npos || !number(0, dots, begin) ||
      !number(dots + 2, given.size(), end) || begin >= end)
    throw UsageError("--samples takes A..B with A below B, such as 0..100, not `" + given + "`");
  return {begin, end};
}

InputSource chosen_samples(const Invocation& invocation, const Outline& outline) {
  if (invocation.has("on") && invocation.has("input"))
    throw UsageError("--on and --input exclude each other");
  if (invocation.has("samples") && !invocation.has("on"))
    throw UsageError("--samples needs --on BLOCK");
  InputSource source;
  source.block = invocation.text("on");
  if (!source.block.empty()) require_block(outline, source.block);
  std::tie(source.begin, source.end) = chosen_range(invocation);
  source.arrays = read_inputs(invocation.texts("input"));
  return source;
}

std::vector<std::string> blocks_of(const InputSource& source) {
  if (source.block.empty()) return {};
  return {source.block};
}

void require_block(const Outline& outline, const std::string& name) {
  if (outline.faulty || outline.has_block(name)) return;
  if (outline.blocks.empty()) throw UserError("the script has no data block");
  const std::string near = nearest(name, outline.blocks);
  throw UserError(
      "the script has no `data " + name + "`",
      {near.empty() ? "it has " + joined(outline.blocks) : "did you mean `" + near + "`?"});
}

}  // namespace ebb
