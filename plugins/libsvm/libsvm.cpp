// Sparse text, one sample a line, as a data source: "+1 3:0.5 7:1".
#include <algorithm>
#include <charconv>
#include <cmath>
#include <ebb/plugin.hpp>

#include "plugins/files/lines.hpp"

using namespace ebb::sdk;

namespace ebb::libsvm {

namespace {

// The words of a line; what they say wrong is an error at their place.
class Words {
 public:
  Words(std::string_view line, std::string place) : line_(line), place_(std::move(place)) {
    // What follows is a comment.
    line_ = line_.substr(0, line_.find('#'));
  }

  // Whether there is another word, which is then `word`.
  bool next() {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t begin = line_.find_first_not_of(blanks, at_);
    if (begin == std::string_view::npos) return false;
    at_ = std::min(line_.find_first_of(blanks, begin), line_.size());
    word = line_.substr(begin, at_ - begin);
    begin_ = begin;
    return true;
  }
  std::string_view word;

  [[noreturn]] void fail(const std::string& what, const std::string& hint = {}) const {
    throw Failure(
        place_ + ":" + std::to_string(begin_ + 1) + ": `" + std::string(word) + "` " + what, hint);
  }
  // The whole of `text` as a number.
  template <class Number>
  Number number(std::string_view text, const char* what) const {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) fail(what);
    if (std::isnan(static_cast<double>(value))) fail(what);
    return value;
  }

 private:
  std::string_view line_;
  std::string place_;
  std::size_t at_ = 0, begin_ = 0;
};

struct Pair {
  std::int64_t index;  // from 0
  double value;
};

// A line that has a sample: its label and its values in order of their indices, which count from
// `first`.
double parse(Words& words, std::int64_t first, std::vector<Pair>& pairs) {
  constexpr std::int64_t most = std::int64_t{1} << 32;
  pairs.clear();
  if (words.word.find(',') != std::string_view::npos)
    words.fail("is several labels", "only samples with one label can be read");
  const double label = words.number<double>(words.word, "is no label, which is a number");
  while (words.next()) {
    const std::size_t colon = words.word.find(':');
    if (colon == std::string_view::npos)
      words.fail("is not INDEX:VALUE", "a line is a label, then such pairs: +1 3:0.5 7:1");
    const std::string_view index_text = words.word.substr(0, colon);
    if (index_text == "qid") words.fail("groups samples, which Ebb knows nothing of", "remove it");
    const auto index = words.number<std::int64_t>(index_text, "has no whole number as its index");
    if (index < first)
      words.fail("has an index below " + std::to_string(first),
                 first == 1 ? "indices count from 1, or from 0 with `zero_based = true`" : "");
    if (index - first >= most) words.fail("has an index beyond 2^32");
    if (!pairs.empty() && index - first <= pairs.back().index)
      words.fail("does not come after the index before it", "indices rise along a line");
    const auto value =
        words.number<double>(words.word.substr(colon + 1), "has no number as its value");
    pairs.push_back({index - first, value});
  }
  return label;
}

class LibsvmSource : public Source {
 public:
  LibsvmSource(const std::string& path, std::int64_t features, bool zero_based)
      : file_(path), first_(zero_based ? 0 : 1) {
    std::int64_t largest = 0;
    files::Lines lines(file_);
    for (std::string_view line; lines.next(line);) {
      Words words(line, lines.place());
      if (!words.next()) continue;
      const double label = parse(words, first_, pairs_);
      whole_ = whole_ && std::floor(label) == label && std::abs(label) <= 0x1p53;
      if (!pairs_.empty()) largest = std::max(largest, pairs_.back().index + 1);
      if (features > 0 && largest > features)
        words.fail("has an index beyond the " + std::to_string(features) + " features");
      begins_.push_back(lines.offset());
      sizes_.push_back(static_cast<std::uint32_t>(line.size()));
    }
    if (begins_.empty()) files::fail(path, "there are no samples");
    if (largest == 0 && features == 0)
      files::fail(path, "no sample has a value", "`features` says how many there are");
    features_ = features > 0 ? features : largest;
    if (features == 0) require_borne_out();
    columns_ = {{"x", EBB_F64, {features_}}, {"y", whole_ ? EBB_I64 : EBB_F64, {}}};
  }

  std::int64_t samples() const override { return static_cast<std::int64_t>(begins_.size()); }
  const std::vector<Column>& columns() const override { return columns_; }
  void read(int column, std::span<const std::int64_t> indices, void* to) override {
    auto* x = static_cast<double*>(to);
    for (std::size_t k = 0; k < indices.size(); ++k) {
      const double label = parse_sample(static_cast<std::size_t>(indices[k]));
      if (column == 0) {
        std::fill_n(x, features_, 0.0);
        for (const Pair& pair : pairs_) x[pair.index] = pair.value;
        x += features_;
      } else if (whole_) {
        static_cast<std::int64_t*>(to)[k] = static_cast<std::int64_t>(label);
      } else {
        x[k] = label;
      }
    }
  }

 private:
  // One large index makes all samples long.
  void require_borne_out() const {
    const auto samples = static_cast<std::uint64_t>(begins_.size());
    std::uint64_t bytes = 0;
    if (!__builtin_mul_overflow(samples * sizeof(double), static_cast<std::uint64_t>(features_),
                                &bytes) &&
        is_borne_out(bytes, file_.size()))
      return;
    const std::string features = std::to_string(features_);
    files::fail(file_.name(),
                "its largest index makes a file of " + std::to_string(file_.size()) + " bytes " +
                    std::to_string(samples) + " x " + features + " numbers, more than " +
                    std::to_string(most_unfolded) + " bytes for each of its own",
                "where it is meant so: libsvm(..., features = " + features + ")");
  }
  double parse_sample(std::size_t sample) {
    line_.resize(sizes_[sample]);
    file_.read(begins_[sample], std::as_writable_bytes(std::span(line_)));
    Words words(line_, file_.name());
    const double label = words.next() ? parse(words, first_, pairs_) : NAN;
    if (std::isnan(label) || (!pairs_.empty() && pairs_.back().index >= features_))
      files::fail(file_.name(), "is not as it was when it was opened",
                  "nothing may write to it meanwhile");
    return label;
  }

  files::File file_;
  std::int64_t first_;  // index
  std::int64_t features_ = 0;
  bool whole_ = true;  // every label
  std::vector<std::uint64_t> begins_;
  std::vector<std::uint32_t> sizes_;
  std::vector<Column> columns_;
  // Of the line that was parsed last.
  std::string line_;
  std::vector<Pair> pairs_;
};

}  // namespace

}  // namespace ebb::libsvm

EBB_PLUGIN(libsvm, "1.0") {
  plugin.source("libsvm")
      .doc(
          "Samples of sparse text, a line each, as LIBSVM has them (`+1 3:0.5 7:1`): `.x`, a "
          "vector "
          "with zeros where the line says nothing, and `.y`, the label.")
      .path("path", "the file, relative to the data folder")
      .attr("features", 0, "how long `.x` is; 0: as long as the file's largest index",
            Interval{0, 4294967296.0})
      .attr("zero_based", false, "whether indices count from 0, not from 1")
      .open([](const Attributes& a) {
        return std::make_unique<ebb::libsvm::LibsvmSource>(a.string(0), a.integer(1), a.boolean(2));
      });
}
