// Another command of this program, run beside a training.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ebb {

// `ebb` with these words, as a process of its own at the lowest priority. It ends with this object
// at the latest, and a Ctrl-C is not meant for it.
class BackgroundRun {
 public:
  explicit BackgroundRun(const std::vector<std::string>& words);
  ~BackgroundRun();
  BackgroundRun(const BackgroundRun&) = delete;
  BackgroundRun& operator=(const BackgroundRun&) = delete;

  // Waits for its end, no longer than that; whether it has ended. It must be called now and then,
  // for the process waits where nobody reads what it prints.
  bool ended(std::chrono::milliseconds patience = {});
  // After its end: what it printed; none where it failed or could not be started.
  std::optional<std::string> output() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;  // null where it could not be started
};

}  // namespace ebb
