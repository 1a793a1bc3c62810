// Training: epochs of mini-batches, validation, the best and the last weights.
#pragma once

#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graph/run/block_evaluation.hpp"
#include "graph/run/checkpoint.hpp"
#include "graph/run/divergence.hpp"
#include "graph/run/executor.hpp"
#include "graph/run/feed.hpp"
#include "graph/run/minimize.hpp"
#include "graph/run/norms.hpp"
#include "graph/run/profile.hpp"
#include "graph/run/training_graph.hpp"
#include "graph/script/model.hpp"

namespace ebb {

struct EpochReport {
  std::int64_t epoch = 0;  // from 1; of a script without inputs: the steps done
  double cost = 0;         // mean over the mini-batches, before their updates; of a minimiser,
                           // after its iteration
  // Every block but `train`, evaluated afterwards; where `train.average` is set, with the averaged
  // weights too.
  std::vector<std::pair<std::string, Evaluation>> blocks, averaged;
  // The metrics, on some samples of the block `train`: of a script without inputs at those steps
  // that have norms. None where they are not wanted, or could not be had: then why.
  std::optional<Evaluation> training;
  std::optional<Diagnostic> why_no_training;
  double seconds = 0, samples_per_second = 0;
  bool best = false;  // on the block `validation`
  // Before the tests of the epoch; none where nothing was measured.
  std::optional<Norms> norms;
};

// How far the evaluation of a block after an epoch is.
struct EvaluationProgress {
  const EpochReport& epoch;  // with the blocks before it
  const std::string& block;
  std::int64_t done, samples;
};

// After which epochs the norms are measured. `now_and_then` adds about a hundredth of the work:
// after the first one and the last, and each in which updates reach another hundred. Steps of a
// script without inputs are measured evenly: all of 256, every other one of 512, every fourth one
// of 1024.
enum class Measured : std::uint8_t { never, now_and_then, each_epoch };

struct TrainOptions {
  Precision precision = Precision::f32;
  std::uint64_t seed = 1;
  bool stops_diverging = true;  // throws Diverged
  Measured norms = Measured::never;
  std::int64_t timed = 0;  // every so many updates one is timed; 0: none
  bool training_metrics = false;
};

// One training run: by updates, or by a minimiser, whose iterations are the epochs (the steps of a
// script without inputs). `training` is elaborated with training = true and the block `train`,
// `inference` with training = false and the blocks to be evaluated: of `train` no more than the
// metrics, where they are wanted. Null: none.
class Trainer {
 public:
  Trainer(Model& training, Model* inference, Store& store, const TrainOptions& options);

  // Called after each epoch; false stops. For scripts without inputs: after every step.
  using OnEpoch = std::function<bool(const EpochReport&)>;
  // Called after each update (of a minimiser: each evaluation) with the share of the epoch that is
  // done. What it throws ends the run between two updates.
  using OnProgress = std::function<void(std::int64_t epoch, double share)>;
  // Called while blocks are evaluated, after each mini-batch. Must not throw.
  using OnEvaluation = std::function<void(const EvaluationProgress& progress)>;
  // Goes on where `state` says. Throws Diverged when the cost is no longer finite, or a parameter
  // or state that was so, which is looked at after a hundred updates and at the end of an epoch.
  void run(const OnEpoch& on_epoch, const OnProgress& on_progress = {},
           OnEvaluation on_evaluation = {});

  // Makes updates for about so many seconds, or `updates` of them where that is not 0, and says
  // where their time went; of the first ones, until that many steps of plans have been taken, with
  // each mini-batch. Throws UserError where a minimiser makes none, and Diverged.
  Profile profile(double seconds, std::int64_t updates = 0, std::size_t kept_steps = 0);

  // Of the updates that were timed as the options say.
  Profile times() const { return with_passes(times_.profile); }

  // What is the first to be not finite in the update that comes next, a note with its place; none
  // where everything is finite. Changes nothing.
  std::optional<Fault> next_fault();

  // The first parameter or state that is not finite though it was when the run began, or was
  // resumed.
  std::optional<FiniteStore::Spoiled> spoiled() const { return finite_.spoiled(store_); }
  // Throws Diverged where there is one, unless the options say that the run goes on.
  void check_finite();

  // One update with the given samples of the train block (all: an empty span of a script without
  // inputs), at most `train.accumulate` mini-batches. Returns the objective before it.
  double step(std::span<const std::int64_t> samples);

