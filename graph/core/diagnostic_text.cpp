// How a diagnostic is printed.
#include <utf8proc.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <sstream>
#include <utility>

#include "graph/core/diagnostic.hpp"

namespace ebb {
namespace {

// Takes one code point off the front of `text`; U+FFFD for a byte that is not UTF-8.
char32_t take_code_point(std::string_view& text) {
  utf8proc_int32_t code_point = 0;
  const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &code_point);
  text.remove_prefix(length > 0 ? static_cast<std::size_t>(length) : 1);
  return length > 0 ? static_cast<char32_t>(code_point) : U'\uFFFD';
}

// Control characters would let a script drive the terminal that shows its errors.
bool is_printable(char32_t code_point) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(code_point));
  return code_point == U'\t' ||
         (category != UTF8PROC_CATEGORY_CC && category != UTF8PROC_CATEGORY_CF);
}

// As wide as `text` on a terminal: blanks and its tabs, or, of another character, that alone.
std::string as_wide_as(std::string_view text, char filling = ' ') {
  std::string result;
  while (!text.empty()) {
    const char32_t code_point = take_code_point(text);
    if (code_point == U'\t') {
      result += filling == ' ' ? '\t' : filling;
    } else {
      const int width = utf8proc_charwidth(static_cast<utf8proc_int32_t>(code_point));
      result.append(static_cast<std::size_t>(std::max(width, is_printable(code_point) ? 0 : 1)),
                    filling);
    }
  }
  return result;
}

struct Style {
  const char *bold = "", *error = "", *warning = "", *note = "", *second = "", *fix = "",
             *reset = "";
};

constexpr Style plain;
constexpr Style colored{"\033[1m",    "\033[1;31m", "\033[1;35m", "\033[1;36m",
                        "\033[1;34m", "\033[1;32m", "\033[0m"};

const char* color_of(Severity severity, const Style& style) {
  switch (severity) {
    case Severity::error:
      return style.error;
    case Severity::warning:
      return style.warning;
    case Severity::note:
      return style.note;
  }
  throw InternalError("color_of: no such severity");
}

// What is underlined in one line, in bytes of it, and what stands behind the underlining.
struct Mark {
  std::size_t begin = 0, end = 0;
  bool primary = false;
  std::string text;
};

// A line of a source that is shown, with its marks from left to right.
struct MarkedLine {
  std::string_view text;
  std::vector<Mark> marks;
};

using MarkedLines = std::map<std::uint32_t, MarkedLine>;

void add_mark(MarkedLines& lines, const Span& at, bool primary, const std::string& text) {
  const std::uint32_t number = at.file->position(at.begin).line;
  MarkedLine& line = lines[number];
  line.text = at.file->line(number);
  const auto start = static_cast<std::size_t>(line.text.data() - at.file->text().data());
  const std::size_t begin = std::max<std::size_t>(at.begin, start);
  Mark mark{std::min(begin - start, line.text.size()), 0, primary, text};
  // What goes on in the next line is underlined to the end of this one.
  const std::size_t last = line.text.find_last_not_of(" \t") + 1;
  mark.end = std::max(mark.begin, std::min(std::max<std::size_t>(at.end, begin) - start, last));
  const auto after =
      std::ranges::find_if(line.marks, [&](const Mark& other) { return mark.begin < other.begin; });
  line.marks.insert(after, std::move(mark));
}

// The part of a line that is shown: a very long one is cut around the most important mark.
struct Window {
  std::size_t begin, end;
};

Window window_of(const MarkedLine& line) {
  constexpr int reach = 100;  // code points on each side
  const auto primary = std::ranges::find(line.marks, true, &Mark::primary);
  const Mark& middle = primary == line.marks.end() ? line.marks.front() : *primary;
  Window window{middle.begin, middle.begin};
  for (int i = 0; i < reach && window.begin > 0; ++i) {
    do {
      --window.begin;
    } while (window.begin > 0 && is_continuation(line.text[window.begin]));
  }
  for (int i = 0; i < reach && window.end < line.text.size(); ++i) {
    do {
      ++window.end;
    } while (window.end < line.text.size() && is_continuation(line.text[window.end]));
  }
  return window;
}

