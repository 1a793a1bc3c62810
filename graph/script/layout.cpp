#include "graph/script/layout.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "graph/script/characters.hpp"
#include "graph/script/lexer.hpp"
#include "graph/script/spacing.hpp"

namespace ebb {

namespace {

// What lines below each other have in a column; from `word` on only where they have so in the
// script.
enum class Column : std::uint8_t {
  none,
  parameter,  // ~
  state,      // =
  option,     // =
  help,       // of an option
  rewrite,    // =>
  key,        // = of `train`
  word,       // what follows `input`, `cost` ...
  name,       // =
  function,   // =
  data,       // { of a block in one line
};

struct Stop {
  Column column = Column::none;
  std::size_t token = 0;  // that begins the column
  std::size_t pad = 0;    // blanks before it, beside the usual one
};

struct LaidLine {
  std::size_t first = 0, last = 0;  // its tokens, half-open; none of a comment alone
  std::string_view comment;
  std::size_t comment_column = 0;  // in the script
  bool after_blank = false;        // an empty line stands before it
  std::array<Stop, 2> stops{};
  std::size_t end = 0, width = 0;  // without its comment: where it ends, how wide it is
};

class Layout {
 public:
  Layout(const SourceFile& file, std::size_t most) : file_(file), text_(file.text()), most_(most) {
    Diagnostics ignored;
    tokens_ = tokenize(file, ignored);
    std::erase_if(tokens_, [](const Token& token) {
      return token.kind == TokenKind::newline || token.kind == TokenKind::end;
    });
    blanks_ = blanks_before(tokens_);
  }

  std::string run() {
    split();
    drop_blank_lines();
    find_columns();
    for (std::size_t stop = 0; stop < 2; ++stop)
      for (std::size_t i = 0; i < lines_.size();) i = align(i, stop);
    for (LaidLine& line : lines_) write(line);
    return with_comments();
  }

 private:
  struct Bracket {
    std::size_t inside, closing;  // columns of lines that begin in it, and with its end
  };

  TokenKind kind(std::size_t i) const { return tokens_[i].kind; }
  std::string_view spelled(std::size_t i) const {
    return text_.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin);
  }

  void split();
  void split_gap(std::size_t begin, std::size_t end, LaidLine& line);
  void finish(LaidLine& line);
  void drop_blank_lines();
  void find_columns();
  void find_columns(LaidLine& line, bool in_train) const;
  std::size_t find(const LaidLine& line, TokenKind wanted) const;
  std::size_t align(std::size_t begin, std::size_t stop);
  void align(std::size_t begin, std::size_t end, std::size_t stop);
  void align_as_given(std::size_t begin, std::size_t end, std::size_t stop);
  std::size_t given_column(std::size_t i, std::size_t stop) const;
  std::string_view gap_before(std::size_t token) const;
  bool is_padded(std::size_t token) const;
  std::size_t width_before(const LaidLine& line, std::size_t token) const;
  std::size_t indentation(const LaidLine& line) const;
  std::size_t blanks_at(const LaidLine& line, std::size_t i) const;
  void write(LaidLine& line);
  std::string with_comments() const;
  std::pair<std::size_t, std::size_t> comment_column(std::size_t i) const;
  void check_size(std::size_t size) const {
    if (size > most_) throw UserError(file_.name() + ", laid out, is larger than a script may be");
  }

  static constexpr std::size_t step_ = 2;  // of indentation

  const SourceFile& file_;
  std::string_view text_;
  std::size_t most_;
  std::vector<Token> tokens_;
  std::vector<bool> blanks_;
  std::vector<LaidLine> lines_;
  std::string out_;
  std::vector<Bracket> brackets_;
  std::size_t braces_ = 0;
};

void Layout::split() {
  LaidLine line;
  std::size_t at = text_.starts_with("\uFEFF") ? 3 : 0;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    split_gap(at, tokens_[i].begin, line);
    if (line.last == 0) line.first = i;
    line.last = i + 1;
    at = tokens_[i].end;
  }
  split_gap(at, text_.size(), line);
  finish(line);
}

// Blanks, line ends and comments between two tokens.
void Layout::split_gap(std::size_t begin, std::size_t end, LaidLine& line) {
  const std::string_view gap = text_.substr(begin, end - begin);
  for (std::size_t at = 0;;) {
    const std::size_t newline = std::min(gap.find('\n', at), gap.size());
    const std::string_view piece = gap.substr(at, newline - at);
    if (const std::size_t sign = piece.find('#'); sign != std::string_view::npos) {
      line.comment = piece.substr(sign, piece.find_last_not_of(" \t\r") + 1 - sign);
      const std::size_t from = begin + at + sign, last = text_.substr(0, from).rfind('\n');
      line.comment_column = width_of(text_.substr(last + 1, from - last - 1));
    }
    if (newline == gap.size()) return;
    finish(line);
    at = newline + 1;
  }
}

