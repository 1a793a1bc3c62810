#include "graph/run/inference.hpp"

#include <algorithm>
#include <numeric>

#include "graph/core/gradient.hpp"
#include "graph/run/trainer.hpp"
#include "graph/run/training_graph.hpp"

namespace ebb {

namespace {

const DataBlock& block_of(const Model& model, const std::string& name) {
  const DataBlock* block = model.find_data(name);
  if (!block) throw UserError("the script has no `data " + name + "`");
  return *block;
}

std::int64_t count_samples(const Model& model, const InputSource& source) {
  if (!source.block.empty()) {
    const auto all = block_of(model, source.block).samples;
    const auto end = source.end < 0 ? all : source.end;
    if (source.begin < 0 || source.begin >= end || end > all)
      throw UserError("samples " + std::to_string(source.begin) + ".." + std::to_string(end) +
                          " are not in `data " + source.block + "`, which has " +
                          std::to_string(all),
                      {"they are numbered from 0, and the end of a range is not in it"});
    return end - source.begin;
  }
  std::int64_t samples = -1;
  std::string first;
  const auto counted = [](const std::string& name, std::int64_t n) {
    return name + " has " + std::to_string(n);
  };
  for (const auto& [name, array] : source.arrays) {
    const auto n = array.dims.empty() ? 1 : array.dims[0];
    if (samples >= 0 && n != samples)
      throw UserError("inputs differ in their number of samples: " +
                      counted(first, samples).append(", ").append(counted(name, n)));
    samples = n;
    first = name;
  }
  if (samples == 0) throw UserError("input " + first + " has no samples");
  return std::max<std::int64_t>(samples, 1);
}

// The array as samples of the input's type.
Tensor samples_of(const Array& array, const Type& type, std::int64_t samples,
                  const std::string& name) {
  Array shaped = array;
  if (shaped.dims.empty()) shaped.dims = {1};
  if (shaped.elements() != samples * type.shape.elements()) {
    std::string dims;
    for (const auto dim : array.dims) dims += (dims.empty() ? "" : ", ") + std::to_string(dim);
    throw UserError("input " + name + " is (" + dims + "), but the script's " + name + " is " +
                        to_string(type.shape),
                    {"the first dimension is the sample"});
  }
  return to_tensor(shaped, type);
}

void check_names(const Model& model, const InputSource& source) {
  for (const auto& [name, array] : source.arrays)
    if (std::ranges::find(model.inputs, name, &ModelInput::name) == model.inputs.end()) {
      std::vector<std::string> names;
      for (const ModelInput& input : model.inputs) names.push_back(input.name);
      const auto near = nearest(name, names);
      throw UserError("the script has no input " + name,
                      near.empty() ? std::vector<std::string>{}
                                   : std::vector<std::string>{"did you mean " + near + "?"});
    }
}

// Rewriting comes before differentiation, as in training, unless a value within the graph is asked
// for: the rewritten objective may no longer depend on it.
std::vector<Value> objective_and_gradients(Model& model, const std::vector<Value>& values) {
  Value objective = objective_of(model);
  const auto is_leaf = [&](Value value) { return model.graph.node(value).op->leaf; };
  if (std::ranges::all_of(values, is_leaf)) objective = simplifier_of(model, false)(objective);
  std::vector<Value> wanted{objective};
  for (const Value g : gradients(model.graph, objective, values)) wanted.push_back(g);
  return wanted;
}

std::vector<Value> named_values(const Model& model, const std::vector<std::string>& names) {
  std::vector<Value> values;
  for (const auto& name : names) values.push_back(named_value(model, name));
  return values;
}

}  // namespace

Inference::Inference(Model& model, const std::vector<Value>& values, const InputSource& source,
                     Store& store, Precision precision, bool often)
    : model_(model), max_samples_(count_samples(model, source)) {
  check_names(model, source);
  Simplifier simplify = simplifier_of(model);
  if (!source.block.empty())
    for (const NamedValue& binding : block_of(model, source.block).bindings) {
      const auto input = std::ranges::find(model.inputs, binding.name, &ModelInput::name);
      if (!source.arrays.contains(binding.name)) simplify.substitute(input->value, binding.value);
    }
  values_ = simplify(values);
  PlanRequest request;
  request.parts_in_place = std::ranges::find(model.without, parts_in_place) == model.without.end();
  request.fetches = values_;
  request.precision = precision;
  request.max_samples = max_samples_;
  request.packs_weights = often;
  executor_ = std::make_unique<Executor>(make_plan(model.graph, request), store);
}

bool Inference::fits(const InputSource& source) const {
  return count_samples(model_, source) <= max_samples_;
}

void Inference::feed(const InputSource& source, std::int64_t samples) {
  for (const ModelInput& input : model_.inputs) {
    const ebb_tensor* leaf = executor_->leaf(model_.graph.node(input.value).key);
    if (!leaf) continue;
    const auto found = source.arrays.find(input.name);
    if (found == source.arrays.end())
      throw UserError(
          "input " + input.name + " is needed",
          {source.hint.empty()
               ? "--input " + input.name + "=FILE.npy, or --on BLOCK for samples of a data block"
               : source.hint});
    const Type type = from_c(leaf->type);
    const Tensor tensor =
        samples_of(found->second, model_.graph.type(input.value), samples, input.name)
            .converted(type.dtype);
    std::copy_n(tensor.bytes(), tensor.size_bytes(), static_cast<std::byte*>(leaf->data));
  }
}

void Inference::run(const InputSource& source) {
  const std::int64_t samples = count_samples(model_, source);
  feed(source, samples);
  if (!source.block.empty()) {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(samples));
    std::iota(indices.begin(), indices.end(), source.begin);
    feed_ = std::make_unique<Feed>(model_.columns, *executor_);
    feed_->gather(indices);
  }
  executor_->run(samples);
}

Array Inference::operator[](std::size_t i) const {
  return to_array(executor_->fetch_tensor(values_[i]));
}

Inference inference_of_gradients(Model& model, const std::vector<std::string>& wrt,
                                 const InputSource& source, Store& store, Precision precision,
                                 bool often) {
  return {model, objective_and_gradients(model, named_values(model, wrt)), source, store, precision,
          often};
}

Value named_value(const Model& model, const std::string& name) {
  const auto found = model.names.find(name);
  if (found != model.names.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, value] : model.names) names.push_back(known);
  throw UserError("the script has no value `" + name + "`", did_you_mean(name, names));
}

std::vector<std::pair<std::string, Array>> fetch(Model& model,
                                                 const std::vector<std::string>& names,
                                                 const InputSource& source, Store& store,
                                                 Precision precision) {
  Inference inference(model, named_values(model, names), source, store, precision);
  inference.run(source);
  std::vector<std::pair<std::string, Array>> results;
  for (std::size_t i = 0; i < names.size(); ++i) results.emplace_back(names[i], inference[i]);
  return results;
}

std::vector<std::pair<std::string, Array>> gradients_of(Model& model,
                                                        const std::vector<std::string>& wrt,
                                                        const InputSource& source, Store& store,
                                                        Precision precision) {
  std::vector<std::string> names = wrt;
  if (names.empty())
    for (const Parameter& parameter : model.parameters) names.push_back(parameter.name);
  Inference inference = inference_of_gradients(model, names, source, store, precision);
  inference.run(source);
  std::vector<std::pair<std::string, Array>> results{{"cost", inference[0]}};
  for (std::size_t i = 0; i < names.size(); ++i) results.emplace_back(names[i], inference[i + 1]);
  return results;
}

}  // namespace ebb
