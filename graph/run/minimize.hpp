// Minimising the training objective over all samples at once, by a minimiser that a plugin brings.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/run/data/safetensors.hpp"
#include "graph/run/evaluation_record.hpp"
#include "graph/run/executor.hpp"
#include "graph/run/feed.hpp"
#include "graph/run/training_graph.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// A training run by `training.minimizer`. A point is a vector of doubles: all parameters in order,
// each in C order (the last index fastest); the objective is evaluated in the run's precision.
// Random numbers are those of the first step at every point, so that the objective is one function.
class Minimization {
 public:
  // `block` null: a script without inputs. Throws UserError where the graph can not be made.
  Minimization(Model& training, const DataBlock* block, Store& store, Precision precision);

  // An iteration is done, and `store` holds its parameters. False stops.
  using OnIteration = std::function<bool(double cost)>;
  // Called before each evaluation, while `store` holds the last iteration's parameters; what it
  // throws ends the run.
  using OnEvaluation = std::function<void()>;
  // Begins at the parameters in the store and leaves the minimum found there. Returns why the
  // minimiser ended before that many iterations, as a clause, or nothing. Throws Diverged where
  // the objective is not finite at the start, UserError where the residuals do not belong to the
  // cost, where the minimiser or a kernel fails, and where a resumed minimiser does not ask again
  // what it has asked.
  std::string run(std::int64_t max_iterations, const OnIteration& on_iteration,
                  const OnEvaluation& on_evaluation = {});

  // Before the values of a checkpoint are loaded over the first ones, which are in the store: `run`
  // will begin where the run of the checkpoint has begun and give the minimiser the answers of
  // then; iterations of then are not called again. Throws UserError where the answers are not
  // there.
  void resume(const TensorFile& checkpoint, const std::string& name);
  EvaluationRecord& record() { return record_; }

  // Of the objective with its gradient.
  const Plan& plan();
  const TrainingGraph& graph() const { return graph_; }
  std::span<const std::int64_t> samples() const { return all_samples_; }

 private:
  // What is evaluated together, each with a plan of its own, made when it is first needed.
  enum Wanted : std::uint8_t { cost, cost_and_gradient, residual, residual_and_jacobian, states };
  struct Pass {
    Pass(const Model& model, const PlanRequest& request, Store& store);
    Executor executor;
    Feed feed;
  };
  struct Block {  // of the point: a parameter
    Tensor* value;
    std::vector<std::int64_t> places;  // in the tensor, of its elements in C order
  };
  struct Call;

  Pass& pass(Wanted wanted);
  Pass& evaluate_at(std::span<const double> x, Wanted wanted);
  void set_point(std::span<const double> x);
  std::vector<double> point() const;
  double objective(std::span<const double> x, std::span<double> gradient);
  void residuals(std::span<const double> x, std::span<double> r, std::span<double> jacobian);
  void answer(EvaluationRecord::Kind kind, std::span<const double> x, std::span<double> value,
              std::span<double> derivatives);
  double check_start(std::span<const double> x);
  void check_residuals(std::span<const double> x, double value);

  Model& model_;
  Store& store_;
  Precision precision_;
  std::int64_t samples_ = 1;  // 1 without inputs
  TrainingGraph graph_;
  std::vector<Block> blocks_;
  std::int64_t size_ = 0;
  EvaluationRecord record_;
  std::vector<double> first_;              // point of a run that is resumed
  std::vector<std::int64_t> all_samples_;  // none without inputs
  std::array<std::unique_ptr<Pass>, 5> passes_;
};

}  // namespace ebb
