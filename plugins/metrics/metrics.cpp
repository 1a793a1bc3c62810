// Metrics of classifiers that are no means over samples.
#include <algorithm>
#include <ebb/plugin.hpp>

using namespace ebb::sdk;

namespace {

struct Scored {
  double score;
  bool positive;
};

// The samples with their scores. Two scalars per sample: the score, and 0 or 1.
class Ranking {
 public:
  void add(const Batch& batch) {
    const auto score = batch.in(0), truth = batch.in(1);
    if (score.elements() != 1 || truth.elements() != 1)
      throw Failure("it takes a score and 0 or 1 of each sample, both single numbers",
                    "for several classes take one of them: `a[k]`, `y[k]`");
    for (std::int64_t s = 0; s < batch.samples(); ++s) {
      const double y = *truth.data(s), a = *score.data(s);
      if (y != 0 && y != 1) throw Failure("y is 0 or 1, but is " + std::to_string(y));
      if (std::isnan(a)) throw Failure("a score is not a number");
      all_.push_back({a, y == 1});
    }
  }

 protected:
  // Calls f(positives, negatives) for the samples of each score, the highest first.
  template <class F>
  void descend(const F& f) {
    std::ranges::sort(all_, std::ranges::greater(), &Scored::score);
    for (std::size_t i = 0; i < all_.size();) {
      double positives = 0, negatives = 0;
      const double score = all_[i].score;
      for (; i < all_.size() && all_[i].score == score; ++i)
        (all_[i].positive ? positives : negatives) += 1;
      f(positives, negatives);
    }
  }
  double positives() const {
    return static_cast<double>(std::ranges::count(all_, true, &Scored::positive));
  }
  double negatives() const { return static_cast<double>(all_.size()) - positives(); }

 private:
  std::vector<Scored> all_;
};

// Hanley and McNeil, "The meaning and use of the area under a receiver operating characteristic
// curve" (1982).
class Auc : public Ranking {
 public:
  double result() {
    if (positives() == 0 || negatives() == 0)
      throw Failure("all samples are of one class", "it compares samples of both");
    double above = 0, won = 0;  // positives of higher scores; pairs ranked right
    descend([&](double p, double n) {
      won += n * (above + 0.5 * p);
      above += p;
    });
    return won / (positives() * negatives());
  }
};

// Manning, Raghavan and Schütze, "Introduction to Information Retrieval" (2008), section 8.4; ties
// are taken together.
class AveragePrecision : public Ranking {
 public:
  double result() {
    if (positives() == 0) throw Failure("no sample is positive");
    double found = 0, taken = 0, sum = 0;
    descend([&](double p, double n) {
      found += p;
      taken += p + n;
      sum += p * found / taken;
    });
    return sum / positives();
  }
};

// Van Rijsbergen, "Information Retrieval" (1979), chapter 7, with precision and recall weighted
// alike.
class F1 {
 public:
  explicit F1(const Attributes& attrs) : threshold_(attrs.real(0)) {}

  void add(const Batch& batch) {
    const auto a = batch.in(0), y = batch.in(1);
    const std::int64_t k = a.elements();
    if (y.elements() != k) throw Failure("a and y have different numbers of classes");
    classes_.resize(static_cast<std::size_t>(k));
    for (std::int64_t s = 0; s < batch.samples(); ++s) {
      const double *scores = a.data(s), *truths = y.data(s);
      const auto said = std::max_element(scores, scores + k) - scores;
      const auto is = std::max_element(truths, truths + k) - truths;
      if (k == 1)
        count(0, *scores > threshold_, *truths > threshold_);
      else
        for (std::int64_t c = 0; c < k; ++c) count(c, c == said, c == is);
    }
  }

  // Of several classes the mean over those that occur or were said.
  double result() {
    double sum = 0, seen = 0;
    for (const Class& c : classes_) {
      if (c.both + c.one == 0) continue;
      sum += 2 * c.both / (2 * c.both + c.one);
      seen += 1;
    }
    if (seen == 0) throw Failure("no sample is positive, nor is one held to be");
    return sum / seen;
  }

 private:
  struct Class {
    double both = 0;  // said and true
    double one = 0;   // said or true, but not both
  };
  void count(std::int64_t c, bool said, bool is) {
    Class& counts = classes_[static_cast<std::size_t>(c)];
    if (said && is) counts.both += 1;
    if (said != is) counts.one += 1;
  }
  double threshold_;
  std::vector<Class> classes_;
};

}  // namespace

EBB_PLUGIN(metrics, "1.0") {
  plugin.metric<Auc>("auc")
      .doc(
          "The area under the ROC curve: the share of pairs of a positive and a negative sample in "
          "which the positive one has the higher score a; a tie counts half.")
      .input("a")
      .input("y");
  plugin.metric<AveragePrecision>("average_precision")
      .doc(
          "The precision, averaged over the ranks of the positive samples by their scores a: the "
          "area under the curve of precision over recall, in steps.")
      .input("a")
      .input("y");
  plugin.metric<F1>("f1")
      .doc(
          "2 P R / (P + R) of precision P and recall R. A single number a says yes above the "
          "threshold; of several, the largest is the class, and the result is the mean over the "
          "classes.")
      .input("a")
      .input("y")
      .attr("threshold", 0.5, "above which a says yes");
}
