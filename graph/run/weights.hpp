// Parameters and states: first values, and weights in safetensors files.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "graph/run/data/safetensors.hpp"
#include "graph/run/executor.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// Gives the parameters and the states of layers their first values, evaluated in double.
void initialize(const Model& model, Store& store, Precision precision);
// The same for the states of update rules.
void initialize(const Graph& graph, const std::vector<State>& states, Store& store,
                Precision precision);

// Copies of the model's parameters and layer states, then of `states` (of update rules), in C order
// under their names, with `metadata`.
TensorFile weights_file(const Model& model, const std::vector<State>& states, const Store& store,
                        const std::map<std::string, std::string>& metadata);
// Writes them. Atomic: the former file stays until the new one is whole.
void save_weights(const std::filesystem::path& path, const Model& model,
                  const std::vector<State>& states, const Store& store,
                  const std::map<std::string, std::string>& metadata);

// What `load_weights` did not find or had no place for.
struct LoadReport {
  std::vector<std::string> missing, extra, misshapen;
};

// Reads parameters and layer states by name and shape, converting element types. Missing and
// misshapen ones, and extra ones that are not states of a rule ("a[0].w/v"), are an error unless
// `partial`. Throws UserError.
LoadReport load_weights(const std::filesystem::path& path, const Model& model, Store& store,
                        Precision precision, bool partial);
// The same from tensors in memory, which messages call `file_name`.
LoadReport load_weights(const TensorFile& file, const std::string& file_name, const Model& model,
                        Store& store, Precision precision, bool partial);

}  // namespace ebb