void Layout::finish(LaidLine& line) {
  if (line.last == 0 && line.comment.empty()) {
    line.after_blank = true;
    return;
  }
  lines_.push_back(std::exchange(line, {}));
}

// At the beginning of the script, of a block and of brackets, and at their ends.
void Layout::drop_blank_lines() {
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const LaidLine& line = lines_[i];
    bool edge = i == 0;
    if (i > 0 && lines_[i - 1].last > 0) {
      const TokenKind before = kind(lines_[i - 1].last - 1);
      edge = opens_bracket(before) || before == TokenKind::open_brace;
    }
    if (line.last > 0)
      edge = edge || closes_bracket(kind(line.first)) || kind(line.first) == TokenKind::close_brace;
    if (edge) lines_[i].after_blank = false;
  }
}

void Layout::find_columns() {
  std::vector<bool> train{false};  // of the open blocks, whether they are within `train`
  std::size_t brackets = 0;
  for (LaidLine& line : lines_) {
    if (line.last > 0 && brackets == 0) find_columns(line, train.back());
    for (std::size_t i = line.first; i < line.last; ++i) {
      if (opens_bracket(kind(i))) ++brackets;
      if (closes_bracket(kind(i)) && brackets > 0) --brackets;
      if (kind(i) == TokenKind::close_brace && train.size() > 1) train.pop_back();
      if (kind(i) != TokenKind::open_brace) continue;
      const bool named = i > 0 && kind(i - 1) == TokenKind::key_train;
      const bool other =
          i > 1 && (kind(i - 2) == TokenKind::key_data || kind(i - 2) == TokenKind::dot);
      train.push_back(train.back() || (named && !other));
    }
  }
}

// Of a line that begins with a statement.
void Layout::find_columns(LaidLine& line, bool in_train) const {
  using enum TokenKind;
  const std::size_t second = line.first + 1;
  if (second >= line.last) return;
  const auto set = [&](std::size_t stop, Column column, std::size_t token) {
    if (token > 0) line.stops[stop] = {column, token, 0};
  };
  if (kind(second) == assign) return set(0, in_train ? Column::key : Column::name, second);
  switch (kind(line.first)) {
    case key_input:
    case key_target:
    case key_output:
    case key_cost:
    case key_metric:
      return set(0, Column::word, second);
    case key_param:
      set(0, Column::word, second);
      return set(1, Column::parameter, find(line, tilde));
    case key_state:
      return set(0, Column::state, find(line, assign));
    case key_option:
      set(0, Column::option, find(line, assign));
      return set(1, Column::help, find(line, string));
    case key_rewrite:
      return set(0, Column::rewrite, find(line, arrow));
    case key_def:
      return set(0, Column::function, find(line, assign));
    case key_data:
      if (kind(line.last - 1) == close_brace) set(0, Column::data, find(line, open_brace));
      return;
    default:
      return;
  }
}

// The first token of that kind outside brackets and blocks, 0 where there is none; a string behind
// a value.
std::size_t Layout::find(const LaidLine& line, TokenKind wanted) const {
  std::size_t depth = 0;
  for (std::size_t i = line.first + 1; i < line.last; ++i) {
    const TokenKind k = kind(i);
    if (closes_bracket(k)) --depth;
    const bool placed = k != TokenKind::string || ends_value(tokens_, i - 1);
    if (depth == 0 && k == wanted && placed) return i;
    if (depth == 0 && (k == TokenKind::open_brace || k == TokenKind::semicolon)) break;
    if (opens_bracket(k)) ++depth;
  }
  return 0;
}

// Sets the pad of the line and of those after it that share its column; returns the line behind.
std::size_t Layout::align(std::size_t begin, std::size_t stop) {
  const Column column = lines_[begin].stops[stop].column;
  std::size_t end = begin + 1;
  if (column == Column::none) return end;
  const auto shares = [&](const LaidLine& line) {
    return line.stops[stop].column == column && !line.after_blank;
  };
  while (end < lines_.size() && shares(lines_[end])) ++end;
  if (column >= Column::word) {
    align_as_given(begin, end, stop);
  } else {
    align(begin, end, stop);
  }
  return end;
}

void Layout::align(std::size_t begin, std::size_t end, std::size_t stop) {
  std::size_t widest = 0;
  for (std::size_t i = begin; i < end; ++i) {
    Stop& at = lines_[i].stops[stop];
    at.pad = width_before(lines_[i], at.token);
    widest = std::max(widest, at.pad);
  }
  for (std::size_t i = begin; i < end; ++i) {
    Stop& at = lines_[i].stops[stop];
    at.pad = widest - at.pad + (at.column == Column::help ? 1 : 0);
  }
}

