// A terminal as tests see it: a pseudo-terminal in which `ebb` runs, and the screen that it writes.
#pragma once

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ebb::test {

// What stands on the screen, a string per cell: text, carriage returns, new lines, erasing,
// wrapping and colours are understood, and anything else is an error. Characters are one column
// wide.
class Screen {
 public:
  explicit Screen(std::size_t columns) : columns_(columns) {}

  void write(std::string_view bytes) {
    pending_ += bytes;
    while (!pending_.empty() && take_one()) {
    }
  }

  // As terminals do that reflow: a line that no longer fits is broken, and the cursor stays at its
  // character.
  void resize(std::size_t columns) {
    std::vector<Row> broken;
    std::size_t row = 0, column = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::size_t first = broken.size();
      broken.emplace_back();
      for (const std::string& cell : rows_[i]) {
        if (broken.back().size() == columns) broken.emplace_back();
        broken.back().push_back(cell);
      }
      if (i == row_) {
        row = first + column_ / columns;
        column = column_ % columns;
      }
    }
    rows_ = broken;
    row_ = row;
    column_ = column;
    columns_ = columns;
  }

  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const Row& row : rows_) {
      std::string& line = lines.emplace_back();
      for (const std::string& cell : row) line += cell;
      line.erase(line.find_last_not_of(' ') + 1);
    }
    while (!lines.empty() && lines.back().empty()) lines.pop_back();
    return lines;
  }
  std::string last_line() const { return lines().empty() ? "" : lines().back(); }
  std::size_t columns() const { return columns_; }
  bool has_color() const { return has_color_; }

 private:
  using Row = std::vector<std::string>;

  // False where more bytes must come first.
  bool take_one() {
    const auto first = static_cast<unsigned char>(pending_[0]);
    if (first == 0x1b) return take_sequence();
    const std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (pending_.size() < length) return false;
    put(pending_.substr(0, length));
    pending_.erase(0, length);
    return true;
  }

  bool take_sequence() {
    const std::size_t end = pending_.find_first_not_of("0123456789;?", 2);
    if (pending_.size() < 3 || end == std::string::npos) return false;
    const std::string sequence = pending_.substr(0, end + 1);
    pending_.erase(0, end + 1);
    if (sequence == "\x1b[J" || sequence == "\x1b[K") {
      rows_[row_].resize(std::min(column_, rows_[row_].size()));
      if (sequence == "\x1b[J") rows_.resize(row_ + 1);
    } else if (sequence == "\x1b[?7l" || sequence == "\x1b[?7h") {
      wraps_ = sequence.ends_with('h');
    } else if (sequence.ends_with('m')) {
      has_color_ = true;
    } else {
      throw std::runtime_error("the screen does not know " + sequence.substr(1));
    }
    return true;
  }

  void put(const std::string& character) {
    if (character == "\r") {
      column_ = 0;
    } else if (character == "\n") {
      if (++row_ == rows_.size()) rows_.emplace_back();
    } else {
      if (column_ == columns_ && wraps_) {
        column_ = 0;
        put("\n");
      }
      column_ = std::min(column_, columns_ - 1);
      Row& row = rows_[row_];
      if (row.size() <= column_) row.resize(column_ + 1, " ");
      row[column_++] = character;
    }
  }

  std::size_t columns_, row_ = 0, column_ = 0;
  std::vector<Row> rows_{1};
  std::string pending_;
  bool wraps_ = true, has_color_ = false;
};

// A program in a pseudo-terminal of its own; `prepare` runs in it before the program does.
class InTerminal {
 public:
  InTerminal(const std::vector<std::string>& command, std::size_t columns,
             const std::function<void()>& prepare)
      : screen(columns) {
    winsize size = size_of(columns);
    child_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
    if (child_ < 0) throw std::runtime_error("forkpty failed");
    if (child_ == 0) {
      prepare();
      std::vector<char*> words;
      for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
      words.push_back(nullptr);
      ::execv(words[0], words.data());
      ::_exit(127);
    }
  }
  ~InTerminal() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    ::close(terminal_);
  }
  InTerminal(const InTerminal&) = delete;
  InTerminal& operator=(const InTerminal&) = delete;

  // Reads until the screen is so, or a minute has passed. Whether it is.
  bool wait_for(const std::function<bool()>& is_so) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::minutes(1);
    while (!is_so())
      if (Clock::now() > end || !read_some()) return is_so();
    return true;
  }
  void resize(std::size_t columns) {
    const winsize size = size_of(columns);
    ::ioctl(terminal_, TIOCSWINSZ, &size);
    screen.resize(columns);
  }
  void signal(int number) const { ::kill(child_, number); }
  // Reads to the program's end; its exit status.
  int end() {
    while (read_some()) {
    }
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  Screen screen;

 private:
  static winsize size_of(std::size_t columns) {
    winsize size{};
    size.ws_col = static_cast<unsigned short>(columns);
    size.ws_row = 24;
    return size;
  }
  bool read_some() {
    pollfd ready{terminal_, POLLIN, 0};
    char bytes[4096];
    if (::poll(&ready, 1, 60000) <= 0) return false;
    const ssize_t count = ::read(terminal_, bytes, sizeof bytes);
    if (count <= 0) return false;
    screen.write({bytes, static_cast<std::size_t>(count)});
    return true;
  }

  int terminal_ = -1;
  pid_t child_ = -1;
};

}  // namespace ebb::test
