// Printing values as mathematics, by the notation of each op's record.
#pragma once

#include <functional>
#include <string>

#include "graph/core/graph.hpp"

namespace ebb {

// How a value is called where an expression ends; "" to go on into its arguments.
using NameOf = std::function<std::string(Value)>;

enum class Markup { text, latex };

// The value as a formula: "(a - y) ⊙ σ′(z)". Arguments are printed until `name_of` gives a name;
// `value` itself is printed as an expression even if it has one.
std::string formula(const Graph& graph, Value value, const NameOf& name_of,
                    Markup markup = Markup::text);

// Whether the value is its argument in another shape, element type or width, which formulas do not
// show.
bool changes_storage_only(const Graph& graph, Value value);

// A number as formulas and examples show it: at most 7 significant digits, the shortest form.
std::string number_text(double number);

// A name in mathematical letters: eta is η, beta1 is β₁; others stay.
std::string symbol(const std::string& name);

// The elements in C order: "0.5", "[1, 2]", "[[1, 2], [3, 4]]", booleans as true and false. Of a
// per-sample tensor, one sample.
std::string values_text(const Tensor& tensor, std::int64_t sample = 0);

}  // namespace ebb
