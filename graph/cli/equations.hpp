// Derived equations, as they are printed.
#pragma once

#include <iosfwd>
#include <string>

#include "graph/run/derivation.hpp"

namespace ebb {

// "output error", the heading of a group of equations.
const char* title(EquationKind kind);
// What stands above all equations.
std::string heading(const Derivation& derivation, const std::string& script);
// What stands below all equations: what they were compared with, and whether they agree.
std::string verdict(const Derivation& derivation);

// A whole document for pdflatex; `script` is the name of the file that is derived.
void print_latex(std::ostream& out, const Derivation& derivation, const std::string& script);

}  // namespace ebb
