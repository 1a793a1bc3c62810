// Diagnostics: what is wrong, where, how it came about, and what to do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ebb {

// A script's text under the name that messages show. Spans point into it, so it must outlive them.
class SourceFile {
 public:
  SourceFile(std::string name, std::string text, std::string path = {});

  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  // Where the text was read; "" where it is embedded in the binary or stood on the command line.
  const std::string& path() const { return path_; }
  // 1-based; columns count code points.
  struct Position {
    std::uint32_t line, column;
  };
  Position position(std::uint32_t offset) const;
  // The text of a 1-based line, without its end.
  std::string_view line(std::uint32_t number) const;

 private:
  std::string name_, text_, path_;
  std::vector<std::uint32_t> line_starts_;
};

// Whether `byte` goes on with a code point of UTF-8 that began before it.
inline bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// Half-open byte range of a source file; no file means "nowhere in a script".
struct Span {
  const SourceFile* file = nullptr;
  std::uint32_t begin = 0, end = 0;
  explicit operator bool() const { return file != nullptr; }
};

// "digits.ebb:9:9"
std::string to_string(const Span& span);

// One entry of the stack of calls an error happened in: "dense(x, 30)", called at `at`.
struct Frame {
  std::string call;
  Span at;
};

enum class Severity : std::uint8_t { error, warning, note };
// "error", "warning", "note".
const char* word_of(Severity severity);
// The text as a terminal may be shown it: what would drive it, and what is no UTF-8, is U+FFFD.
std::string printable(std::string_view text);

// A place that an error is about too: where what it disagrees with is declared. At the very place
// of the error, what that is in it.
struct Label {
  Span at;
  std::string text;  // "declared here"
};

// A text to put in a span's place; an empty span inserts.
struct Edit {
  Span at;
  std::string text;
};

// What certainly mends a mistake.
struct Fix {
  std::string what;         // "write `sigmoid`"
  std::vector<Edit> edits;  // made together; they do not overlap
  explicit operator bool() const { return !edits.empty(); }
};

struct Diagnostic {
  Severity severity = Severity::error;
  std::string message;
  Span at;
  std::vector<Frame> stack;  // innermost first
  std::vector<std::string> hints;
  std::string code = {};  // "E0301": the kind of mistake of a script's; "" for others
  std::vector<Label> labels = {};
  Fix fix = {};
};

// Prints in the format of the README: position, message, source lines with what is underlined in
// them, stack, hints, fix.
void render(std::ostream& out, const Diagnostic& diagnostic, bool color = false);
std::string to_string(const Diagnostic& diagnostic);

// Collects the diagnostics of one run. Past `max_errors` errors further ones are counted, not kept.
class Diagnostics {
 public:
  static constexpr std::size_t max_errors = 20;

  void add(Diagnostic diagnostic);
  void error(Span at, std::string message, std::vector<std::string> hints = {});
  // Counts errors that another collection counted only.
  void count(std::size_t errors) { uncollected_ += errors; }
  bool has_errors() const { return errors() > 0; }
  std::size_t errors() const { return errors_ + uncollected_; }
  // Those of them that are not among all().
  std::size_t not_kept() const { return errors() - std::min(errors_, max_errors); }
  const std::vector<Diagnostic>& all() const { return all_; }
  void render(std::ostream& out, bool color = false) const;
  std::string to_string() const;
  // Keeps a text alive that spans of the diagnostics point into.
  void keep(std::shared_ptr<const SourceFile> file) { files_.push_back(std::move(file)); }

 private:
  std::vector<Diagnostic> all_;
  std::vector<std::shared_ptr<const SourceFile>> files_;
  std::size_t errors_ = 0, uncollected_ = 0;
};

// The user's mistake: carries a diagnostic. `ebb` prints it and exits 1.
class UserError : public std::runtime_error {
 public:
  explicit UserError(Diagnostic diagnostic);
  explicit UserError(std::string message, std::vector<std::string> hints = {});
  const Diagnostic& diagnostic() const { return diagnostic_; }

 private:
  Diagnostic diagnostic_;
};

// Wrong use of the command line. `ebb` prints it and exits 2.
class UsageError : public std::runtime_error {
 public:
  explicit UsageError(const std::string& message, std::vector<std::string> hints = {});
  const std::vector<std::string>& hints() const { return hints_; }

 private:
  std::vector<std::string> hints_;
};

// A bug in Ebb. `ebb` prints it with a request to report it and exits 70.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// Throws InternalError unless `condition` holds.
void ensure(bool condition, const char* what);

// The candidate nearest to `name` by edit distance, or "" where none is near enough to suggest.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);
// The same where it is near beyond doubt and no other candidate as near; else "".
std::string surely_meant(std::string_view name, const std::vector<std::string>& candidates);
// The hint that names the nearest; no hint where there is none.
std::vector<std::string> did_you_mean(std::string_view name,
                                      const std::vector<std::string>& candidates);

// A hint that may be empty, as the list that diagnostics take.
std::vector<std::string> hints_of(std::string hint);

}  // namespace ebb