  const std::vector<State>& rule_states() const { return graph_.rule_states; }
  // The averaged weights under the parameters' names, and the states of layers; null without
  // `train.average`.
  const Store* averaged() const { return model_.train.average > 0 ? &averaged_ : nullptr; }
  // What a minimiser was answered; null without one.
  EvaluationRecord* evaluations() const {
    return minimization_ ? &minimization_->record() : nullptr;
  }
  const TrainingState& state() const { return state_; }
  // Goes on from a checkpoint, with the values that it holds; where its mini-batches may have been
  // others (`is_changed`), from the beginning of the group it stood in. Throws UserError where it
  // lacks one or stands where no run does, and where what a minimiser was answered is not there.
  // Returns the states that begin anew, as the checkpoint has none of their update rule; those may
  // be where the run `is_changed`.
  std::vector<std::string> resume(const TensorFile& checkpoint, const std::string& name,
                                  bool is_changed = false);
  bool has_data() const { return samples_ > 0; }
  std::int64_t samples() const { return samples_; }
  const Plan& plan() const {
    return minimization_ ? minimization_->plan() : update_->executor.plan();
  }
  // Why a minimiser ended before its last iteration, as a clause: "the gradient is small enough".
  const std::string& why_ended() const { return why_ended_; }

 private:
  // What is run for a mini-batch.
  struct Pass {
    Pass(const Model& model, Plan plan, Store& store, const Pass* shares);
    Executor executor;
    Feed feed;
    const ebb_tensor *step, *epoch, *share;  // leaves
    Profile::Pass times{};                   // where a profile is made
    std::vector<double> seconds{};           // by step, of the last timed run
  };
  using Evaluations = std::vector<std::pair<std::string, BlockEvaluation>>;

  void make_passes(const DataBlock* block, Store& store, Precision precision);
  void share_averages(Store& store);
  // `rest` is what is left of the group after these samples.
  double run_pass(Pass& pass, std::span<const std::int64_t> samples, double share,
                  std::span<const std::int64_t> rest);
  void prefetch(std::span<const std::int64_t> rest);
  std::size_t group_size() const {
    return static_cast<std::size_t>(minibatch_ * model_.train.accumulate);
  }
  std::vector<Pass*> passes() const;
  void clear_times();
  Profile with_passes(Profile profile) const;
  double next_step(std::span<const std::int64_t> samples);
  Profile measure(double seconds, std::int64_t updates, std::size_t kept_steps);
  void run_profiled(Pass& pass, std::span<const std::int64_t> samples, std::int64_t count,
                    std::span<const std::int64_t> rest);
  // After an epoch of so many updates.
  bool are_norms_due(std::int64_t updates) const;
  std::vector<std::span<const std::int64_t>> measured_minibatches(std::int64_t updates);
  void measure_norms(EpochReport& report, std::int64_t updates);
  Diverged diverged(double cost) const;
  void check_now_and_then();
  TrainingState placed(TrainingState state, const std::string& name, bool regroups) const;
  void run_epoch(EpochReport& report, const OnProgress& on_progress);
  void run_steps(const OnEpoch& on_epoch, const OnProgress& on_progress);
  void minimize(const OnEpoch& on_epoch, const OnProgress& on_progress);
  bool patient() const;
  void make_evaluations(Model& inference, const TrainOptions& options);
  BlockEvaluation::OnProgress told(const EpochReport& report, const std::string& block,
                                   std::int64_t samples) const;
  void evaluate_blocks(EpochReport& report);
  void measure_training(EpochReport& report);

  Model& model_;
  Store& store_;
  std::int64_t samples_ = 0, batch_ = 0, minibatch_ = 1;
  Precision precision_;
  bool stops_diverging_;
  TrainingState state_;
  Measured measured_;
  std::int64_t timed_;
  FiniteStore finite_;
  std::int64_t checked_ = 0;  // after so many updates all that had been finite was so
  double last_cost_ = std::numeric_limits<double>::quiet_NaN();  // of the last update
  TrainingGraph graph_;       // none of a minimiser, which has its own
  Timing* timing_ = nullptr;  // that is under way
  Timing times_;              // of the updates that are timed, without their passes
  std::unique_ptr<Pass> update_, accumulate_;  // of the last mini-batch of a group; of the others
  std::unique_ptr<SampleOrder> order_;
  std::span<const std::int64_t> drawn_;           // for the epoch
  std::span<const std::int64_t> upcoming_;        // of these, after the group at hand
  std::unique_ptr<NormMeter> meter_;              // made when it is first needed
  std::unique_ptr<UpdateInspection> inspection_;  // likewise
  std::unique_ptr<Feed> inspected_;               // its samples
  std::unique_ptr<Minimization> minimization_;    // in place of updates
  std::string why_ended_;
  Store averaged_;
  Evaluations evaluations_, averaged_evaluations_;
  std::unique_ptr<BlockEvaluation> on_training_;  // null where the metrics are not wanted
  std::vector<std::int64_t> looked_at_;           // the samples for it
  OnEvaluation on_evaluation_;
};

}  // namespace ebb
