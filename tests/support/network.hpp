// A network of sigmoid layers with its training step, made without the script language.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "graph/compile/plan.hpp"
#include "graph/compile/simplify.hpp"
#include "graph/core/gradient.hpp"
#include "tests/support/patterns.hpp"

namespace ebb::test {

// Layers of the given sizes, quadratic cost, gradients of its mean, plain steepest descent.
class SigmoidNetwork {
 public:
  SigmoidNetwork(const std::vector<std::int64_t>& sizes, double eta) {
    Value a = g_.input("x", real_per_sample({sizes.front()}));
    for (std::size_t layer = 1; layer < sizes.size(); ++layer) {
      const std::string name = "a[" + std::to_string(layer - 1) + "]";
      const Value w = g_.variable(name + ".w", real_type({sizes[layer], sizes[layer - 1]}));
      const Value b = g_.variable(name + ".b", real_type({sizes[layer]}));
      parameters_.insert(parameters_.end(), {w, b});
      a = g_.add("sigmoid", {g_.add("add", {g_.add("matmul", {w, a}), b})});
    }
    const Value y = g_.input("y", real_per_sample({sizes.back()}));
    const Value squares = g_.add("power", {g_.add("sub", {a, y})}, {{"n", std::int64_t{2}}});
    // As the rewrites of scripts leave a sum.
    const Value sum = g_.add("sum_to", {squares}, {{"shape", std::vector<std::int64_t>{}}});
    const Value cost = g_.add("scale", {sum}, {{"factor", 0.5}});
    mean_ = g_.add("sample_sum", {g_.add("mul", {cost, g_.add("sample_weight", {})})});
    const auto deltas = gradients(g_, mean_, parameters_);
    for (std::size_t i = 0; i < deltas.size(); ++i)
      next_.push_back(
          g_.add("sub", {parameters_[i], g_.add("scale", {deltas[i]}, {{"factor", eta}})}));
    Rewrite& derivative = rewrites_.emplace_back();
    derivative.from = call("sigmoid'", {variable("z")});
    derivative.to = call("mul", {call("sigmoid", {variable("z")}),
                                 call("sub", {number(1), call("sigmoid", {variable("z")})})});
    rewrites_.push_back(difference());
  }

  // The step as it is written.
  PlanRequest original(Precision precision, std::int64_t max_samples) const {
    PlanRequest request{{mean_}, {}, precision, max_samples};
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      request.assignments.push_back({parameters_[i], next_[i]});
    return request;
  }
  // The simplified step; the mean cost is what it fetches.
  PlanRequest training(Precision precision, std::int64_t max_samples) {
    Simplifier simplify(g_, rewrites_);
    PlanRequest request{{simplify(mean_)}, {}, precision, max_samples};
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      request.assignments.push_back({parameters_[i], simplify(next_[i])});
    return request;
  }

  const Graph& graph() const { return g_; }
  const std::vector<Value>& parameters() const { return parameters_; }
  Value mean() const { return mean_; }

 private:
  Graph g_{registry()};
  std::vector<Value> parameters_, next_;
  Value mean_;
  std::vector<Rewrite> rewrites_;
};

}  // namespace ebb::test
