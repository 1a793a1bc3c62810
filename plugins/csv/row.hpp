// Rows of CSV text: libcsv takes quotes apart, line by line.
#pragma once

#include <csv.h>

#include <string>
#include <string_view>
#include <vector>

namespace ebb::csv {

class RowParser {
 public:
  RowParser(char separator, char quote);
  ~RowParser() { csv_free(&parser_); }
  RowParser(const RowParser&) = delete;
  RowParser& operator=(const RowParser&) = delete;

  // Takes a line with its end; `place` ("FILE:LINE") is for errors. Returns whether a row is
  // complete; it may need more lines, and a blank line is none. Throws Failure.
  bool take(std::string_view line, const std::string& place);
  // At the end of the file: whether a row was left, which the end completes.
  bool finish(const std::string& place);
  // Whether lines were taken of a row that is not complete.
  bool within_row() const { return within_; }

  // Of the complete row; valid until the next call.
  std::size_t fields() const { return ends_.size(); }
  std::string_view field(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(text_).substr(begin, ends_[i] - begin);
  }

 private:
  static void add_field(void* bytes, std::size_t size, void* self) noexcept;
  static void end_row(int, void* self) noexcept { ++static_cast<RowParser*>(self)->rows_; }
  void forget_row();
  [[noreturn]] void refuse_memory(const std::string& place, std::size_t size) const;

  csv_parser parser_{};
  char quote_;
  std::string text_;               // the fields one after the other
  std::vector<std::size_t> ends_;  // of each field in it
  int rows_ = 0;                   // that the last line completed
  bool within_ = false;
  bool is_out_of_memory_ = false;
};

}  // namespace ebb::csv
