// A text file line by line, in bounded memory.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "plugins/files/file.hpp"

namespace ebb::files {

class Lines {
 public:
  explicit Lines(Bytes& file) : file_(file) {
    fill();
    if (buffer_.starts_with("\xef\xbb\xbf")) begin_ = 3;
    if (buffer_.starts_with("\xff\xfe") || buffer_.starts_with("\xfe\xff"))
      fail(file.name(), "is UTF-16, not UTF-8", "save it as UTF-8");
  }

  // The next line with its end, or nothing. Valid until the next call.
  bool next(std::string_view& line) {
    std::size_t end = 0;
    while ((end = buffer_.find('\n', std::max(begin_, searched_))) == std::string::npos) {
      searched_ = buffer_.size();
      if (at_ == file_.size()) break;
      if (buffer_.size() - begin_ > longest)
        fail(file_.name() + ":" + std::to_string(number_ + 1),
             "is longer than 64 MiB; this is no text of lines");
      fill();
    }
    if (end == std::string::npos && begin_ == buffer_.size()) return false;
    end = end == std::string::npos ? buffer_.size() : end + 1;
    line = std::string_view(buffer_).substr(begin_, end - begin_);
    offset_ = at_ - buffer_.size() + begin_;
    begin_ = end;
    ++number_;
    if (line.find('\0') != std::string_view::npos)
      fail(place(), "has a zero byte; this is no text");
    return true;
  }

  // Of the line that `next` gave: where it begins in the file, and its number, from 1.
  std::uint64_t offset() const { return offset_; }
  std::int64_t number() const { return number_; }
  // "FILE:LINE"
  std::string place() const { return file_.name() + ":" + std::to_string(number_); }

 private:
  static constexpr std::size_t step = 1 << 20, longest = 64 << 20;

  // Drops what was read, and appends what comes next in the file.
  void fill() {
    buffer_.erase(0, begin_);
    searched_ -= std::min(searched_, begin_);
    begin_ = 0;
    const std::size_t kept = buffer_.size();
    buffer_.resize(kept + std::min<std::uint64_t>(step, file_.size() - at_));
    const std::span<char> fresh = std::span(buffer_).subspan(kept);
    file_.read(at_, std::as_writable_bytes(fresh));
    at_ += fresh.size();
  }

  Bytes& file_;
  std::string buffer_;
  std::size_t begin_ = 0, searched_ = 0;  // in the buffer
  std::uint64_t at_ = 0;                  // where in the file the buffer ends
  std::uint64_t offset_ = 0;
  std::int64_t number_ = 0;
};

}  // namespace ebb::files
