// A training from its first values, or a checkpoint, to its weights.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "graph/cli/ingredients.hpp"
#include "graph/cli/observer.hpp"
#include "graph/cli/saving.hpp"
#include "graph/cli/script.hpp"

namespace ebb {

class TrainingRun {
 public:
  // What `ebb train` was asked for. Throws UserError.
  explicit TrainingRun(Invocation& invocation);

  const Training& training() const { return training_; }
  void observed_by(std::unique_ptr<Observer> observer);
  // Resumes where that is asked for, trains, saves; returns the exit status. Throws UserError, and
  // Diverged after naming what was the first number that is not finite.
  int operator()();

 private:
  void tell(const auto& call) const {
    for (const auto& observer : observers_) call(*observer);
  }
  bool stops_diverging() const { return invocation_.text("nan", "stop") == "stop"; }
  TrainOptions options() const;
  struct Models {
    Model &training, &inference;
  };
  Models elaborate_both();
  void resume();
  void resume_best(const std::filesystem::path& from);
  int train();
  double final_cost();
  void run_trainer();
  std::optional<Fault> origin(const Diverged& diverged);
  std::optional<Fault> origin_in(const Diverged& diverged, Trainer& trainer) const;
  [[noreturn]] void explain(const Diverged& diverged);
  void after_update(std::int64_t epoch, double share);
  bool after_epoch(const EpochReport& report);
  void warn_of_costs(const EpochReport& report);
  bool is_worth_saving(const std::string& otherwise, bool again);
  std::string kept() const;
  void begin_saving();
  void save_best();
  void in_folder(const std::function<void()>& write) const;
  void save_unsaved_best();
  void save_averaged();
  void save_checkpoint();
  void keep_last_weights();
  void save_manifest();
  void try_to_save_checkpoint(bool asked_for);
  std::map<std::string, std::string> metadata();

  Invocation& invocation_;
  const Outline outline_;
  std::string weights_;  // the fingerprint of --weights
  const Models models_;
  Model &model_, &inference_;
  Store store_;
  Trainer trainer_;
  const Training training_;
  std::vector<std::unique_ptr<Observer>> observers_;
  Pacer pacer_;
  CheckpointTimes times_;
  const Ingredients ingredients_;  // of what was loaded, whatever becomes of the files
  std::string last_failure_, last_failure_of_best_;  // to save
  std::optional<TensorFile> unsaved_best_;           // to be saved with the next checkpoint
  std::optional<std::int64_t> saved_step_;           // of the run's own last weights in its folder
  std::filesystem::path good_;        // the folder of this run's last checkpoint; empty without one
  std::optional<Diagnostic> origin_;  // of a number that is not finite
  double last_cost_ = 0;
  bool best_saved_ = false, is_first_save_ = true;
  bool is_changed_ = false;          // was resumed with --allow-changed, and something was
  std::set<std::string> warned_of_;  // what of the numbers is no longer finite
};

}  // namespace ebb
