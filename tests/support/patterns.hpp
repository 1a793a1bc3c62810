// Rewrites in tests, made without the script language.
#pragma once

#include <utility>
#include <vector>

#include "graph/core/rewrite.hpp"
#include "tests/support/graphs.hpp"

namespace ebb::test {

inline Pattern variable(const char* name) {
  Pattern p;
  p.variable = name;
  return p;
}
inline Pattern number(double value) {
  Pattern p;
  p.kind = Pattern::Kind::number;
  p.number = value;
  return p;
}
inline Pattern call(const char* op, std::vector<Pattern> arguments, NamedAttrs attrs = {}) {
  Pattern p;
  p.kind = Pattern::Kind::call;
  p.op = &registry().get(op);
  p.attrs = std::move(attrs);
  p.arguments = std::move(arguments);
  return p;
}

// x + (-y) => x - y
inline Rewrite difference() {
  Rewrite rewrite;
  rewrite.from = call("add", {variable("x"), call("scale", {variable("y")}, {{"factor", -1.0}})});
  rewrite.to = call("sub", {variable("x"), variable("y")});
  return rewrite;
}

// reciprocal(x) => 1 / x
inline Rewrite quotient() {
  Rewrite rewrite;
  rewrite.from = call("reciprocal", {variable("x")});
  rewrite.to = call("div", {number(1), variable("x")});
  return rewrite;
}

}  // namespace ebb::test
