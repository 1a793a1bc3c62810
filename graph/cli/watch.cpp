#include "graph/cli/watch.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "graph/cli/json.hpp"

namespace ebb {

namespace {

// A cost is far too high when it exceeds the best one by so many times the larger of the best and
// the first, and a gradient or weights when they are so many times the first.
constexpr double too_high = 3, too_steep = 1000;
// A weight hardly learns whose gradient is this part of what it is elsewhere.
constexpr double vanished = 1e-6;
constexpr std::int64_t enough_samples = 100;

class Watch : public Observer {
 public:
  explicit Watch(const Training& training)
      : training_(training), is_by_epochs_(training.trainer.has_data()) {}

  void epoch(const EpochReport& report) override {
    seen_.push_back({report.epoch, report.cost, {}});
    if (report.norms) seen_.back().gradient = report.norms->gradient;
    if (std::isfinite(report.cost)) {
      if (!first_) first_ = best_ = seen_.back();
      look_at_cost();
      if (report.norms) look_at_norms(*report.norms);
      if (report.cost < best_->cost) best_ = seen_.back();
    }
    if (seen_.size() > 3) seen_.erase(seen_.begin());
  }

  void diverged(const Diverged& why) override {
    std::vector<std::string> texts;
    for (const Seen& seen : seen_)
      texts.push_back(short_number(seen.cost) + " in " + time_of(seen) +
                      (seen.gradient
                           ? ", which left a gradient of norm " + short_number(*seen.gradient)
                           : std::string()));
    const bool is_known = !seen_.empty() && seen_.back().cost == why.cost_before;
    if (!is_known && std::isfinite(why.cost_before))
      texts.push_back(short_number(why.cost_before) + " in step " + std::to_string(why.step - 1));
    if (!texts.empty())
      say(Severity::note, "history", {"before, the cost was " + joined(texts, "; "), {}, {}});
  }

 private:
  struct Seen {
    std::int64_t epoch;
    double cost;
    std::optional<double> gradient;
  };
  struct Finding {
    std::string message;
    Span at;
    std::vector<std::string> hints;
  };

  std::string time_of(const Seen& seen) const {
    return (is_by_epochs_ ? "epoch " : "step ") + std::to_string(seen.epoch);
  }

  void say(Severity severity, const char* kind, const Finding& finding) {
    if (!said_.insert(kind).second) return;
    const Invocation& invocation = training_.invocation;
    if (!invocation.quiet)
      invocation.show({severity, finding.message, finding.at, {}, finding.hints});
    if (!invocation.json) return;
    Json line{{"event", word_of(severity)}, {"kind", kind}};
    if (!seen_.empty()) line[is_by_epochs_ ? "epoch" : "step"] = seen_.back().epoch;
    line["message"] = finding.message;
    if (!finding.hints.empty()) line["hints"] = finding.hints;
    print_line(line);
  }
  void warn(const char* kind, const Finding& finding) { say(Severity::warning, kind, finding); }

  std::string smaller_rate() const {
    return "a smaller learning rate may help" +
           (rate_ ? "; it is " + short_number(*rate_) + " now" : std::string());
  }

  void look_at_cost() {
    const double cost = seen_.back().cost;
    const double scale = std::max(std::abs(first_->cost), std::abs(best_->cost));
    const double above = cost - best_->cost;
    rises_ = seen_.size() > 1 && cost > seen_[seen_.size() - 2].cost ? rises_ + 1 : 0;
    highs_ = above > too_high * scale && scale > 0 ? highs_ + 1 : 0;
    // Single steps may overshoot.
    const bool exploded = highs_ >= (is_by_epochs_ ? 1 : 10);
    const bool keeps_rising =
        rises_ >= (is_by_epochs_ ? 5 : 50) && cost > first_->cost && above > 0.1 * scale;
    if (exploded || keeps_rising)
      warn("cost",
           {"the cost has risen from " + short_number(best_->cost) + " in " + time_of(*best_) +
                " to " + short_number(cost) + " in " + time_of(seen_.back()),
            training_.model.cost->span,
            {smaller_rate()}});
  }

