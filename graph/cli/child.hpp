// This program once more, as a process of its own.
#pragma once

#include <csignal>
#include <string>
#include <vector>

namespace ebb {

// While it lives, what asks this process to stop is passed on to its child. There is one at a time.
class StopsChild {
 public:
  StopsChild();
  ~StopsChild();
  StopsChild(const StopsChild&) = delete;
  StopsChild& operator=(const StopsChild&) = delete;

  // Whether this process was asked to stop.
  static bool stopped();
  // Runs `ebb` with these words, without what it prints on standard output, and returns its exit
  // status; 70 where a signal ended it. It does not outlive this process. Throws UserError where it
  // can not be run.
  int run_ebb(std::vector<std::string> words);

 private:
  struct sigaction former_[3]{};
};

}  // namespace ebb
