#include "graph/cli/catalog.hpp"

#include <algorithm>

#include "graph/cli/op_entry.hpp"
#include "graph/cli/terminal.hpp"
#include "graph/core/embedded.hpp"
#include "graph/script/elaborate.hpp"
#include "graph/script/parser.hpp"

namespace ebb {

namespace {

std::string_view without_sign(std::string_view comment) {
  comment.remove_prefix(1);
  return comment.starts_with(' ') ? comment.substr(1) : comment;
}

// The lines of a comment, from one line to before another.
std::string comment(const SourceFile& file, std::uint32_t line, std::uint32_t end) {
  std::string text;
  for (; line < end && file.line(line).starts_with('#'); ++line)
    text += (text.empty() ? "" : " ") + std::string(without_sign(file.line(line)));
  return text;
}

std::string comment_above(const SourceFile& file, const ast::Statement& statement) {
  const std::uint32_t end = file.position(statement.span.begin).line;
  std::uint32_t begin = end;
  while (begin > 1 && file.line(begin - 1).starts_with('#')) --begin;
  return comment(file, begin, end);
}

std::string list(const std::vector<ast::Parameter>& parameters) {
  std::string text;
  for (const ast::Parameter& parameter : parameters) {
    text += (text.empty() ? "" : ", ") + parameter.name.text;
    if (parameter.value) text += " = " + to_source(*parameter.value);
  }
  return text;
}

// The functions and update rules (of this kind) and layers of the scripts that the binary carries.
void add_embedded(std::vector<Entry>& entries, std::string_view prefix, const char* kind,
                  const char* layer_kind = "layer") {
  for (const EmbeddedFile& embedded : embedded_files()) {
    if (!embedded.name.starts_with(prefix)) continue;
    const auto file =
        std::make_shared<const SourceFile>(std::string(embedded.name), std::string(embedded.text));
    Diagnostics diagnostics;
    const Script script = parse(file, diagnostics);
    for (const ast::Statement& statement : script.statements) {
      auto entry = written_entry(*file, statement);
      if (!entry) continue;
      entry->kind = statement.as<ast::Layer>() ? layer_kind : kind;
      // A file of one rule begins with what it is.
      if (entry->doc.empty())
        entry->doc = comment(*file, 1, file->position(statement.span.begin).line);
      entries.push_back(std::move(*entry));
    }
  }
}

std::string fallback_text(const SourceArgument& argument) {
  if (const auto* number = std::get_if<double>(&argument)) return exact_number(*number);
  if (const auto* text = std::get_if<std::string>(&argument)) return ast::quoted(*text);
  if (const auto* flag = std::get_if<bool>(&argument)) return *flag ? "true" : "false";
  return "[...]";
}

Entry entry_of(const SourceDef& source) {
  Entry entry{"source", "", source.name, "", source.doc, {}, ""};
  std::string parameters;
  for (const SourceParameter& parameter : source.parameters) {
    parameters += (parameters.empty() ? "" : ", ") + parameter.name;
    if (parameter.fallback) parameters += " = " + fallback_text(*parameter.fallback);
    entry.facts.emplace_back(parameter.name, parameter.doc);
  }
  entry.heading = source.name + "(" + parameters + ")";
  return entry;
}

Entry entry_of(const TrainKey& key) {
  return {"training key",
          "",
          key.name,
          "train { " + std::string(key.name) + " = ... }",
          key.help,
          {{"type", key.type}, {"default", key.fallback}},
          ""};
}

void add_ops(std::vector<Entry>& entries, const OpRegistry& ops, std::int32_t kind) {
  const std::size_t first = entries.size();
  std::vector<std::string> families;
  for (const auto& op : ops.all()) {
    // A primed name is a derivative's, which no script can call.
    if (op->leaf || op->kind != kind || op->backward_of || op->name.ends_with('\'')) continue;
    if (std::ranges::find(families, op->family) == families.end()) families.push_back(op->family);
    entries.push_back(entry_of(*op));
  }
  const auto place = [&](const Entry& entry) {
    return std::ranges::find(families, entry.family) - families.begin();
  };
  std::stable_sort(entries.begin() + static_cast<std::ptrdiff_t>(first), entries.end(),
                   [&](const Entry& a, const Entry& b) { return place(a) < place(b); });
}

template <class Def>
void add_all(std::vector<Entry>& entries, const Named<Def>& records) {
  for (const Def& record : records.all()) entries.push_back(entry_of(record));
}

}  // namespace

std::optional<Entry> written_entry(const SourceFile& file, const ast::Statement& statement) {
  const auto entry = [&](const char* kind, const ast::Identifier& name, const std::string& list) {
    const auto begin = statement.span.begin;
    return Entry{kind,
                 "",
                 name.text,
                 name.text + "(" + list + ")",
                 comment_above(file, statement),
                 {},
                 file.text().substr(begin, statement.span.end - begin)};
  };
  if (const auto* def = statement.as<ast::Def>())
    return entry("function", def->name, list(def->parameters));
  if (const auto* layer = statement.as<ast::Layer>())
    return entry("layer", layer->name, list(layer->parameters));
  if (const auto* rule = statement.as<ast::Optimizer>()) {
    std::string parameters = list(rule->parameters);
    if (!rule->hyperparameters.empty()) parameters += "; " + list(rule->hyperparameters);
    return entry("optimizer", rule->name, parameters);
  }
  return std::nullopt;
}

std::vector<Entry> catalog(const Registry& registry) {
  std::vector<Entry> entries;
  add_ops(entries, registry.ops, EBB_KIND_OP);
  add_ops(entries, registry.ops, EBB_KIND_INITIALIZER);
  add_embedded(entries, "std/costs", "cost");
  add_embedded(entries, "std/penalties", "cost");
  add_embedded(entries, "std/metrics", "metric");
  add_all(entries, registry.metrics);
  add_embedded(entries, "std/schedules", "schedule", "schedule");
  add_ops(entries, registry.ops, EBB_KIND_SCHEDULE);
  const auto layers = static_cast<std::ptrdiff_t>(entries.size());
  add_embedded(entries, "std/layers", "function");
  std::stable_partition(entries.begin() + layers, entries.end(),
                        [](const Entry& entry) { return entry.kind == "layer"; });
  for (const LanguageFunction& f : language_functions())
    entries.push_back({"function", "", f.name, f.heading, f.doc, {}, ""});
  add_embedded(entries, "std/functions", "function");
  add_embedded(entries, "optimizers/", "optimizer");
  add_ops(entries, registry.ops, EBB_KIND_OPTIMIZER);
  add_all(entries, registry.minimizers);
  add_all(entries, registry.exporters);
  add_all(entries, registry.importers);
  for (const SourceDef& source : registry.sources.all()) entries.push_back(entry_of(source));
  for (const TrainKey& key : train_keys()) entries.push_back(entry_of(key));
  return entries;
}

Entry whole(const Entry& entry, const Registry& registry) {
  return entry.op ? whole_entry_of(*entry.op, registry) : entry;
}

std::string facts_text(const Entry& entry, std::size_t indent, std::size_t width) {
  std::string text;
  std::size_t longest = 0;
  for (const auto& [name, fact] : entry.facts) longest = std::max(longest, width_of(name));
  for (const auto& [name, fact] : entry.facts) {
    const std::size_t column = indent + longest + 2;
    text += std::string(indent, ' ') + padded(name, longest) +
            wrapped(fact, column, width).substr(column - 2);
  }
  return text;
}

std::string to_text(const Entry& entry) {
  constexpr std::size_t width = 80;
  std::string text = entry.heading + "    " + entry.kind +
                     (entry.kind == "op" ? ", " + entry.family : "") + "\n" +
                     wrapped(entry.doc, 2, width);
  if (!entry.facts.empty()) text += "\n" + facts_text(entry, 2, width);
  if (!entry.source.empty()) text += "\n" + entry.source + "\n";
  return text;
}

}  // namespace ebb
