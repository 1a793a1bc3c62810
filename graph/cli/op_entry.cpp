#include "graph/cli/op_entry.hpp"

#include <cmath>

#include "graph/cli/op_formulas.hpp"
#include "graph/cli/terminal.hpp"

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

std::string kind_text(std::int32_t kind) {
  static constexpr const char* names[] = {"whole number",  "number",  "true or false", "text",
                                          "whole numbers", "numbers", "texts"};
  return names[kind];
}

std::string input_fact(const InputDef& input) {
  const Domain& d = input.domain;
  const std::string type = input.dtype == EBB_ANY ? "of any type" : dtype_name(input.dtype);
  return with_bounds((input.variadic ? "one or more values, " : "") + type,
                     bounds(d.lower, d.lower_excluded, d.upper, d.upper_excluded));
}

std::string attribute_fact(const AttrDef& attr) {
  return with_bounds(kind_text(attr.kind),
                     bounds(attr.lower, attr.lower_excluded, attr.upper, attr.upper_excluded)) +
         ": " + attr.doc;
}

// What the record says of the gradient beyond its formula.
std::string gradient_fact(const OpDef& op) {
  if (op.claims_(EBB_ZERO_GRADIENT)) return "zero everywhere: the op is piecewise constant";
  if (op.claims_(EBB_GRADIENT_BY_DEFINITION)) return "by definition: " + op.reason;
  if (op.claims_(EBB_FIRST_ORDER)) return "of first order only";
  for (std::size_t i = 0; i < op.inputs.size(); ++i)
    if (op.is_differentiable_in(i)) return "";
  return "none";
}

std::string claims_fact(const OpDef& op) {
  std::string text;
  const auto add = [&](std::int32_t claim, const char* words) {
    if (op.claims_(claim)) text.append(text.empty() ? "" : "; ").append(words);
  };
  add(EBB_COMMUTATIVE, "commutative");
  add(EBB_RANDOM, "random, numbered by seed, node, epoch, sample and element");
  add(EBB_TRAINING, "the identity outside training");
  add(EBB_ACROSS_SAMPLES, "couples the samples of a mini-batch");
  return text;
}

std::string setting_fact(const InputDef& setting) {
  const Domain& d = setting.domain;
  return with_bounds("number or schedule",
                     bounds(d.lower, d.lower_excluded, d.upper, d.upper_excluded)) +
         ": " + setting.doc;
}

// An optimizer or a schedule, whole.
Entry rule_entry_of(const OpDef& op) {
  const bool optimizer = op.kind == EBB_KIND_OPTIMIZER;
  std::string settings;
  for (const InputDef& setting : op.settings())
    settings += (settings.empty() ? "" : ", ") + setting.name +
                (setting.fallback ? " = " + short_number(*setting.fallback, 12) : "");
  for (const AttrDef& attr : op.attrs)
    settings += (settings.empty() ? "" : ", ") + attr.name +
                (attr.fallback ? " = " + to_string(*attr.fallback) : "");
  if (optimizer) settings = settings.empty() ? "w, g" : "w, g; " + settings;
  Entry entry{optimizer ? "optimizer" : "schedule",
              "",
              op.name,
              op.name + "(" + settings + ")",
              op.doc,
              {},
              ""};
  for (const InputDef& setting : op.settings())
    entry.facts.emplace_back(setting.name, setting_fact(setting));
  for (const AttrDef& attr : op.attrs) entry.facts.emplace_back(attr.name, attribute_fact(attr));
  for (const StateDef& state : op.states)
    entry.facts.emplace_back("state " + state.name,
                             state.doc + ", at first " + short_number(state.initial, 12));
  entry.facts.emplace_back("from", op.plugin);
  return entry;
}

void add_fact(Entry& entry, const std::string& name, const std::string& text) {
  if (!text.empty()) entry.facts.emplace_back(name, text);
}

void add_formulas(Entry& entry, const OpFormulas& formulas) {
  for (std::size_t i = 0; i < formulas.lines.size(); ++i) {
    const auto& [left, right, latex] = formulas.lines[i];
    if (i == 0) add_fact(entry, "formula", std::string(left).append(" = ").append(right));
    if (i > 0) add_fact(entry, left, right);
    entry.latex.push_back(latex);
  }
}

// What is given by name to an extension: its attributes.
std::string named_list(const std::vector<AttrDef>& attrs, std::string list) {
  for (const AttrDef& attr : attrs)
    list += (list.empty() ? "" : ", ") + attr.name +
            (attr.fallback ? " = " + to_string(*attr.fallback) : "");
  return list;
}

template <class Def>
Entry extension_entry(const char* kind, const Def& def, const std::string& inputs) {
  Entry entry{kind,    "", def.name, def.name + "(" + named_list(def.attrs, inputs) + ")",
              def.doc, {}, ""};
  for (const AttrDef& attr : def.attrs) add_fact(entry, attr.name, attribute_fact(attr));
  return entry;
}

}  // namespace

Entry entry_of(const MinimizerDef& minimizer) {
  const bool residuals = (minimizer.c.needs & EBB_NEEDS_RESIDUALS) != 0;
  Entry entry = extension_entry("optimizer", minimizer, residuals ? "residual" : "");
  add_fact(entry, "minimises", "the whole problem at once, all samples in one mini-batch");
  add_fact(entry, "from", minimizer.plugin);
  return entry;
}

Entry entry_of(const MetricDef& metric) {
  std::string inputs;
  for (const InputDef& input : metric.inputs) inputs += (inputs.empty() ? "" : ", ") + input.name;
  Entry entry = extension_entry("metric", metric, inputs);
  add_fact(entry, "measures", "all samples of a data block");
  add_fact(entry, "from", metric.plugin);
  return entry;
}

Entry entry_of(const ExporterDef& exporter) {
  Entry entry = extension_entry("exporter", exporter, "");
  add_fact(entry, "files", exporter.extension);
  add_fact(entry, "from", exporter.plugin);
  return entry;
}

Entry entry_of(const ImporterDef& importer) {
  Entry entry = extension_entry("importer", importer, "");
  add_fact(entry, "files", importer.extension);
  add_fact(entry, "from", importer.plugin);
  return entry;
}

Entry entry_of(const OpDef& op) {
  if (op.kind >= EBB_KIND_OPTIMIZER) return rule_entry_of(op);
  const bool initializer = op.kind == EBB_KIND_INITIALIZER;
  Entry entry{
      initializer ? "initializer" : "op", op.family, op.name, signature(op), op.doc, {}, ""};
  entry.op = &op;
  return entry;
}

Entry whole_entry_of(const OpDef& op, const Registry& registry) {
  Entry entry = entry_of(op);
  const OpFormulas formulas = formulas_of(op, registry);
  for (const InputDef& input : op.inputs) add_fact(entry, input.name, input_fact(input));
  for (const AttrDef& attr : op.attrs)
    if (!set_by_host(op, attr)) add_fact(entry, attr.name, attribute_fact(attr));
  add_fact(entry, "shapes", formulas.shapes);
  add_fact(entry, "operator", op.operator_text);
  add_fact(entry, "range", op.range);
  add_formulas(entry, formulas);
  if (entry.kind == "op") add_fact(entry, "gradient", gradient_fact(op));
  if (!op.derivative.empty())
    add_fact(entry, "derivative", op.derivative + ": " + registry.ops.get(op.derivative).doc);
  add_fact(entry, "claims", claims_fact(op));
  if (!op.example.empty()) add_fact(entry, "example", op.example + " gives " + op.example_result);
  add_fact(entry, "from", op.plugin);
  return entry;
}

}  // namespace ebb
