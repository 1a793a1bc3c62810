#include "graph/cli/catalog.hpp"

#include <algorithm>
#include <cmath>

#include "graph/cli/terminal.hpp"
#include "graph/core/embedded.hpp"
#include "graph/script/parser.hpp"

namespace ebb {

namespace {

const char* dtype_name(std::int32_t dtype) {
  if (dtype == EBB_I64) return "int";
  if (dtype == EBB_BOOL) return "bool";
  return dtype == EBB_ANY ? "any" : "real";
}

// "from 0 to 1", "above 0", "" where there is no bound.
std::string bounds(double lower, bool lower_excluded, double upper, bool upper_excluded) {
  const std::string low = short_number(lower, 12), high = short_number(upper, 12);
  if (std::isinf(lower) && std::isinf(upper)) return "";
  if (std::isinf(upper)) return (lower_excluded ? "above " : "at least ") + low;
  if (std::isinf(lower)) return (upper_excluded ? "below " : "at most ") + high;
  if (lower_excluded || upper_excluded)
    return std::string("in ") + (lower_excluded ? "(" : "[") + low + ", " + high +
           (upper_excluded ? ")" : "]");
  return "from " + low + " to " + high;
}

std::string with_bounds(const std::string& text, const std::string& bounds) {
  return bounds.empty() ? text : text + ", " + bounds;
}

// What the host sets, not the script: a random op's stream, an initial value's shape.
bool set_by_host(const OpDef& op, const AttrDef& attr) {
  const bool initializer = op.kind == EBB_KIND_INITIALIZER;
  return (attr.name == "key" && (initializer || op.claims_(EBB_RANDOM))) ||
         (attr.name == "shape" && initializer);
}

std::string signature(const OpDef& op) {
  std::string text;
  const auto add = [&](const std::string& argument) {
    text += (text.empty() ? "" : ", ") + argument;
  };
  for (const InputDef& input : op.inputs) add(input.name + (input.variadic ? ", ..." : ""));
  for (const AttrDef& attr : op.attrs)
    if (!set_by_host(op, attr))
      add(attr.name + (attr.fallback ? " = " + to_string(*attr.fallback) : ""));
  return op.name + "(" + text + ")";
}

std::string gradient_fact(const OpDef& op) {
  if (op.claims_(EBB_ZERO_GRADIENT)) return "zero everywhere: the op is piecewise constant";
  if (op.claims_(EBB_GRADIENT_BY_DEFINITION)) return "by definition: " + op.reason;
  std::string with;
  for (std::size_t i = 0; i < op.inputs.size(); ++i)
    if (op.is_differentiable_in(i)) with += (with.empty() ? "" : ", ") + op.inputs[i].name;
  if (with.empty()) return "none";
  return "with respect to " + with + (op.claims_(EBB_FIRST_ORDER) ? ", of first order only" : "");
}

Entry entry_of(const OpDef& op) {
  const bool initializer = op.kind == EBB_KIND_INITIALIZER;
  Entry entry{
      initializer ? "initializer" : "op", op.family, op.name, signature(op), op.doc, {}, ""};
  const auto add = [&](const std::string& name, const std::string& text) {
    if (!text.empty()) entry.facts.emplace_back(name, text);
  };
  for (const InputDef& input : op.inputs) {
    const Domain& domain = input.domain;
    add(input.name,
        with_bounds(dtype_name(input.dtype), bounds(domain.lower, domain.lower_excluded,
                                                    domain.upper, domain.upper_excluded)));
  }
  for (const AttrDef& attr : op.attrs)
    if (!set_by_host(op, attr))
      add(attr.name, with_bounds(attr.doc, bounds(attr.lower, attr.lower_excluded, attr.upper,
                                                  attr.upper_excluded)));
  add("operator", op.operator_text);
  if (op.range != "(-inf, inf)") add("range", op.range);
  if (!initializer) add("gradient", gradient_fact(op));
  add("derivative", op.derivative);
  add("notation", initializer ? "" : op.notation);
  if (!op.example.empty()) add("example", op.example + " gives " + op.example_result);
  add("from", op.plugin);
  return entry;
}

std::string_view without_sign(std::string_view comment) {
  comment.remove_prefix(1);
  return comment.starts_with(' ') ? comment.substr(1) : comment;
}

// The comment right above a statement; where there is none, the one that the file begins with.
std::string comment_of(const SourceFile& file, const ast::Statement& statement) {
  const std::uint32_t end = file.position(statement.span.begin).line;
  std::uint32_t begin = end;
  while (begin > 1 && file.line(begin - 1).starts_with('#')) --begin;
  if (begin == end) begin = 1;
  std::string text;
  for (std::uint32_t line = begin; line < end && file.line(line).starts_with('#'); ++line)
    text += (text.empty() ? "" : " ") + std::string(without_sign(file.line(line)));
  return text;
}

std::string list(const std::vector<ast::Parameter>& parameters) {
  std::string text;
  for (const ast::Parameter& parameter : parameters) {
    text += (text.empty() ? "" : ", ") + parameter.name.text;
    if (parameter.value) text += " = " + to_source(*parameter.value);
  }
  return text;
}

Entry entry_of(const ast::Def& def, const char* kind) {
  return {kind, "", def.name.text, def.name.text + "(" + list(def.parameters) + ")", "", {}, ""};
}

Entry entry_of(const ast::Layer& layer, const char* kind) {
  return {kind, "", layer.name.text, layer.name.text + "(" + list(layer.parameters) + ")", "",
          {},   ""};
}

Entry entry_of(const ast::Optimizer& rule, const char* kind) {
  std::string parameters = list(rule.parameters);
  if (!rule.hyperparameters.empty()) parameters += "; " + list(rule.hyperparameters);
  return {kind, "", rule.name.text, rule.name.text + "(" + parameters + ")", "", {}, ""};
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
      const auto* def = statement.as<ast::Def>();
      const auto* rule = statement.as<ast::Optimizer>();
      const auto* layer = statement.as<ast::Layer>();
      if (!def && !rule && !layer) continue;
      Entry entry = def    ? entry_of(*def, kind)
                    : rule ? entry_of(*rule, kind)
                           : entry_of(*layer, layer_kind);
      entry.doc = comment_of(*file, statement);
      entry.source =
          embedded.text.substr(statement.span.begin, statement.span.end - statement.span.begin);
      entries.push_back(std::move(entry));
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
    if (op->leaf || op->kind != kind || op->name.ends_with('\'')) continue;
    if (std::ranges::find(families, op->family) == families.end()) families.push_back(op->family);
    entries.push_back(entry_of(*op));
  }
  const auto place = [&](const Entry& entry) {
    return std::ranges::find(families, entry.family) - families.begin();
  };
  std::stable_sort(entries.begin() + static_cast<std::ptrdiff_t>(first), entries.end(),
                   [&](const Entry& a, const Entry& b) { return place(a) < place(b); });
}

}  // namespace

