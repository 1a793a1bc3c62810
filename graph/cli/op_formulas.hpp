// An op's value and derivatives as formulas, for its documentation.
#pragma once

#include <string>
#include <vector>

#include "graph/core/op.hpp"
#include "graph/core/registry.hpp"

namespace ebb {

struct OpFormulas {
  struct Line {
    std::string left, right;  // "∂/∂x" and "g ⊙ σ′(x)"
    std::string latex;        // the whole line: "\frac{\partial}{\partial x} = ..."
  };
  // The value y; then, for each input that has a rule, the gradient with respect to it, where g is
  // the gradient with respect to y; then what these abbreviate.
  std::vector<Line> lines;
  std::string shapes;  // "[2, 2] and [2] give [2]", of the record's example
};

// Makes a node of the op, of the types that it has in its example, and differentiates it. What can
// not be made without an example (a required attribute) has no lines.
OpFormulas formulas_of(const OpDef& op, const Registry& registry);

}  // namespace ebb