// Prints the lines of one file, and under each what is underlined in it.
class SourcePrinter {
 public:
  SourcePrinter(std::ostream& out, const Style& style, const char* primary, std::size_t digits)
      : out_(out), style_(style), primary_(primary), digits_(digits) {}

  void operator()(const MarkedLines& lines) const {
    std::uint32_t before = 0;
    for (const auto& [number, line] : lines) {
      if (before != 0 && number > before + 1) out_ << "  ...\n";
      before = number;
      print(number, line);
    }
  }

 private:
  void gutter(const std::string& number) const {
    out_ << style_.second << "  " << std::string(digits_ - number.size(), ' ') << number << " | "
         << style_.reset;
  }

  void print(std::uint32_t number, const MarkedLine& line) const {
    const Window window = window_of(line);
    const bool cut_left = window.begin > 0, cut_right = window.end < line.text.size();
    gutter(std::to_string(number));
    out_ << (cut_left ? "…" : "")
         << printable(line.text.substr(window.begin, window.end - window.begin))
         << (cut_right ? "…" : "") << '\n';
    std::vector<Mark> marks = line.marks;
    for (Mark& mark : marks) {
      mark.begin = std::clamp(mark.begin, window.begin, window.end);
      mark.end = std::clamp(mark.end, window.begin, window.end);
    }
    const std::string indent = cut_left ? " " : "";
    underline(line.text.substr(0, window.end), window.begin, marks, indent);
    texts(line.text.substr(0, window.end), window.begin, marks, indent);
  }

  // All marks in one row, the primary one above the others, and behind it the text of the mark that
  // ends last.
  void underline(std::string_view line, std::size_t at, const std::vector<Mark>& marks,
                 const std::string& indent) const {
    std::vector<const Mark*> above(line.size() + 1, nullptr);
    for (const bool primary : {false, true}) {
      for (const Mark& mark : marks) {
        if (mark.primary != primary) continue;
        std::fill(above.begin() + static_cast<std::ptrdiff_t>(mark.begin),
                  above.begin() + static_cast<std::ptrdiff_t>(std::max(mark.end, mark.begin + 1)),
                  &mark);
      }
    }
    while (above.back() == nullptr) above.pop_back();
    gutter("");
    out_ << indent;
    for (std::size_t end = at; at < above.size(); at = end) {
      while (end < above.size() && above[end] == above[at]) ++end;
      const std::string_view part = line.substr(at, end - at);
      if (above[at] == nullptr) {
        out_ << as_wide_as(part);
      } else {
        const char filling = above[at]->primary ? '^' : '-';
        out_ << color(*above[at])
             << (part.empty() ? std::string(1, filling) : as_wide_as(part, filling))
             << style_.reset;
      }
    }
    const Mark& last = marks[last_of(marks)];
    if (!last.text.empty()) out_ << ' ' << color(last) << printable(last.text) << style_.reset;
    out_ << '\n';
  }

  static std::size_t last_of(const std::vector<Mark>& marks) {
    std::size_t last = 0;
    for (std::size_t i = 1; i < marks.size(); ++i)
      if (marks[i].end >= marks[last].end) last = i;
    return last;
  }

  // The texts of the other marks, each in a row of its own, the rightmost first.
  void texts(std::string_view line, std::size_t begin, std::vector<Mark> marks,
             const std::string& indent) const {
    marks.erase(marks.begin() + static_cast<std::ptrdiff_t>(last_of(marks)));
    std::erase_if(marks, [](const Mark& mark) { return mark.text.empty(); });
    if (marks.empty()) return;
    connect(line, begin, marks, marks.size(), indent);
    out_ << '\n';
    for (; !marks.empty(); marks.pop_back()) {
      connect(line, begin, marks, marks.size() - 1, indent);
      const std::size_t at = marks.size() > 1 ? marks[marks.size() - 2].begin + 1 : begin;
      if (marks.back().begin >= at) out_ << as_wide_as(line.substr(at, marks.back().begin - at));
      out_ << color(marks.back()) << printable(marks.back().text) << style_.reset << '\n';
    }
  }