std::vector<Entry> catalog(const OpRegistry& ops, const SourceRegistry& sources) {
  std::vector<Entry> entries;
  add_ops(entries, ops, EBB_KIND_OP);
  add_ops(entries, ops, EBB_KIND_INITIALIZER);
  add_embedded(entries, "std/costs", "cost");
  add_embedded(entries, "std/penalties", "cost");
  add_embedded(entries, "std/metrics", "metric");
  add_embedded(entries, "std/schedules", "schedule", "schedule");
  const auto layers = static_cast<std::ptrdiff_t>(entries.size());
  add_embedded(entries, "std/layers", "function");
  std::stable_partition(entries.begin() + layers, entries.end(),
                        [](const Entry& entry) { return entry.kind == "layer"; });
  add_embedded(entries, "optimizers/", "optimizer");
  for (const SourceDef& source : sources.all()) entries.push_back(entry_of(source));
  for (const TrainKey& key : train_keys()) entries.push_back(entry_of(key));
  return entries;
}

std::string to_text(const Entry& entry) {
  constexpr std::size_t width = 80;
  std::string text = entry.heading + "    " + entry.kind +
                     (entry.kind == "op" ? ", " + entry.family : "") + "\n" +
                     wrapped(entry.doc, 2, width);
  std::size_t longest = 0;
  for (const auto& [name, fact] : entry.facts) longest = std::max(longest, width_of(name));
  if (!entry.facts.empty()) text += '\n';
  for (const auto& [name, fact] : entry.facts)
    text += "  " + padded(name, longest) + wrapped(fact, longest + 4, width).substr(longest + 2);
  if (!entry.source.empty()) text += "\n" + entry.source + "\n";
  return text;
}

}  // namespace ebb
