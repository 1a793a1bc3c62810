// The functions of the language that are no ops.
#pragma once

#include <vector>

#include "graph/script/elaborator.hpp"

namespace ebb::script {

// A function of the language that is no op: it works on more than the values of its arguments.
struct Builtin {
  const char* name;
  std::vector<Formal> formals;
  Item (Elaborator::*call)(const ast::Call& node, const Matched& arguments);
  const char* doc;
};
const std::vector<Builtin>& builtins();

}  // namespace ebb::script
