// What a training's curves show.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "graph/cli/json.hpp"

namespace ebb {

// With six significant digits, as many as a page shows; what is not finite stays so, which JSON
// writes as null.
double rounded(double number);
// The same, but what is not finite is a word: "NaN", "inf" or "-inf".
Json number_or_word(double number);

// Numbers by epoch (or step). However many there are, it keeps so many points that a screen can
// show them: of a long run each second, each fourth and so on, and always the last.
class History {
 public:
  struct Curve {
    std::string kind;  // "cost", "metric", "rate", "norm", "gradient", "seconds"
    std::string of;    // the data block or the parameter
    std::string name;  // of the metric
    auto operator<=>(const Curve&) const = default;
  };
  using Numbers = std::vector<std::pair<Curve, double>>;

  // Whether the point stays when others come after it; asked before numbers are gathered.
  bool stays(std::int64_t x) const { return x % stride_ == 0; }
  // In rising order. Replaces the last point where that does not stay.
  void add(std::int64_t x, const Numbers& numbers);
  bool empty() const { return x_.empty(); }
  std::int64_t last() const { return x_.back(); }
  // Drops what came after x: a run that goes on from there makes it again.
  void forget_after(std::int64_t x);

  // {"every": 1, "x": [...], "curves": [{"kind", "of", "name", "values": [...]}]}: null where a
  // curve has no number, and a word where it has one that is not finite.
  Json json() const;
  // Back from it. Throws Json::exception or UserError where it is nothing of that kind.
  static History read(const Json& json);

 private:
  void thin();

  std::vector<std::int64_t> x_;
  std::vector<Curve> curves_;                  // in the order of their first numbers
  std::map<Curve, std::vector<Json>> values_;  // one for each x, as JSON has them
  std::int64_t stride_ = 1;
};

}  // namespace ebb
