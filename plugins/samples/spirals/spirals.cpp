// A data source that makes its samples: two spirals, wound into one another, that a classifier is
// to tell apart (Lang and Witbrock, Learning to tell two spirals apart, 1988).
#include <ebb/plugin.hpp>

#include <array>
#include <cmath>
#include <numbers>

using namespace ebb::sdk;

namespace {

// Samples are made when they are read: the points of even index lie on one spiral, the others on
// the other.
class Spirals : public Source {
 public:
  Spirals(std::int64_t points, double turns, double noise, std::int64_t seed)
      : points_(points), turns_(turns), noise_(noise) {
    random_.key = static_cast<std::uint64_t>(seed);
  }

  std::int64_t samples() const override { return points_; }
  const std::vector<Column>& columns() const override { return columns_; }
  void read(int column, std::span<const std::int64_t> indices, void* to) override {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (column == 1) {
        static_cast<std::int64_t*>(to)[i] = indices[i] % 2;
        continue;
      }
      const auto point = point_of(indices[i]);
      static_cast<double*>(to)[2 * i] = point[0];
      static_cast<double*>(to)[2 * i + 1] = point[1];
    }
  }

 private:
  // The random numbers belong to the index, so a point is the same in whatever order it is read.
  std::array<double, 2> point_of(std::int64_t index) const {
    const double way = (static_cast<double>(index / 2) + 0.5) / (static_cast<double>(points_) / 2);
    const double angle =
        2 * std::numbers::pi * turns_ * way + (index % 2 == 0 ? 0 : std::numbers::pi);
    const auto draw = [&](std::int64_t i) {
      return noise_ * random_.normal(static_cast<std::uint64_t>(2 * index + i));
    };
    return {way * std::cos(angle) + draw(0), way * std::sin(angle) + draw(1)};
  }

  std::int64_t points_;
  double turns_, noise_;
  RandomStream random_{};
  std::vector<Column> columns_{{"point", EBB_F64, {2}}, {"side", EBB_I64, {}}};
};

}  // namespace

EBB_PLUGIN(spirals, "1.0") {
  plugin.source("spirals")
      .doc(
          "Points of two spirals that begin at the origin, half a turn apart: `point` is [2], "
          "`side` 0 or 1.")
      .attr("n", 200, "how many points", Interval{2, 1e9})
      .attr("turns", 1.5, "how often a spiral goes around", positive)
      .attr("noise", 0.0, "standard deviation of what is added to both coordinates", non_negative)
      .attr("seed", 1, "of the noise", non_negative)
      .open([](const Attributes& attrs) {
        return std::make_unique<Spirals>(attrs.integer(0), attrs.real(1), attrs.real(2),
                                         attrs.integer(3));
      });
}
