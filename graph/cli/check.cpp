// ebb check
#include <array>
#include <cmath>
#include <iostream>

#include "graph/cli/check_gradients.hpp"
#include "graph/cli/checking.hpp"
#include "graph/cli/commands.hpp"
#include "graph/cli/diagnostic_json.hpp"
#include "graph/cli/fix.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/script.hpp"

namespace ebb {

namespace {

std::int64_t parameter_count(const Model& model) {
  std::int64_t count = 0;
  for (const Parameter& parameter : model.parameters)
    count += model.graph.type(parameter.value).shape.elements();
  return count;
}

// "real[784]"; whether it is per sample is clear from where it stands.
std::string type_text(const Model& model, Value value) {
  const Type& type = model.graph.type(value);
  return std::string(name(type.dtype)) + (type.shape.is_scalar() ? "" : to_string(type.shape));
}

// To three digits: more would claim too much.
std::int64_t rounded(double number) { return std::llround(std::stod(short_number(number, 3))); }

class Table {
 public:
  void add(const std::string& what, const std::string& name, const std::string& type,
           const std::string& more = "") {
    rows_.push_back({what, name, type, more});
  }
  // Nothing where there are no rows; else with an empty line after them.
  void print() const {
    if (rows_.empty()) return;
    std::array<std::size_t, 3> widths{};
    for (const auto& row : rows_)
      for (std::size_t i = 0; i < 3; ++i) widths[i] = std::max(widths[i], width_of(row[i]));
    for (const auto& row : rows_) {
      std::string line = "  ";
      for (std::size_t i = 0; i < 3; ++i) line += padded(row[i], widths[i]) + "  ";
      line += row[3];
      std::cout << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
    }
    std::cout << '\n';
  }

