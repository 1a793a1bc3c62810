// The live line of a training, on standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

namespace ebb {

// What the line says. What is not known (a NaN, a negative time, a rate of 0, no text) is left out.
struct Progress {
  std::string what = "epoch";  // that is under way:
  std::int64_t number = 0, total = 0;
  std::string block;  // of samples, where one is being evaluated
  double share = 0;   // that the bar shows, 0 to 1
  double rate = 0;    // per second, of `things`
  std::string things = "samples";
  double left = -1, left_in_all = -1;  // seconds: of what the bar shows, of the run
  double cost = std::numeric_limits<double>::quiet_NaN();
  std::string metric;                                      // "accuracy 0.97"
  double best = std::numeric_limits<double>::quiet_NaN();  // of the costs
  bool best_is_validation = false;  // on the block `validation`, and not of training
};

struct LineStyle {
  int columns = 80;
  bool unicode = true, color = false;
};

// Narrower than the terminal by a column at least, so that no terminal wraps it: a long bar shrinks
// first, then words get short and what matters least is left out.
std::string progress_line(const Progress& progress, const LineStyle& style);

// One line on standard error that is drawn again and again. It asks for the terminal's width each
// time, and draws nothing while the program runs in the background.
class ProgressLine {
 public:
  ProgressLine(bool shown, bool color) : shown_(shown), color_(color) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  // Whether it is a tenth of a second old, or there is none.
  bool is_due() const;
  void show(const Progress& progress);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool shown_, color_, visible_ = false;
  Clock::time_point drawn_;
};

}  // namespace ebb
