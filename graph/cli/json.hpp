// What `--json` prints: one object per line.
#pragma once

#include <nlohmann/json.hpp>

#include "graph/core/array.hpp"
#include "graph/run/trainer.hpp"

namespace ebb {

using Json = nlohmann::ordered_json;

// The numbers in nested lists, dimension by dimension; a scalar is a number. An infinity or a NaN,
// which JSON has not, is null.
Json to_json(const Array& array);
// {"cost": ..., "accuracy": ...}: metrics under their own names.
Json to_json(const Evaluation& evaluation);
// As a line of its own.
std::string one_line(const Json& object);
// Prints that.
void print_line(const Json& object);

}  // namespace ebb