 private:
  std::vector<std::array<std::string, 4>> rows_;
};

void print_text(const Invocation& invocation, const Checked& checked) {
  const Model& model = *checked.model;
  const Graph& graph = model.graph;
  std::cout << invocation.subject << ": no errors\n\n";
  Table table;
  for (const ModelInput& input : model.inputs)
    table.add(input.target ? "target" : "input", input.name, type_text(model, input.value));
  for (const Parameter& parameter : model.parameters)
    table.add("parameter", parameter.name, type_text(model, parameter.value),
              with_commas(graph.type(parameter.value).shape.elements()));
  for (const NamedValue& output : model.outputs)
    table.add("output", output.name, type_text(model, output.value));
  for (const NamedValue& metric : model.metrics) table.add("metric", metric.name, "");
  for (const SampleMetric& metric : model.sample_metrics)
    table.add("metric", metric.name, "of all samples, by " + metric.def->name);
  for (const BlockState& block : checked.blocks)
    table.add("data", block.name,
              block.absent.empty() ? with_commas(block.samples) + " samples" : "not checked");
  table.print();
  const std::int64_t parameters = parameter_count(model);
  std::cout << with_commas(parameters) << (parameters == 1 ? " parameter" : " parameters");
  if (!model.optimizer_text.empty()) std::cout << ", trained by " << model.optimizer_text;
  std::cout << '\n';
  if (!checked.step) return;
  const bool data = !model.inputs.empty();
  std::cout << with_commas(rounded(checked.step->flops_per_sample))
            << (data ? " operations to train on a sample, " : " operations a step, ")
            << size_text(checked.step->bytes) << " of memory";
  if (data) std::cout << " for a mini-batch of " << with_commas(checked.minibatch);
  std::cout << '\n';
}

Json values_json(const Model& model, const std::string& name, Value value) {
  const Type& type = model.graph.type(value);
  return {{"name", name}, {"type", ebb::name(type.dtype)}, {"shape", type.shape.dims()}};
}

void print_json(const Checked& checked, const Diagnostics& found,
                const std::optional<ModelCheck>& gradients) {
  const Model& model = *checked.model;
  Json line{{"inputs", Json::array()},  {"targets", Json::array()}, {"parameters", Json::array()},
            {"outputs", Json::array()}, {"metrics", Json::array()}, {"data", Json::object()}};
  for (const ModelInput& input : model.inputs)
    line[input.target ? "targets" : "inputs"].push_back(
        values_json(model, input.name, input.value));
  for (const Parameter& parameter : model.parameters)
    line["parameters"].push_back(values_json(model, parameter.name, parameter.value));
  for (const NamedValue& output : model.outputs)
    line["outputs"].push_back(values_json(model, output.name, output.value));
  for (const NamedValue& metric : model.metrics) line["metrics"].push_back(metric.name);
  for (const SampleMetric& metric : model.sample_metrics) line["metrics"].push_back(metric.name);
  for (const BlockState& block : checked.blocks)
    line["data"][block.name] = block.absent.empty() ? Json(block.samples) : Json(nullptr);
  line["parameter_count"] = parameter_count(model);
  if (checked.step) {
    line["minibatch"] = checked.minibatch;
    line["flops_per_sample"] = checked.step->flops_per_sample;
    line["bytes"] = checked.step->bytes;
  }
  if (gradients) line["gradients"] = to_json(*gradients);
  line["diagnostics"] = to_json(found);
  print_line(line);
}

// Makes the fixes, and those of what shows once they are made, and prints them.
void fix(Invocation& invocation) {
  constexpr int rounds = 20;
  for (int round = 0; round < rounds; ++round) {
    Diagnostics found;
    check(invocation, found);
    const auto lines = apply_fixes(found, invocation.subject);
    if (lines.empty()) return;
    print(lines, invocation);
    invocation.script_texts.clear();
  }
}

// Throws ScriptErrors, whose objects are printed where a program reads.
void require_no_errors(const Invocation& invocation, const Diagnostics& found) {
  if (!found.has_errors()) {
    if (!invocation.quiet) found.render(std::cerr, invocation.terminal.color_err);
    return;
  }
  if (invocation.json)
    print_line({{"diagnostics", to_json(found)}, {"more_errors", found.not_kept()}});
  throw ScriptErrors(found);
}

int run_check(Invocation& invocation) {
  require_gradient_check(invocation);
  if (invocation.has("fix")) fix(invocation);
  Diagnostics found;
  const Checked checked = check(invocation, found);
  require_no_errors(invocation, found);
  for (const BlockState& block : checked.blocks)
    if (!block.absent.empty())
      invocation.note("data " + block.name + " is not checked: " + block.absent);
  std::optional<ModelCheck> gradients;
  if (invocation.has("gradients")) gradients = checked_gradients(invocation);
  if (invocation.json) {
    print_json(checked, found, gradients);
  } else {
    print_text(invocation, checked);
    if (gradients) print_text(*gradients);
  }
  if (gradients) require_passed(*gradients);
  return 0;
}

void add_check_options(boost::program_options::options_description& options) {
  options.add_options()("fix",
                        "write what certainly mends an error into the script, then check again");
  add_gradient_check(options);
  add_memory(options);
}

}  // namespace

const Command check_command = {
    "check",
    "is the script right? and what is in it?",
    "check SCRIPT [--fix] [--gradients] [flags]",
    "Reads the whole script, infers every shape and reports every problem. Where there is "
    "none: the inputs, parameters and outputs of the model, and what a training step "
    "takes. A data block whose files are not there is named and left unchecked. The code of an "
    "error, E0101, is explained by `ebb explain E0101`.\n\n"
    "With --fix what is certain, said behind `fix:`, is written into the script and into what it "
    "includes from its folder, and what was changed is shown.\n\n"
    "With --gradients every parameter's gradient is compared with central differences of the "
    "cost (of a large one 32 entries, drawn once and for all), and the first rule on the way from "
    "the cost that is wrong is named with its line. `training` is true. A check that proves "
    "nothing, for every derivative is zero, fails.",
    Takes::script,
    &add_check_options,
    &run_check};

}  // namespace ebb