  // A row with a bar under the first `count` marks.
  void connect(std::string_view line, std::size_t at, const std::vector<Mark>& marks,
               std::size_t count, const std::string& indent) const {
    gutter("");
    out_ << indent;
    for (std::size_t i = 0; i < count; ++i) {
      if (marks[i].begin < at) continue;
      out_ << as_wide_as(line.substr(at, marks[i].begin - at)) << color(marks[i]) << '|'
           << style_.reset;
      at = marks[i].begin + 1;
    }
  }

  const char* color(const Mark& mark) const { return mark.primary ? primary_ : style_.second; }

  std::ostream& out_;
  const Style& style_;
  const char* primary_;
  std::size_t digits_;
};

bool same_place(const Span& a, const Span& b) {
  return a.file == b.file && a.begin == b.begin && a.end == b.end;
}

void render_sources(std::ostream& out, const Diagnostic& diagnostic, const Style& style,
                    const char* primary) {
  // The file of the error first, the others in the order of their labels.
  std::vector<std::pair<Span, MarkedLines>> files{{diagnostic.at, {}}};
  const auto lines_of = [&](const Span& at) -> MarkedLines& {
    const auto found =
        std::ranges::find_if(files, [&](const auto& entry) { return entry.first.file == at.file; });
    return found != files.end() ? found->second : files.emplace_back(at, MarkedLines()).second;
  };
  std::string own;
  for (const Label& label : diagnostic.labels) {
    if (same_place(label.at, diagnostic.at)) own = label.text;
  }
  add_mark(files[0].second, diagnostic.at, true, own);
  for (const Label& label : diagnostic.labels) {
    if (label.at && !same_place(label.at, diagnostic.at))
      add_mark(lines_of(label.at), label.at, false, label.text);
  }
  std::size_t digits = 0;
  for (const auto& [at, lines] : files)
    digits = std::max(digits, std::to_string(lines.rbegin()->first).size());
  const SourcePrinter print(out, style, primary, digits);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (i > 0) out << "  at " << printable(to_string(files[i].first)) << ":\n";
    print(files[i].second);
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t code_point = take_code_point(text);
    if (code_point != U'\uFFFD' && is_printable(code_point)) {
      result += before.substr(0, before.size() - text.size());
    } else {
      result += "\uFFFD";
    }
  }
  return result;
}

const char* word_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
  }
  throw InternalError("word_of: no such severity");
}

void render(std::ostream& out, const Diagnostic& diagnostic, bool color) {
  const Style& style = color ? colored : plain;
  if (diagnostic.at) {
    out << style.bold << printable(to_string(diagnostic.at)) << ": " << style.reset;
  }
  const char* const word_color = color_of(diagnostic.severity, style);
  out << word_color << word_of(diagnostic.severity);
  if (!diagnostic.code.empty()) out << '[' << diagnostic.code << ']';
  out << ": " << style.reset << style.bold << printable(diagnostic.message) << style.reset << '\n';
  if (diagnostic.at) render_sources(out, diagnostic, style, word_color);
  for (const Frame& frame : diagnostic.stack) {
    out << "  in " << printable(frame.call);
    if (frame.at) out << ", called at " << printable(to_string(frame.at));
    out << '\n';
  }
  const auto line = [&](const char* what, const char* tone, const std::string& text) {
    out << "  " << tone << what << ": " << style.reset << printable(text) << '\n';
  };
  for (const std::string& hint : diagnostic.hints) line("hint", style.note, hint);
  if (diagnostic.fix) line("fix", style.fix, diagnostic.fix.what);
}

std::string to_string(const Diagnostic& diagnostic) {
  std::ostringstream out;
  render(out, diagnostic);
  return out.str();
}

}  // namespace ebb
