// Algebraic identities declared by `rewrite PATTERN => PATTERN`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/core/graph.hpp"

namespace ebb {

// A tree of op calls over variables and numbers.
struct Pattern {
  enum class Kind { variable, number, call };
  Kind kind = Kind::variable;
  std::string variable;
  double number = 0;
  const OpDef* op = nullptr;
  NamedAttrs attrs;  // those that must agree; the others take their defaults
  std::vector<Pattern> arguments;
  Span span;
};

struct Rewrite {
  std::string text;  // as written, for messages and --after NAME
  Pattern from, to;
  Span at;
  // Its left side is a derivative such as sigmoid': applied when a plan is made, not before
  // equations are shown.
  bool lowering = false;
};

using Bindings = std::map<std::string, Value>;

// Whether `value` has the form of `pattern`. A variable that occurs twice binds one value;
// commutative ops match in both orders; a number matches a constant of equal elements.
bool match(const Graph& graph, const Pattern& pattern, Value value, Bindings& bindings);
// Appends the pattern with its variables bound. Throws OpError.
Value build(Graph& graph, const Pattern& pattern, const Bindings& bindings, Span at);

// Evaluates both sides on random values of several shapes, per sample and shared, in double. Throws
// UserError at the rewrite's span where they differ (with the point and both numbers) or where no
// value could be found for which both sides are finite.
void prove(const Rewrite& rewrite, const OpRegistry& registry);

}  // namespace ebb
