// ebb derive --latex
#include <algorithm>
#include <cctype>
#include <ostream>
#include <vector>

#include "graph/cli/equations.hpp"
#include "graph/cli/terminal.hpp"
#include "graph/core/latex.hpp"
#include "graph/core/notation.hpp"

namespace ebb {

namespace {

// What fits on a line, in letters.
constexpr std::size_t line_letters = 72;

const char* const preamble = R"(\documentclass[a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
\usepackage{amsmath}
\usepackage[margin=20mm]{geometry}
\setlength{\parindent}{0pt}
\allowdisplaybreaks

\begin{document}
)";

std::string variables(const std::string& text) { return latex_of(text, Words::variables); }

// A file's name in running text.
std::string in_text(const std::string& name) {
  std::string text;
  for (const char c : name) {
    if (std::string_view("_%&#${}").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text;
}

// Roughly how many letters a formula is wide: a command is one letter, or none where it only marks.
std::size_t letters(std::string_view latex) {
  static constexpr std::string_view marks[] = {
      "\\left", "\\right", "\\operatorname", "\\mathit", "\\mathsf", "\\partial", "\\frac", "\\,"};
  std::size_t count = 0;
  for (std::size_t i = 0; i < latex.size(); ++i) {
    if (latex[i] != '\\') {
      count += std::string_view("{}^_ &").find(latex[i]) == std::string_view::npos ? 1 : 0;
      continue;
    }
    std::size_t end = i + 1;
    while (end < latex.size() && std::isalpha(static_cast<unsigned char>(latex[end]))) ++end;
    const auto command = latex.substr(i, std::max(end, i + 2) - i);
    count += std::ranges::find(marks, command) == std::end(marks) ? 1 : 0;
    i = std::max(end, i + 2) - 1;
  }
  return count;
}

// The formula cut before its outermost signs.
std::vector<std::string> pieces(const std::string& latex) {
  std::vector<std::string> result(1);
  int depth = 0;
  for (std::size_t i = 0; i < latex.size(); ++i) {
    const std::string_view rest = std::string_view(latex).substr(i);
    if (latex[i] == '{' || latex[i] == '(') ++depth;
    if (latex[i] == '}' || latex[i] == ')') --depth;
    if (rest.starts_with("\\left")) ++depth;
    if (rest.starts_with("\\right")) --depth;
    const bool sign = rest.starts_with(" + ") || rest.starts_with(" - ") ||
                      rest.starts_with(" \\odot ") || rest.starts_with(" = ");
    if (depth == 0 && sign && i > 0) result.emplace_back();
    result.back() += latex[i];
  }
  return result;
}

// The right side over as many lines as it takes.
std::string broken(const std::string& left, const std::string& right) {
  std::string text;
  std::size_t width = letters(left) + 3;
  for (const std::string& piece : pieces(right)) {
    if (width + letters(piece) > line_letters && !text.empty()) {
      text += " \\nonumber \\\\\n    &\\qquad {}";
      width = 6;
    }
    text += piece;
    width += letters(piece);
  }
  return text;
}

std::string equation_line(const Equation& equation) {
  // A definition and what it is equal to: δ = ∂C/∂z = ...
  const std::string left = variables(equation.left);
  std::string line = "  " + left + " &= " + broken(left, equation.latex);
  if (!equation.verified)
    line += " \\quad \\text{(not verified: off by $" + variables(number_text(equation.difference)) +
            "$)}";
  return line;
}

void print_group(std::ostream& out, const std::vector<Equation>& group) {
  const bool update = group[0].kind == EquationKind::update;
  std::string name = title(group[0].kind);
  if (update) name = "update, $\\langle\\,\\rangle$ averages over the mini-batch";
  out << "\n\\paragraph{" << static_cast<char>(std::toupper(name[0])) << name.substr(1) << "}\n";
  if (update) {
    out << "for $w$ in ";
    for (std::size_t i = 0; i < group[0].applies_to.size(); ++i)
      out << (i ? ", " : "") << "$" << variables(group[0].applies_to[i]) << "$";
    out << "\n";
  }
  std::string lines;
  for (std::size_t i = 0; i < group.size(); ++i)
    lines += equation_line(group[i]) + (i + 1 < group.size() ? " \\\\\n" : "\n");
  out << "\\begin{subequations}\n";
  // LaTeX numbers lines 1a, 1b and so on, and there are 26 letters.
  if (group.size() > 26)
    out << "\\renewcommand{\\theequation}{\\theparentequation.\\arabic{equation}}\n";
  out << "\\begin{align}\n" << lines << "\\end{align}\n\\end{subequations}\n";
}

}  // namespace

void print_latex(std::ostream& out, const Derivation& derivation, const std::string& script) {
  out << preamble << "\\section*{" << heading(derivation, in_text(script)) << "}\n";
  std::vector<Equation> group;
  for (const Equation& equation : derivation.equations) {
    const bool goes_on = group.empty() || (group[0].kind == equation.kind &&
                                           group[0].applies_to == equation.applies_to);
    if (!goes_on) {
      print_group(out, group);
      group.clear();
    }
    group.push_back(equation);
  }
  if (!group.empty()) print_group(out, group);
  for (std::size_t i = 0; i < derivation.hyperparameters.size(); ++i) {
    const Hyperparameter& h = derivation.hyperparameters[i];
    out << (i ? ", " : "with ") << "$" << variables(h.name) << " = "
        << variables(number_text(h.number)) << "$";
  }
  out << (derivation.hyperparameters.empty() ? "" : "\n") << "\n\\bigskip\n"
      << verdict(derivation) << "\\end{document}\n";
}

}  // namespace ebb