// Lines that share a column in the script keep one; those that lie beyond what they need, as when a
// name near them was changed, share that of the lines before them, or, at the beginning, after.
void Layout::align_as_given(std::size_t begin, std::size_t end, std::size_t stop) {
  bool joins = true;
  for (std::size_t i = begin, next = 0; i < end; i = next) {
    bool loose = true;
    for (next = i; next < end && given_column(next, stop) == given_column(i, stop); ++next)
      loose = loose && is_padded(lines_[next].stops[stop].token);
    if (!joins && !loose) align(std::exchange(begin, i), i, stop);
    joins = joins && loose;
  }
  align(begin, end, stop);
}

// What the script has before a token.
std::string_view Layout::gap_before(std::size_t token) const {
  const std::size_t begin = tokens_[token - 1].end;
  return text_.substr(begin, tokens_[token].begin - begin);
}

// Where the column of a line begins in the script, from the line's first token, with one blank
// before it at least.
std::size_t Layout::given_column(std::size_t i, std::size_t stop) const {
  const std::size_t begin = tokens_[lines_[i].first].begin, token = lines_[i].stops[stop].token;
  return width_of(text_.substr(begin, tokens_[token].begin - begin)) +
         (gap_before(token).empty() ? 1 : 0);
}

bool Layout::is_padded(std::size_t token) const {
  return !gap_before(token).empty() && gap_before(token) != " ";
}

std::size_t Layout::width_before(const LaidLine& line, std::size_t token) const {
  std::size_t width = 0;
  for (std::size_t i = line.first; i < token; ++i)
    width += width_of(spelled(i)) + (i > line.first ? blanks_at(line, i) : 0);
  return width;
}

// Before a token within the line.
std::size_t Layout::blanks_at(const LaidLine& line, std::size_t i) const {
  std::size_t count = blanks_[i] ? 1 : 0;
  for (const Stop& stop : line.stops)
    if (stop.token == i) count += stop.pad;
  return count;
}

std::size_t Layout::indentation(const LaidLine& line) const {
  const bool empty = line.last == 0;
  if (!brackets_.empty()) {
    const bool closes = !empty && closes_bracket(kind(line.first));
    return closes ? brackets_.back().closing : brackets_.back().inside;
  }
  std::size_t depth = braces_;
  for (std::size_t i = line.first; i < line.last && depth > 0; ++i) {
    if (kind(i) != TokenKind::close_brace) break;
    --depth;
  }
  return step_ * depth;
}

void Layout::write(LaidLine& line) {
  const std::size_t indent = indentation(line);
  line.width = indent;
  if (line.last > 0) out_.append(indent, ' ');
  for (std::size_t i = line.first; i < line.last; ++i) {
    const std::size_t apart = i > line.first ? blanks_at(line, i) : 0;
    out_.append(apart, ' ').append(spelled(i));
    line.width += apart + width_of(spelled(i));
    // What is broken behind its bracket is indented, else it stands below what follows that.
    if (opens_bracket(kind(i)))
      brackets_.push_back(i + 1 < line.last ? Bracket{line.width, line.width - 1}
                                            : Bracket{indent + step_, indent});
    if (closes_bracket(kind(i)) && !brackets_.empty()) brackets_.pop_back();
    if (kind(i) == TokenKind::open_brace) ++braces_;
    if (kind(i) == TokenKind::close_brace && braces_ > 0) --braces_;
  }
  line.end = out_.size();
  check_size(out_.size());
}

// A comment beside a line stands in a column with those of the next lines. One on a line of its own
// is indented, or stands below the one before it where it does so in the script.
std::string Layout::with_comments() const {
  std::string result;
  std::size_t begin = 0, column = 0, aligned = 0;
  for (std::size_t i = 0; i < lines_.size(); begin = lines_[i++].end) {
    const LaidLine& line = lines_[i];
    const bool follows = i > 0 && !line.after_blank;
    if (line.last > 0 && i >= aligned) std::tie(column, aligned) = comment_column(i);
    const bool below = follows && !lines_[i - 1].comment.empty() &&
                       lines_[i - 1].comment_column == line.comment_column;
    if (line.last == 0 && !below) column = line.width;
    result.append(line.after_blank ? "\n" : "");
    result.append(out_, begin, line.end - begin);
    if (!line.comment.empty()) {
      const std::size_t width = line.last > 0 ? line.width : 0;
      result.append(column - width, ' ').append(line.comment);
    }
    result += '\n';
    check_size(result.size());
  }
  return result;
}

// Where the comments of a line and of those after it stand, and the first line that has none.
std::pair<std::size_t, std::size_t> Layout::comment_column(std::size_t i) const {
  std::size_t widest = 0, end = i;
  const auto has_comment = [&] {
    return end < lines_.size() && lines_[end].last > 0 && !lines_[end].comment.empty();
  };
  for (; has_comment() && (end == i || !lines_[end].after_blank); ++end)
    widest = std::max(widest, lines_[end].width);
  return {widest + 2, end};
}

}  // namespace

std::string laid_out(const SourceFile& file, std::size_t most) { return Layout(file, most).run(); }

}  // namespace ebb
