// What a minimiser was answered, in a file beside the checkpoints of its training.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "graph/core/hash.hpp"

namespace ebb {

// A minimiser owns its loop, and no checkpoint holds what it remembers. So each answer that it gets
// is kept, in order, and a resumed run gives it the same answers again until it is where it was.
// The file only grows: each checkpoint says how much of it is its own.
class EvaluationRecord {
 public:
  // `objective` has a value and perhaps a gradient, `residuals` those and perhaps a Jacobian
  // matrix; `iteration` is what the minimiser reports, not asks.
  enum class Kind : std::int64_t { objective, residuals, iteration };
  // How much of the record belongs to a checkpoint. The seal is a fingerprint of it.
  struct Mark {
    std::int64_t bytes = 0;
    std::string seal;
  };

  EvaluationRecord() = default;
  ~EvaluationRecord();
  EvaluationRecord(const EvaluationRecord&) = delete;
  EvaluationRecord& operator=(const EvaluationRecord&) = delete;

  // Before the first answer: gives those again that belong to a checkpoint of this folder. False
  // where they are not there.
  bool replay(const std::filesystem::path& folder, const Mark& mark);
  // Before the first answer: keeps all of them in this folder. The record of a checkpoint that
  // stands there is left alone.
  void keep_in(const std::filesystem::path& folder);

  bool is_replaying() const { return position_ < mark_.bytes; }
  // While it is replaying: the next answer, or false where it has to be computed again. Throws
  // UserError where the minimiser asked another thing or at another point then, or where the file
  // is damaged.
  bool recall(Kind kind, std::span<const double> point, std::span<double> value,
              std::span<double> derivatives);
  // Afterwards: the next answer; without its numbers where a resumed run is to compute them again.
  // What can not be written waits in memory.
  void add(Kind kind, std::span<const double> point, std::span<const double> value,
           std::span<const double> derivatives);

  // All so far, on disk. Throws UserError where it can not be written.
  Mark save();
  // Removes records of other runs from a folder whose checkpoint is now this one's.
  void remove_others() const;
  static void remove_all(const std::filesystem::path& folder);

 private:
  bool write();
  bool settle();
  void read(void* to, std::size_t bytes);

  std::filesystem::path path_;     // empty: nothing is kept
  std::filesystem::path current_;  // the open file
  int file_ = -1;
  bool writes_ = false;  // at `path_`, and not only read
  Mark mark_;            // of the checkpoint that is replayed
  std::int64_t position_ = 0, written_ = 0;
  Fingerprint fingerprint_;  // of all up to `position_`, or all that was added
  std::string seal_, pending_;
};

}  // namespace ebb
