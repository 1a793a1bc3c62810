#include "graph/run/derivation.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "graph/cli/command.hpp"
#include "graph/cli/script.hpp"
#include "graph/core/notation.hpp"

namespace ebb {

namespace {

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
    case EquationKind::update:
      return "update, ⟨ ⟩ averages over the mini-batch";
  }
  throw InternalError("title: not a kind of equation");
}

std::string text_of(const Equation& equation) { return equation.left + " = " + equation.right; }

std::string parameters_of(const Equation& equation) {
  std::string text;
  for (const auto& name : equation.applies_to) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void print(std::ostream& out, const Derivation& derivation, const std::string& script) {
  std::size_t width = 0;
  for (const Equation& e : derivation.equations) width = std::max(width, width_of(text_of(e)));
  out << "The equations of backpropagation for one sample, in the names of " << script << "\n";
  int number = 0;
  const Equation* previous = nullptr;
  for (const Equation& e : derivation.equations) {
    if (!previous || previous->kind != e.kind) {
      out << "\n";
      if (e.kind != EquationKind::update) out << "(" << ++number << ") ";
      out << title(e.kind) << "\n";
    }
    if (e.kind == EquationKind::update && (!previous || previous->applies_to != e.applies_to))
      out << "  for w in " << parameters_of(e) << "\n";
    const std::string text = text_of(e);
    const bool update = e.kind == EquationKind::update;
    out << (update ? "    " : "  ") << padded(text, width + (update ? 2 : 4))
        << (e.verified ? "verified" : "NOT VERIFIED: off by " + number_text(e.difference)) << "\n";
    previous = &e;
  }
  if (!derivation.hyperparameters.empty()) {
    out << "  with ";
    for (std::size_t i = 0; i < derivation.hyperparameters.size(); ++i)
      out << (i ? ", " : "") << symbol(derivation.hyperparameters[i].name) << " = "
          << number_text(derivation.hyperparameters[i].number);
    out << "\n";
  }
  out << "\n"
      << (derivation.verified() ? "Every line agrees" : "Not every line agrees")
      << " to 1e-7 with what is computed without it: the errors and gradients with central\n"
         "differences of the cost, the update with a step of the compiled training graph.\n";
}

void print_json(std::ostream& out, const Derivation& derivation) {
  for (const Equation& e : derivation.equations) {
    nlohmann::ordered_json line{{"event", "equation"},    {"kind", title(e.kind)},
                                {"left", e.left},         {"right", e.right},
                                {"verified", e.verified}, {"difference", e.difference}};
    if (e.kind == EquationKind::update) line["parameters"] = e.applies_to;
    out << line.dump() << "\n";
  }
}

int run(Invocation& invocation) {
  Model& model = elaborate(invocation, true, {});
  Model& twin = elaborate(invocation, true, {});
  const Derivation derivation = derive(model, twin);
  const std::string script = std::filesystem::path(invocation.subject).filename().string();
  if (invocation.json)
    print_json(std::cout, derivation);
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
    nullptr,
    &run};

}  // namespace ebb