  void look_at_norms(const Norms& norms) {
    rate_ = norms.rate;
    if (!steepness_) steepness_ = seen_.back();
    if (!weights_) weights_ = norms.weights;
    look_at_growth("gradient", *steepness_->gradient, norms.gradient);
    look_at_growth("weights", *weights_, norms.weights);
    look_for_vanished(norms);
  }

  // A gradient also grows where a descent leaves a saddle.
  void look_at_growth(const char* what, double then, double now) {
    const std::string norm = std::string("the norm of the ") + what;
    if (std::isnan(now))
      warn(what, {norm + " is NaN in " + time_of(seen_.back()), training_.model.cost->span, {}});
    else if (now > too_steep * then && seen_.back().cost > first_->cost)
      warn(what, {norm + " has grown from " + short_number(then) + " in " + time_of(*steepness_) +
                      " to " + short_number(now) + " in " + time_of(seen_.back()),
                  training_.model.cost->span,
                  {smaller_rate()}});
  }

  // The root mean square of a gradient's entries.
  struct Size {
    double size;
    std::size_t parameter;
  };

  // Of matrices alone: a vector's gradient may be 0 for good reasons, such as that of a bias before
  // a normalisation.
  std::vector<Size> sizes_of(const Norms& norms) const {
    std::vector<Size> sizes;
    const Model& model = training_.model;
    for (std::size_t i = 0; i < norms.parameters.size(); ++i) {
      const Shape& shape = model.graph.type(model.parameters[i].value).shape;
      const ParameterNorms& parameter = norms.parameters[i];
      if (shape.rank() < 2 || (norms.rate && !parameter.rate)) continue;
      sizes.push_back({parameter.gradient / std::sqrt(static_cast<double>(shape.elements())), i});
    }
    return sizes;
  }

  // A single sample may well have no gradient, all samples or many must not.
  void look_for_vanished(const Norms& norms) {
    const auto sizes = sizes_of(norms);
    if (sizes.empty() || !std::isfinite(norms.gradient)) return;
    const Size most = *std::ranges::max_element(sizes, {}, &Size::size);
    small_for_.resize(norms.parameters.size());
    std::optional<Size> least;
    for (const Size& of : sizes) {
      const bool is_small = of.size == 0 || of.size < vanished * most.size;
      std::int64_t& samples = small_for_[of.parameter];
      samples = is_small ? samples + norms.samples : 0;
      const bool is_proved =
          norms.samples >= training_.trainer.samples() || samples >= enough_samples;
      if (is_small && is_proved && (!least || of.size < least->size)) least = of;
    }
    if (least) warn_of_vanished(norms, *least, most);
  }

  void warn_of_vanished(const Norms& norms, const Size& least, const Size& most) {
    const Model& model = training_.model;
    const std::string& name = norms.parameters[least.parameter].name;
    const Span at = model.parameters[least.parameter].span;
    const std::string same =
        "units that give the same for every sample pass no gradient on; "
        "weights that start smaller, or a smaller learning rate, may help";
    if (most.size == 0) {
      // A cost of 0 has nothing left to learn.
      if (seen_.size() > 1 && seen_.back().cost > 0.999 * seen_[seen_.size() - 2].cost &&
          seen_.back().cost != 0)
        warn("gradient of 0", {"the gradient of every matrix of weights is 0: none of them learns",
                               model.cost->span,
                               {same}});
    } else if (least.size == 0) {
      warn("gradient of 0", {"the gradient of " + name + " is 0: it does not learn", at, {same}});
    } else {
      warn("vanished gradient",
           {"an entry of the gradient of " + name + " is " +
                short_number(least.size / most.size, 2) + " of one of " +
                norms.parameters[most.parameter].name + ": it hardly learns",
            at,
            {"another activation, another first scale of the weights, or a normalisation between "
             "the layers may help"}});
    }
  }

  const Training training_;
  const bool is_by_epochs_;
  std::vector<Seen> seen_;  // the last ones
  std::optional<Seen> first_, best_, steepness_;
  std::optional<double> rate_, weights_;  // of now; of the first epoch
  int rises_ = 0, highs_ = 0;             // in a row
  std::vector<std::int64_t> small_for_;   // so many samples in a row, by parameter
  std::set<std::string> said_;
};

}  // namespace

std::unique_ptr<Observer> watch(const Training& training) {
  return std::make_unique<Watch>(training);
}

}  // namespace ebb
