// Tables in text files as a data source.
#include <algorithm>
#include <bit>
#include <ebb/plugin.hpp>
#include <numeric>

#include "plugins/csv/table.hpp"
#include "plugins/files/fields.hpp"

using namespace ebb::sdk;

namespace ebb::csv {

namespace {

// Tables of up to so many cells are kept in memory.
constexpr std::int64_t kept_cells = 8 << 20;

// What scripts see as one column: one of the table, or all that were selected as a vector.
struct View {
  std::size_t first, count;  // columns of the table
};

class CsvSource : public Source {
 public:
  explicit CsvSource(const Options& options) : table_(options), width_(table_.columns().size()) {
    if (options.columns.size() > 1) {
      add_vector(options);
    } else {
      add_fields(options.columns.empty());
    }
    if (samples() > kept_cells / static_cast<std::int64_t>(width_)) return;
    rows_.resize(static_cast<std::size_t>(samples()));
    std::iota(rows_.begin(), rows_.end(), 0);
    table_.read(rows_, cells_);
    kept_ = true;
  }

  std::int64_t samples() const override { return table_.rows(); }
  const std::vector<Column>& columns() const override { return columns_; }
  void read(int column, std::span<const std::int64_t> indices, void* to) override {
    // The columns of the same rows are asked for one after the other: they are parsed once.
    if (!kept_ && !std::ranges::equal(rows_, indices)) {
      rows_.clear();
      table_.read(indices, cells_);
      rows_.assign(indices.begin(), indices.end());
    }
    const auto c = static_cast<std::size_t>(column);
    const std::int32_t dtype = columns_[c].dtype;
    if (dtype == EBB_U8)
      write(views_[c], indices, static_cast<std::uint8_t*>(to));
    else if (dtype == EBB_I64)
      write(views_[c], indices, static_cast<std::int64_t*>(to));
    else
      write(views_[c], indices, static_cast<double*>(to));
  }

 private:
  static std::int64_t size_of(const TableColumn& column) {
    return column.one_hot ? static_cast<std::int64_t>(column.categories.size()) : 1;
  }

  void add_fields(bool named) {
    std::vector<std::string> names;
    for (const TableColumn& column : table_.columns()) names.push_back(column.name);
    names = files::identifiers(names);
    for (std::size_t i = 0; i < width_; ++i) {
      const TableColumn& column = table_.columns()[i];
      Column field{named ? names[i] : "", column.kind == Kind::real ? EBB_F64 : EBB_I64, {}};
      if (column.one_hot) {
        field.dtype = EBB_U8;
        field.dims = {size_of(column)};
      }
      columns_.push_back(field);
      views_.push_back({i, 1});
    }
  }

  void add_vector(const Options& options) {
    Column vector{"", EBB_I64, {0}};
    for (const TableColumn& column : table_.columns()) {
      if (column.kind == Kind::category && !column.one_hot)
        files::fail(options.path, "column `" + column.name + "` holds texts, so it is no number",
                    "say one_hot = [\"" + column.name + "\"], or leave it out of `columns`");
      if (column.kind == Kind::real) vector.dtype = EBB_F64;
      vector.dims[0] += size_of(column);
    }
    columns_.push_back(vector);
    views_.push_back({0, width_});
  }

  template <class T>
  void write(const View& view, std::span<const std::int64_t> indices, T* to) const {
    for (std::size_t k = 0; k < indices.size(); ++k) {
      const std::size_t row = kept_ ? static_cast<std::size_t>(indices[k]) : k;
      for (std::size_t c = view.first; c < view.first + view.count; ++c) {
        const TableColumn& column = table_.columns()[c];
        const Cell cell = cells_[row * width_ + c];
        if (column.one_hot)
          for (std::int64_t i = 0; i < size_of(column); ++i) *to++ = i == cell ? 1 : 0;
        else
          *to++ = column.kind == Kind::real ? static_cast<T>(std::bit_cast<double>(cell))
                                            : static_cast<T>(cell);
      }
    }
  }

  Table table_;
  std::size_t width_;
  std::vector<Column> columns_;
  std::vector<View> views_;
  // What was read last, or all.
  bool kept_ = false;
  std::vector<std::int64_t> rows_;
  std::vector<Cell> cells_;
};

}  // namespace

}  // namespace ebb::csv

EBB_PLUGIN(csv, "1.0") {
  plugin.source("csv")
      .doc(
          "The rows of a table in a text file (RFC 4180): a field for each column, or with "
          "`columns` "
          "those columns as one vector. Whole numbers and reals come as such, texts as numbers of "
          "the sorted categories.")
      .path("path", "the file, relative to the data folder")
      .attr("header", true, "whether the first row names the columns; else they are c1, c2 ...")
      .attr("separator", ",", "between fields; \"\\t\" is a tab")
      .attr("quote", "\"",
            "around fields that hold a separator or a line end; \"\": there are none")
      .attr("missing", Strings{"", "NA", "NaN", "nan", "?"}, "what stands for a missing value")
      .attr("if_missing", "error",
            "a missing value: \"error\"; \"nan\" (NaN, and zeros for a one-hot category); \"skip\" "
            "leaves the row out")
      .attr("columns", Strings{}, "the names of the columns that are wanted, as one vector")
      .attr("one_hot", Strings{},
            "columns of categories that become vectors of zeros and a one, in the sorted order")
      .attr("categorical", Strings{}, "columns of categories, though they hold numbers")
      .attr("real", Strings{}, "columns of reals, though they hold whole numbers alone")
      .open([](const Attributes& a) {
        return std::make_unique<ebb::csv::CsvSource>(ebb::csv::Options(a));
      });
}
