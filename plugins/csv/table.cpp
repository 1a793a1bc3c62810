#include "plugins/csv/table.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>

#include "plugins/files/fields.hpp"
#include "plugins/files/lines.hpp"

namespace ebb::csv {

namespace {

constexpr std::uint64_t longest_row = 64 << 20;
constexpr std::size_t most_categories = 1 << 16;

bool contains(const Strings& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

// The whole of `text` as a number; from_chars takes no plus.
template <class Number>
std::optional<Number> parsed(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if constexpr (std::is_floating_point_v<Number>) {
    // Beyond the range: infinite, or zero.
    if (error == std::errc::result_out_of_range)
      return std::strtod(std::string(text).c_str(), nullptr);
    if (std::isnan(number)) return std::nullopt;
  }
  if (error != std::errc()) return std::nullopt;
  return number;
}

// By their numbers where all are numbers, else by their bytes.
Strings sorted(const std::set<std::string>& texts) {
  Strings list(texts.begin(), texts.end());
  if (std::ranges::all_of(list, [](const std::string& t) { return parsed<double>(t).has_value(); }))
    std::ranges::stable_sort(list, {}, [](const std::string& t) { return *parsed<double>(t); });
  return list;
}

std::string backticked(std::string_view text) { return "`" + std::string(text) + "`"; }

}  // namespace

Table::Table(const Options& options)
    : options_(options), file_(options.path), row_(options.separator, options.quote) {
  learn_types();
  if (names_.empty()) files::fail(options_.path, "the file is empty");
  if (begins_.empty())
    files::fail(options_.path, options_.if_missing == IfMissing::skip
                                   ? "no row is left without those that miss a value"
                                   : "there are no rows after the header");
  learn_categories();
}

void Table::each_row(const std::function<void(const Place&)>& visit) {
  files::Lines lines(file_);
  std::string_view line;
  Place place{};
  const auto begin = [&] { return options_.path + ":" + std::to_string(place.line); };
  while (lines.next(line)) {
    if (!row_.within_row()) place = {lines.offset(), 0, lines.number()};
    place.end = lines.offset() + line.size();
    if (place.end - place.begin > longest_row)
      throw sdk::Failure(begin() + ": a quoted field has no closing quote in the next 64 MiB");
    if (row_.take(line, lines.place())) visit(place);
  }
  if (row_.finish(begin())) visit(place);
}

// The first row says how many columns there are, and perhaps their names.
void Table::begin_columns() {
  for (std::size_t i = 0; i < row_.fields(); ++i) {
    const std::string_view name = options_.header ? row_.field(i) : std::string_view();
    names_.push_back(name.empty() ? "c" + std::to_string(i + 1) : std::string(name));
  }
  choose_columns();
}

std::size_t Table::field_called(const std::string& name) const {
  const auto found = std::ranges::find(names_, name);
  if (found == names_.end())
    files::fail(options_.path, "there is no column " + backticked(name),
                "it has " + files::listed(names_));
  if (std::find(found + 1, names_.end(), name) != names_.end())
    files::fail(options_.path, "two columns are called " + backticked(name),
                "`header = false` calls them c1, c2 and so on (and the header must go)");
  return static_cast<std::size_t>(found - names_.begin());
}

void Table::choose_columns() {
  for (const std::string& name : options_.columns) columns_.push_back({name, field_called(name)});
  for (std::size_t i = 0; i < names_.size() && options_.columns.empty(); ++i)
    columns_.push_back({names_[i], i});
  for (const Strings* list : {&options_.one_hot, &options_.categorical, &options_.real})
    for (const std::string& name : *list) field_called(name);
  for (TableColumn& column : columns_) {
    column.one_hot = contains(options_.one_hot, column.name);
    if (column.one_hot || contains(options_.categorical, column.name))
      column.kind = Kind::category;
    else if (contains(options_.real, column.name))
      column.kind = Kind::real;
  }
}

void Table::check_fields(const Place& place) const {
  if (row_.fields() == names_.size()) return;
  throw sdk::Failure(
      options_.path + ":" + std::to_string(place.line) + ": " + std::to_string(row_.fields()) +
          (row_.fields() == 1 ? " field" : " fields") + ", but the " +
          (options_.header ? "header" : "first row") + " has " + std::to_string(names_.size()),
      row_.fields() == 1 ? "is the separator another? `separator = \";\"`" : "");
}

bool Table::is_missing(std::string_view text) const { return contains(options_.missing, text); }

bool Table::row_is_skipped() const {
  return options_.if_missing == IfMissing::skip &&
         std::ranges::any_of(columns_, [this](const TableColumn& column) {
           return is_missing(row_.field(column.field));
         });
}

std::string Table::place_of(const Place& place, const TableColumn& column) const {
  return options_.path + ":" + std::to_string(place.line) + ": column " + backticked(column.name) +
         ": ";
}

// Finds the rows, and what kind of values each column has.
void Table::learn_types() {
  // Of each column: the kind that its first value showed.
  std::vector<std::optional<bool>> is_text;
  each_row([&](const Place& place) {
    if (names_.empty()) {
      begin_columns();
      is_text.resize(columns_.size());
      if (options_.header) return;
    }
    check_fields(place);
    if (row_is_skipped()) return;
    begins_.push_back(place.begin);
    sizes_.push_back(static_cast<std::uint32_t>(place.end - place.begin));
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      TableColumn& column = columns_[i];
      const std::string_view text = row_.field(column.field);
      if (is_missing(text))
        learn_missing(column, place);
      else
        learn_kind(column, is_text[i], text, place);
    }
  });
}

void Table::learn_missing(TableColumn& column, const Place& place) const {
  if (options_.if_missing == IfMissing::error)
    throw sdk::Failure(place_of(place, column) + "the value is missing",
                       "`if_missing = \"skip\"` leaves such rows out, \"nan\" makes it NaN");
  if (column.kind == Kind::category && !column.one_hot)
    throw sdk::Failure(place_of(place, column) + "a missing category has no number",
                       "put the column in `one_hot`, where it becomes zeros, or say `if_missing = "
                       "\"skip\"`");
  if (column.kind == Kind::whole) column.kind = Kind::real;
}

void Table::learn_kind(TableColumn& column, std::optional<bool>& is_text, std::string_view text,
                       const Place& place) const {
  const bool declared = contains(options_.categorical, column.name) || column.one_hot;
  if (declared) return;
  const bool number = parsed<double>(text).has_value();
  if (!is_text && !number && !contains(options_.real, column.name)) {
    is_text = true;
    // What is missing before was taken as NaN, which no category is.
    if (column.kind == Kind::real)
      throw sdk::Failure(
          place_of(place, column) + backticked(text) + " is a category, and one is missing before",
          "put the column in `one_hot`, or say `if_missing = \"skip\"`");
    column.kind = Kind::category;
  }
  if (!is_text) is_text = false;
  if (*is_text == number)
    throw sdk::Failure(place_of(place, column) + backticked(text) +
                           (number ? " is a number" : " is no number") +
                           (contains(options_.real, column.name) ? ""
                            : number                             ? ", but there are texts before"
                                     : ", but there are numbers before"),
                       "add it to `missing`, or say `categorical = [\"" + column.name + "\"]`");
  if (column.kind == Kind::whole && !parsed<std::int64_t>(text)) column.kind = Kind::real;
}

void Table::learn_categories() {
  std::vector<std::pair<TableColumn*, std::set<std::string>>> wanted;
  for (TableColumn& column : columns_)
    if (column.kind == Kind::category) wanted.emplace_back(&column, std::set<std::string>());
  if (wanted.empty()) return;
  bool first = options_.header;
  each_row([&](const Place& place) {
    if (std::exchange(first, false)) return;
    check_fields(place);
    if (row_is_skipped()) return;
    for (auto& [column, texts] : wanted) {
      const std::string_view text = row_.field(column->field);
      if (!is_missing(text)) texts.emplace(text);
      if (texts.size() > most_categories)
        throw sdk::Failure(place_of(place, *column) + "more than 65536 different texts",
                           "`columns = [...]` says which columns are wanted");
    }
  });
  for (auto& [column, texts] : wanted) {
    column->categories = sorted(texts);
    for (const std::string& text : column->categories)
      column->codes.emplace(text, static_cast<std::int64_t>(column->codes.size()));
  }
}

Cell Table::cell(const TableColumn& column, std::string_view text) const {
  if (is_missing(text)) {
    if (column.kind == Kind::real)
      return std::bit_cast<Cell>(std::numeric_limits<double>::quiet_NaN());
    if (column.one_hot) return -1;
  } else if (column.kind == Kind::whole) {
    if (const auto number = parsed<std::int64_t>(text)) return *number;
  } else if (column.kind == Kind::real) {
    if (const auto number = parsed<double>(text)) return std::bit_cast<Cell>(*number);
  } else if (const auto code = column.codes.find(text); code != column.codes.end()) {
    return code->second;
  }
  files::fail(options_.path, "is not as it was when it was opened",
              "nothing may write to it meanwhile");
}

void Table::read(std::span<const std::int64_t> rows, std::vector<Cell>& cells) {
  constexpr std::uint64_t step = 1 << 20;
  cells.clear();
  std::string block;
  const auto begin_of = [&](std::size_t i) { return begins_[static_cast<std::size_t>(rows[i])]; };
  const auto end_of = [&](std::size_t i) {
    return begin_of(i) + sizes_[static_cast<std::size_t>(rows[i])];
  };
  for (std::size_t i = 0, end = 0; i < rows.size(); i = end) {
    // Rows near each other come in one piece.
    for (end = i + 1;
         end < rows.size() && rows[end] == rows[end - 1] + 1 && end_of(end) - begin_of(i) <= step;)
      ++end;
    block.resize(end_of(end - 1) - begin_of(i));
    file_.read(begin_of(i), std::as_writable_bytes(std::span(block)));
    for (std::size_t k = i; k < end; ++k) {
      const auto text =
          std::string_view(block).substr(begin_of(k) - begin_of(i), end_of(k) - begin_of(k));
      if (!row_.take(text, options_.path) && !row_.finish(options_.path))
        files::fail(options_.path, "is not as it was when it was opened");
      check_fields({});
      for (const TableColumn& column : columns_)
        cells.push_back(cell(column, row_.field(column.field)));
    }
  }
}

}  // namespace ebb::csv
