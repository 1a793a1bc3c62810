// Elaborating scripts in tests: all ops, and sources that need no files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graph/core/evaluate.hpp"
#include "graph/core/gradient.hpp"
#include "graph/script/elaborate.hpp"
#include "tests/support/registry.hpp"

namespace ebb::test {

inline const OpRegistry& ops() { return registry(); }

inline Array counting(DType dtype, std::vector<std::int64_t> dims) {
  Array array = Array::make(DType::f64, std::move(dims));
  for (std::int64_t i = 0; i < array.elements(); ++i) {
    array.data<double>()[i] = static_cast<double>(i % 10);
  }
  return convert(array, dtype);
}

// `idx` gives five images or labels, by the name of the file; `digits` as many as are asked for;
// `values` what stands in the script. Bytes count 0 to 9 over and over.
inline const Registry& with_fake_sources() {
  Named<SourceDef>& sources = everything().sources;
  if (!sources.all().empty()) return everything();
  const auto open_idx = [](const std::vector<SourceArgument>& arguments, const SourceContext&) {
    const auto path = std::get<std::string>(arguments[0]);
    if (path.starts_with("missing")) throw UserError("there is no file " + path);
    const bool images = path.find("idx3") != std::string::npos;
    const std::vector<std::int64_t> dims =
        images ? std::vector<std::int64_t>{5, 28, 28} : std::vector<std::int64_t>{5};
    return Samples{{{"", counting(DType::u8, dims)}}};
  };
  const auto open_digits = [](const std::vector<SourceArgument>& arguments, const SourceContext&) {
    const auto n = static_cast<std::int64_t>(std::get<double>(arguments[0]));
    return Samples{
        {{"image", counting(DType::u8, {n, 28, 28})}, {"label", counting(DType::u8, {n})}}};
  };
  const auto open_values = [](const std::vector<SourceArgument>& arguments, const SourceContext&) {
    return Samples{{{"", std::get<Array>(arguments[0])}}};
  };
  sources.add({"idx", "A file.", {{"path", "the file", std::nullopt}}, open_idx});
  sources.add({"digits",
               "Digits.",
               {{"count", "how many", std::nullopt}, {"seed", "which", SourceArgument(1.0)}},
               open_digits});
  sources.add({"values", "A list.", {{"samples", "the list", std::nullopt}}, open_values});
  return everything();
}

// A script that has been elaborated, with what was said about it.
struct Elaborated {
  std::unique_ptr<Model> model;
  std::string messages;

  Value value(const std::string& name) const { return model->names.at(name); }
  std::string type(const std::string& name) const {
    return to_string(model->graph.type(value(name)));
  }
  // A value in C order, the sample first, evaluated in double for this many samples. `leaves` are
  // the inputs' values, per sample and in C order.
  std::vector<double> numbers(
      const std::string& name, std::int64_t samples = 1,
      const std::vector<std::pair<std::string, std::vector<double>>>& leaves = {}) const {
    return numbers(value(name), samples, leaves);
  }
  std::vector<double> numbers(
      Value value, std::int64_t samples = 1,
      const std::vector<std::pair<std::string, std::vector<double>>>& leaves = {}) const {
    Evaluator evaluate(model->graph, Precision::f64, samples);
    for (const auto& [leaf, numbers] : leaves) {
      const Value at = model->names.at(leaf);
      evaluate.set(at, tensor(model->graph.type(at), samples, numbers));
    }
    for (const Parameter& parameter : model->parameters) {
      bool given = false;
      for (const auto& [leaf, numbers] : leaves) given = given || leaf == parameter.name;
      if (!given) evaluate.set(parameter.value, evaluate(parameter.init));
    }
    for (const State& state : model->states) evaluate.set(state.value, evaluate(state.init));
    for (const auto& [key, column] : model->columns) set_data(evaluate, key, column.array);
    const Array array = to_array(evaluate(value));
    std::vector<double> result;
    for (std::int64_t i = 0; i < array.elements(); ++i) result.push_back(array.at(i));
    return result;
  }

 private:
  static Tensor tensor(const Type& type, std::int64_t samples, const std::vector<double>& numbers) {
    std::vector<std::int64_t> dims(type.shape.dims().begin(), type.shape.dims().end());
    if (type.per_sample) dims.insert(dims.begin(), samples);
    Array array = Array::make(DType::f64, dims);
    if (static_cast<std::size_t>(array.elements()) != numbers.size()) {
      throw InternalError("a leaf needs " + std::to_string(array.elements()) + " numbers");
    }
    std::copy(numbers.begin(), numbers.end(), array.data<double>());
    return to_tensor(convert(array, concrete(type.dtype, Precision::f64)), [&] {
      Type wanted = type;
      wanted.dtype = concrete(type.dtype, Precision::f64);
      return wanted;
    }());
  }
  void set_data(Evaluator& evaluate, const std::string& key, const Array& array) const {
    for (NodeId id = 0; id < model->graph.size(); ++id) {
      const Node& node = model->graph.node(id);
      if (node.key == key) evaluate.set({id, 0}, to_tensor(array, node.outputs[0]));
    }
  }
};

inline Elaborated elaborate(const std::string& text, ElaborateOptions options = {},
                            const std::string& name = "test.ebb",
                            const std::filesystem::path& folder = {}) {
  Diagnostics diagnostics;
  Elaborated result;
  result.model = elaborate_text(name, text, folder, with_fake_sources(), options, diagnostics);
  result.messages = diagnostics.to_string();
  return result;
}

// What an elaboration says that must fail, and what the optimizer stage says, if the script gets
// that far; "" where nothing is wrong.
inline std::string messages_of(const std::string& text, const ElaborateOptions& options = {},
                               const std::string& name = "test.ebb",
                               const std::filesystem::path& folder = {}) {
  Elaborated result = elaborate(text, options, name, folder);
  if (!result.model || !result.model->optimizer || !result.model->cost) return result.messages;
  try {
    std::vector<Value> parameters;
    for (const Parameter& parameter : result.model->parameters) {
      parameters.push_back(parameter.value);
    }
    const auto found = gradients(result.model->graph, result.model->cost->value, parameters);
    result.model->optimizer(*result.model, found);
  } catch (const UserError& error) {
    result.messages += to_string(error.diagnostic());
  }
  return result.messages;
}

}  // namespace ebb::test
