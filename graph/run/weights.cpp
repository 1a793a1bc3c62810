#include "graph/run/weights.hpp"

#include <algorithm>
#include <set>

#include "graph/core/diagnostic.hpp"
#include "graph/core/evaluate.hpp"

namespace ebb {

namespace {

// Names and types of what a weights file of this model holds.
std::vector<std::pair<std::string, Type>> stored_values(const Model& model) {
  std::vector<std::pair<std::string, Type>> values;
  for (const Parameter& p : model.parameters)
    values.emplace_back(p.name, model.graph.type(p.value));
  for (const State& s : model.states) values.emplace_back(s.name, model.graph.type(s.value));
  return values;
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < 5; ++i) text += (i ? ", " : "") + names[i];
  return names.size() > 5 ? text + " and " + std::to_string(names.size() - 5) + " more" : text;
}

std::string shape_text(const std::vector<std::int64_t>& dims) {
  return dims.size() > Shape::max_rank ? "of too many dimensions"
                                       : to_string(Shape(std::span(dims)));
}

void refuse(const std::string& file, const LoadReport& report) {
  std::string text;
  const auto add = [&](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) text += (text.empty() ? "" : "; ") + std::string(what) + join(names);
  };
  add("it lacks ", report.missing);
  add("it has what the script does not: ", report.extra);
  add("shapes differ: ", report.misshapen);
  if (!text.empty())
    throw UserError(file + " does not fit the script: " + text,
                    {"`--partial` loads what fits and leaves the rest as it is"});
}

}  // namespace

void initialize(const Graph& graph, const std::vector<State>& states, Store& store,
                Precision precision) {
  // Each by an evaluator of its own: one for all would keep what it knows until the end.
  for (const State& state : states)
    assign(store.get(state.name, graph.type(state.value), precision), Evaluator(graph)(state.init));
}

void initialize(const Model& model, Store& store, Precision precision) {
  for (const Parameter& parameter : model.parameters)
    assign(store.get(parameter.name, model.graph.type(parameter.value), precision),
           Evaluator(model.graph)(parameter.init));
  initialize(model.graph, model.states, store, precision);
}

TensorFile weights_file(const Model& model, const std::vector<State>& states, const Store& store,
                        const std::map<std::string, std::string>& metadata) {
  TensorFile file;
  file.metadata = metadata;
  const auto add = [&](const std::string& name) {
    const auto found = store.all().find(name);
    ensure(found != store.all().end(), "every parameter and state is in the store");
    file.tensors.emplace_back(name, to_array(found->second));
  };
  for (const auto& [name, type] : stored_values(model)) add(name);
  for (const State& state : states) add(state.name);
  return file;
}

void save_weights(const std::filesystem::path& path, const Model& model,
                  const std::vector<State>& states, const Store& store,
                  const std::map<std::string, std::string>& metadata) {
  write_safetensors(path, weights_file(model, states, store, metadata));
}

LoadReport load_weights(const std::filesystem::path& path, const Model& model, Store& store,
                        Precision precision, bool partial) {
  return load_weights(read_safetensors(path), path.string(), model, store, precision, partial);
}

LoadReport load_weights(const TensorFile& file, const std::string& file_name, const Model& model,
                        Store& store, Precision precision, bool partial) {
  const auto wanted = stored_values(model);
  LoadReport report;
  std::vector<std::pair<Tensor*, const Array*>> found;
  std::set<std::string> names;
  for (const auto& [name, type] : wanted) {
    names.insert(name);
    const auto it = std::ranges::find(file.tensors, name,
                                      [](const auto& t) -> const std::string& { return t.first; });
    if (it == file.tensors.end()) {
      report.missing.push_back(name);
    } else if (!std::ranges::equal(it->second.dims, type.shape.dims())) {
      report.misshapen.push_back(name + " is " + shape_text(it->second.dims) + " there, " +
                                 to_string(type.shape) + " in the script");
    } else {
      found.emplace_back(&store.get(name, type, precision), &it->second);
    }
  }
  for (const auto& [name, array] : file.tensors) {
    // The states of update rules ("a[0].w/v") belong to a run, not to the model.
    const bool rule_state = name.find('/') != std::string::npos;
    if (!names.contains(name) && !rule_state) report.extra.push_back(name);
  }
  if (!partial) refuse(file_name, report);
  for (const auto& [target, array] : found) assign(*target, *array);
  return report;
}

}  // namespace ebb
