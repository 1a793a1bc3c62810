#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "graph/cli/command.hpp"
#include "graph/cli/equations.hpp"
#include "graph/cli/script.hpp"
#include "graph/core/latex.hpp"
#include "graph/core/notation.hpp"

namespace ebb {

const char* title(EquationKind kind) {
  switch (kind) {
    case EquationKind::output_error:
      return "output error";
    case EquationKind::hidden_error:
      return "hidden error";
    case EquationKind::weights:
      return "weights";
    case EquationKind::biases:
      return "biases";
    case EquationKind::parameters:
      return "other parameters";
    case EquationKind::abbreviation:
      return "abbreviations";
    case EquationKind::update:
      return "update, ⟨ ⟩ averages over the mini-batch";
  }
  throw InternalError("title: not a kind of equation");
}

std::string heading(const Derivation& derivation, const std::string& script) {
  const char* of =
      derivation.of_one_sample ? "one sample" : "all samples, C the sum of their costs";
  return std::string("The equations of backpropagation for ") + of + ", in the names of " + script;
}

std::string verdict(const Derivation& derivation) {
  const bool abbreviates = std::ranges::any_of(
      derivation.equations, [](const Equation& e) { return e.kind == EquationKind::abbreviation; });
  return std::string(derivation.verified() ? "Every line agrees" : "Not every line agrees") +
         " to 1e-7 with what is computed without it: the errors and gradients with central\n"
         "differences of the cost, the update with a step of the compiled training graph" +
         (abbreviates ? ",\nabbreviations in the lines that are made of them.\n" : ".\n");
}

namespace {

// Where a line that is too long is best broken: before the outermost sign that still fits.
std::size_t break_of(const std::string& line, std::size_t width) {
  std::size_t best = std::string::npos;
  int depth = 0, least = 100;
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if ((static_cast<unsigned char>(line[i]) & 0xC0) == 0x80) continue;
    if (++column > width) break;
    if (line[i] == '(' || line[i] == '[') ++depth;
    if (line[i] == ')' || line[i] == ']') --depth;
    const std::string_view rest = std::string_view(line).substr(i);
    const bool sign = rest.starts_with(" + ") || rest.starts_with(" - ") ||
                      rest.starts_with(" ⊙ ") || rest.starts_with(" / ") || rest.starts_with(" = ");
    if (!sign || depth > least || column < width / 3) continue;
    least = depth;
    best = i;
  }
  return best;
}

// The equation, with what does not fit on its line below its right side.
std::vector<std::string> lines_of(const Equation& equation) {
  constexpr std::size_t width = 100, indent = 4;
  std::vector<std::string> lines{equation.left + " = " + equation.right};
  while (width_of(lines.back()) > width) {
    const std::size_t at = break_of(lines.back(), width);
    if (at == std::string::npos) break;
    std::string rest = std::string(indent, ' ') + lines.back().substr(at + 1);
    lines.back().resize(at);
    lines.push_back(std::move(rest));
  }
  return lines;
}

std::string parameters_of(const Equation& equation) {
  std::string text;
  for (const auto& name : equation.applies_to) text += (text.empty() ? "" : ", ") + name;
  return "  for w in" + wrapped(text, 4, 100).substr(3);
}

void print_equation(std::ostream& out, const Equation& e, std::size_t width) {
  const std::size_t indent = e.kind == EquationKind::update ? 4 : 2;
  const auto lines = lines_of(e);
  for (std::size_t i = 0; i + 1 < lines.size(); ++i)
    out << std::string(indent, ' ') << lines[i] << "\n";
  out << std::string(indent, ' ') << padded(lines.back(), width + 6 - indent)
      << (e.verified ? "verified" : "NOT VERIFIED: off by " + number_text(e.difference)) << "\n";
}

void print_hyperparameters(std::ostream& out, const Derivation& derivation) {
  if (derivation.hyperparameters.empty()) return;
  out << "  with ";
  for (std::size_t i = 0; i < derivation.hyperparameters.size(); ++i)
    out << (i ? ", " : "") << symbol(derivation.hyperparameters[i].name) << " = "
        << number_text(derivation.hyperparameters[i].number);
  out << "\n";
}

void print(std::ostream& out, const Derivation& derivation, const std::string& script) {
  std::size_t width = 0;
  for (const Equation& e : derivation.equations)
    for (const std::string& line : lines_of(e)) width = std::max(width, width_of(line));
  out << heading(derivation, script) << "\n";
  int number = 0;
  const Equation* previous = nullptr;
  for (const Equation& e : derivation.equations) {
    if (!previous || previous->kind != e.kind) {
      out << "\n";
      if (e.kind != EquationKind::update) out << "(" << ++number << ") ";
      out << title(e.kind) << "\n";
    }
    if (e.kind == EquationKind::update && (!previous || previous->applies_to != e.applies_to))
      out << parameters_of(e);
    print_equation(out, e, width);
    previous = &e;
  }
  print_hyperparameters(out, derivation);
  out << "\n" << verdict(derivation);
}

void print_json(std::ostream& out, const Derivation& derivation) {
  for (const Equation& e : derivation.equations) {
    nlohmann::ordered_json line{{"event", "equation"},
                                {"kind", title(e.kind)},
                                {"left", e.left},
                                {"right", e.right},
                                {"latex", latex_of(e.left, Words::variables) + " = " + e.latex},
                                {"verified", e.verified},
                                {"difference", e.difference}};
    if (e.kind == EquationKind::update) line["parameters"] = e.applies_to;
    out << line.dump() << "\n";
  }
}

void add_derive_options(boost::program_options::options_description& options) {
  options.add_options()("latex", "a whole document for pdflatex");
}

int run_derive(Invocation& invocation) {
  Model& model = elaborate(invocation, true, {});
  Model& twin = elaborate(invocation, true, {});
  const Derivation derivation = derive(model, twin);
  const std::string script = std::filesystem::path(invocation.subject).filename().string();
  if (invocation.json)
    print_json(std::cout, derivation);
  else if (invocation.has("latex"))
    print_latex(std::cout, derivation, script);
  else
    print(std::cout, derivation, script);
  return derivation.verified() ? 0 : 1;
}

}  // namespace

extern const Command derive_command;
const Command derive_command{
    "derive",
    "the delta equations that the graph yields",
    "derive SCRIPT [options]",
    "Differentiates the cost of one sample and prints the equations of backpropagation in the\n"
    "script's names: the errors, the gradients of the parameters, the update. Each line is\n"
    "verified numerically in the same run; exits with 1 where one is not.\n",
    Takes::script,
    &add_derive_options,
    &run_derive};

}  // namespace ebb
