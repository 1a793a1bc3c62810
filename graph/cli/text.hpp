// How results are printed for people.
#pragma once

#include <string>

#include "graph/core/array.hpp"
#include "graph/run/trainer.hpp"

namespace ebb {

// "cost 0.1523, accuracy 0.8991"
std::string summary(const Evaluation& evaluation);
// The array's elements in C order, as rows of the last dimension, each line after `indent` spaces;
// of a large one the first and the last, with "..." for the rest. A scalar is one number.
std::string to_text(const Array& array, std::size_t indent = 0);
// Whether to_text takes a single line.
bool is_one_line(const Array& array);
// "(100, 784)"
std::string dims_of(const Array& array);

}  // namespace ebb
