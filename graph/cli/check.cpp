// ebb check
#include <algorithm>
#include <cmath>
#include <iostream>

#include "graph/cli/check_gradients.hpp"
#include "graph/cli/commands.hpp"
#include "graph/cli/cost_of_plan.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/script.hpp"
#include "graph/run/trainer.hpp"

namespace ebb {

namespace {

struct BlockState {
  std::string name;
  std::int64_t samples = 0;
  std::string absent;  // why it could not be checked: a file that is not there
};

struct Checked {
  const Model* model = nullptr;
  std::vector<BlockState> blocks;
  std::optional<PlanCost> step;  // where the script says how to train
  std::int64_t minibatch = 1;
};

bool is_absent_file(const Diagnostic& diagnostic) {
  return diagnostic.message.ends_with("no such file");
}

// Adds what is new in `more`; a script that is elaborated twice complains twice.
void merge(const Diagnostics& more, Diagnostics& all, std::set<std::string>& seen) {
  for (const Diagnostic& diagnostic : more.all())
    if (seen.insert(to_string(diagnostic)).second) all.add(diagnostic);
}

// The samples of a training step: 1 of a script without inputs, or where the whole block is meant
// and its files are absent.
std::int64_t minibatch_of(const Model& model, const std::vector<BlockState>& blocks) {
  const TrainSettings& settings = model.train;
  if (model.inputs.empty()) return 1;
  if (settings.minibatch > 0) return settings.minibatch;
  if (settings.batch > 0) return settings.batch;
  const auto train = std::ranges::find(blocks, "train", &BlockState::name);
  return train == blocks.end() ? 1 : std::max<std::int64_t>(1, train->samples);
}

class Checker {
 public:
  explicit Checker(Invocation& invocation) : invocation_(invocation) {}

  Checked operator()() {
    Checked checked;
    checked.model = elaborate_with(false, {});
    Model* training = elaborate_with(true, {});
    for (const std::string& block : outline_of(invocation_).blocks)
      checked.blocks.push_back(check_block(block));
    if (training && training->cost && training->optimizer) {
      try {
        checked.minibatch = minibatch_of(*training, checked.blocks);
        checked.step = cost_of(plan_of(*training, checked.minibatch));
      } catch (const UserError& error) {
        all_.add(error.diagnostic());
      }
    }
    if (all_.has_errors()) throw ScriptErrors(std::move(all_));
    if (!invocation_.quiet) all_.render(std::cerr, invocation_.terminal.color_err);
    return checked;
  }

 private:
  Model* elaborate_with(bool training, const std::vector<std::string>& blocks) {
    Diagnostics& found = invocation_.findings.emplace_back();
    Model* model = elaborate(invocation_, training, blocks, found);
    merge(found, all_, seen_);
    return model;
  }

  BlockState check_block(const std::string& name) {
    Diagnostics& found = invocation_.findings.emplace_back();
    const Model* model = elaborate(invocation_, name == "train", {name}, found);
    const auto absent = std::ranges::find_if(found.all(), is_absent_file);
    if (absent != found.all().end()) return {name, 0, absent->message};
    merge(found, all_, seen_);
    const DataBlock* block = model ? model->find_data(name) : nullptr;
    return {name, block ? block->samples : 0, {}};
  }

  Plan plan_of(Model& model, std::int64_t minibatch) const {
    const Precision precision = invocation_.precision();
    const MemoryLimit limit{model.memory, precision, minibatch};
    return ebb::plan_of(model, make_training_graph(model, nullptr, limit), precision, minibatch);
  }

  Invocation& invocation_;
  Diagnostics all_;
  std::set<std::string> seen_;
};

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
  std::cout << with_commas(parameter_count(model)) << " parameters";
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
  Json shape = Json::array();
  for (const auto dim : type.shape.dims()) shape.push_back(dim);
  return {{"name", name}, {"type", ebb::name(type.dtype)}, {"shape", shape}};
}

void print_json(const Checked& checked, const std::optional<ModelCheck>& gradients) {
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
  print_line(line);
}

int run(Invocation& invocation) {
  require_gradient_check(invocation);
  const Checked checked = Checker(invocation)();
  for (const BlockState& block : checked.blocks)
    if (!block.absent.empty())
      invocation.note("data " + block.name + " is not checked: " + block.absent);
  std::optional<ModelCheck> gradients;
  if (invocation.has("gradients")) gradients = checked_gradients(invocation);
  if (invocation.json) {
    print_json(checked, gradients);
  } else {
    print_text(invocation, checked);
    if (gradients) print_text(*gradients);
  }
  if (gradients) require_passed(*gradients);
  return 0;
}

void add_options(boost::program_options::options_description& options) {
  add_gradient_check(options);
  add_memory(options);
}

}  // namespace

const Command check_command = {
    "check",
    "is the script right? and what is in it?",
    "check SCRIPT [--gradients] [flags]",
    "Reads the whole script, infers every shape and reports every problem. Where there is "
    "none: the inputs, parameters and outputs of the model, and what a training step "
    "takes. A data block whose files are not there is named and left unchecked.\n\n"
    "With --gradients every parameter's gradient is compared with central differences of the "
    "cost (of a large one 32 entries, drawn once and for all), and the first rule on the way from "
    "the cost that is wrong is named with its line. `training` is true. A check that proves "
    "nothing, for every derivative is zero, fails.",
    Takes::script,
    &add_options,
    &run};

}  // namespace ebb
