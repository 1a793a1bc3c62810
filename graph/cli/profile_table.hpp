// Where the time of training goes, for people and for programs.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "graph/cli/json.hpp"
#include "graph/cli/machine_peaks.hpp"
#include "graph/run/profile.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// A row for each step. Times are medians times how often they were taken, so shares are those of
// updates that nothing interrupts.
class ProfileTable {
 public:
  ProfileTable(const Model& model, const Profile& profile, const MachinePeaks& peaks);
  // The steps that take longest, or all of them.
  void print(std::ostream& out, bool all) const;
  Json json() const;

 private:
  struct Row {
    const Plan* plan;
    const Step* step;
    std::string layer;              // "" where it has none
    std::int64_t calls, fallbacks;  // of these, products that BLAS took for the plan's provider
    double seconds;                 // of all calls
    double flops, bytes;            // of one call, with a full mini-batch
  };
  static std::string text_of(const Row& row);
  static double rate(const Row& row, double amount);
  void add_rows(const Model& model, const Profile::Pass& pass);
  Json json(const Row& row) const;
  double share(double seconds) const { return seconds / seconds_; }
  double of_update(double seconds) const { return seconds / static_cast<double>(profile_.updates); }
  void print_rows(std::ostream& out, bool all) const;
  // `layers` columns are for the layer; 0: none has one.
  void print_row(std::ostream& out, std::size_t layers, const std::string& what, double seconds,
                 const Row* row) const;
  void print_memory(std::ostream& out) const;

  const Profile& profile_;
  MachinePeaks peaks_;
  double seconds_;  // of all updates, as if nothing had interrupted them
  std::vector<Row> rows_;
};

}  // namespace ebb
