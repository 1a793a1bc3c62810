#include "plugins/csv/row.hpp"

#include <ebb/value.hpp>
#include <new>

namespace ebb::csv {

namespace {

// The column of a byte, which a person counts in characters.
std::size_t column(std::string_view line, std::size_t byte) {
  std::size_t column = 1;
  for (const char c : line.substr(0, byte)) column += (c & 0xc0) != 0x80;
  return column;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

RowParser::RowParser(char separator, char quote) : quote_(quote) {
  csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI);
  csv_set_delim(&parser_, static_cast<unsigned char>(separator));
  csv_set_quote(&parser_, static_cast<unsigned char>(quote));
}

// An exception must not pass through libcsv.
void RowParser::add_field(void* bytes, std::size_t size, void* self) noexcept {
  auto& row = *static_cast<RowParser*>(self);
  try {
    row.text_.append(static_cast<const char*>(bytes), size);
    row.ends_.push_back(row.text_.size());
  } catch (const std::bad_alloc&) {
    row.is_out_of_memory_ = true;
  }
}

void RowParser::refuse_memory(const std::string& place, std::size_t size) const {
  throw sdk::Failure(place + ": there is no memory for its row of " +
                     std::to_string(text_.size() + size) + " bytes");
}

void RowParser::forget_row() {
  text_.clear();
  ends_.clear();
}

bool RowParser::take(std::string_view line, const std::string& place) {
  if (!within_) {
    forget_row();
    if (is_blank(line)) return false;
  }
  rows_ = 0;
  const std::size_t taken =
      csv_parse(&parser_, line.data(), line.size(), &add_field, &end_row, this);
  if (is_out_of_memory_ || (taken < line.size() && csv_error(&parser_) != CSV_EPARSE))
    refuse_memory(place, line.size());
  if (taken < line.size()) {
    throw sdk::Failure(place + ":" + std::to_string(column(line, taken)) +
                           ": a quote within a field that is not quoted, or text after a closing "
                           "quote",
                       "a field with quotes in it is written \"so: \"\"here\"\".\"; `quote = "
                       "\"\"` takes quotes as they are");
  }
  if (rows_ > 1)
    throw sdk::Failure(place + ": a carriage return ends a row within the line",
                       "lines end with LF or CRLF: convert the file, or quote the field");
  within_ = rows_ == 0;
  return rows_ == 1;
}

bool RowParser::finish(const std::string& place) {
  if (!within_) return false;
  if (csv_fini(&parser_, &add_field, &end_row, this) != 0)
    throw sdk::Failure(place + ": a quoted field has no closing quote before the end of the file");
  within_ = false;
  return true;
}

}  // namespace ebb::csv
