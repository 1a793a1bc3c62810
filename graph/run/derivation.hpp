// The equations of backpropagation that a model's graph yields, each verified numerically.
#pragma once

#include <string>
#include <vector>

#include "graph/script/model.hpp"

namespace ebb {

enum class EquationKind {
  output_error,
  hidden_error,
  weights,
  biases,
  parameters,
  abbreviation,
  update
};

struct Equation {
  EquationKind kind = EquationKind::parameters;
  std::string left, right;
  std::string latex;  // the right side
  // For an update: the parameters it holds for.
  std::vector<std::string> applies_to;
  // Largest relative difference between what the right side evaluates to and, for a gradient,
  // central differences of the cost (by the chain rule where errors nearer to it have been
  // verified), for an update, a step of the whole training graph; both in double, at random values.
  // For an abbreviation, the largest of the lines that are made of it.
  double difference = 0;
  bool verified = false;  // difference <= derivation_tolerance
};

constexpr double derivation_tolerance = 1e-7;

struct Derivation {
  std::vector<Equation> equations;  // in the order of their kinds, from the output to the input
  std::vector<Hyperparameter> hyperparameters;
  bool of_one_sample = true;  // else C is the sum over the samples, which the cost couples
  bool verified() const;
};

// Differentiates the cost of one sample, or, where it couples them, its sum over all. `model` and
// `twin` are two elaborations of one script (training = true, no data); both are used up. Throws
// UserError where there is no cost.
Derivation derive(Model& model, Model& twin);

// The part of it that is about update rules. `gradients` are those of the parameters, as
// `result.of_one_sample` says.
void derive_updates(Model& model, Model& twin, const std::vector<Value>& gradients,
                    Derivation& result);

}  // namespace ebb
