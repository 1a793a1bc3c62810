// A CSV file as a table: where its rows are, and what its columns hold.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/csv/options.hpp"
#include "plugins/csv/row.hpp"
#include "plugins/files/file.hpp"

namespace ebb::csv {

// Texts are categories, their codes the positions among all of the column, sorted.
enum class Kind { whole, real, category };

// A column that is wanted, as the whole file shows it.
struct TableColumn {
  std::string name;
  std::size_t field = 0;  // of a row
  Kind kind = Kind::whole;
  bool one_hot = false;
  Strings categories{};                                      // sorted; of a category
  std::map<std::string, std::int64_t, std::less<>> codes{};  // the position of each
};

// A value of a row: a whole number, the bits of a double, a category's code, or -1 where one that
// is to be one-hot is missing.
using Cell = std::int64_t;

class Table {
 public:
  // Goes through the file: rows, types, categories. Throws Failure, with the place.
  explicit Table(const Options& options);

  std::int64_t rows() const { return static_cast<std::int64_t>(begins_.size()); }
  const std::vector<TableColumn>& columns() const { return columns_; }
  // The cells of these rows, row after row, read from the file.
  void read(std::span<const std::int64_t> rows, std::vector<Cell>& cells);

 private:
  struct Place {
    std::uint64_t begin, end;  // in the file
    std::int64_t line;
  };
  // Calls `visit` for each row with its place, the header (where there is one) first.
  void each_row(const std::function<void(const Place&)>& visit);
  void begin_columns();
  std::size_t field_called(const std::string& name) const;
  void choose_columns();
  void learn_types();
  void learn_missing(TableColumn& column, const Place& place) const;
  // `is_text`: whether the column's values are texts, once there was one.
  void learn_kind(TableColumn& column, std::optional<bool>& is_text, std::string_view text,
                  const Place& place) const;
  void learn_categories();
  void check_fields(const Place& place) const;
  bool is_missing(std::string_view text) const;
  bool row_is_skipped() const;
  std::string place_of(const Place& place, const TableColumn& column) const;
  Cell cell(const TableColumn& column, std::string_view text) const;

  Options options_;
  files::File file_;
  RowParser row_;
  Strings names_;  // of all columns of the file
  std::vector<TableColumn> columns_;
  std::vector<std::uint64_t> begins_;  // of the rows that count
  std::vector<std::uint32_t> sizes_;
};

}  // namespace ebb::csv
