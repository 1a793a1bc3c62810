// Where numbers come from that are none.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/run/executor.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// Numbers of a training became NaN or infinite, in the update of this number or, where only the
// parameters and states show it, in one of those since `first`.
struct Diverged : UserError {
  Diverged(Diagnostic diagnostic, std::int64_t in, std::int64_t since, double before)
      : UserError(std::move(diagnostic)), step(in), first(since), cost_before(before) {}
  std::int64_t step, first;
  double cost_before;  // of the update before; NaN where it is not known
};

// "NaN" or "infinite".
const char* word_for(double number);

// Which parameters and states hold numbers that are not finite although they did not at the
// beginning: a parameter may be infinite on purpose.
class FiniteStore {
 public:
  void begin(const Store& store);

  struct Spoiled {
    std::string name;
    double number;  // NaN, or an infinity
  };
  // The first by name; none where all is as it was. Allocates nothing then.
  std::optional<Spoiled> spoiled(const Store& store) const;
  // Whether the value had only finite numbers at the beginning.
  bool began_finite(const std::string& name) const;

 private:
  enum class Worst : std::uint8_t { finite, infinite, nan };
  static Worst worst_of(const Tensor& tensor);

  std::map<std::string, Worst> worst_;  // at the beginning
};

// Where the first number that is not finite comes from.
struct Fault {
  Diagnostic note;
  std::vector<std::string> hints;  // what to do, where it is not the learning rate
};

// The values of an update, each kept, so that one can look for the first that is not finite.
class UpdateInspection {
 public:
  // `roots` are the objective and the next values of what an update assigns. The model and the
  // store must outlive it.
  UpdateInspection(const Model& model, std::span<const Value> roots, Store& store,
                   Precision precision, std::int64_t max_samples);
  ~UpdateInspection();
  UpdateInspection(const UpdateInspection&) = delete;
  UpdateInspection& operator=(const UpdateInspection&) = delete;

  Executor& executor();
  // After a run for these samples of the block `train`: a note that names the first op whose result
  // is not finite although its operands are, with its line, its operands' ranges and the sample;
  // where there is none, the data or the parameter that were not finite before. Only what makes
  // the first of the roots not finite that is so: an infinity whose inverse is 0 does no harm.
  std::optional<Fault> first_fault(std::span<const std::int64_t> samples) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb
