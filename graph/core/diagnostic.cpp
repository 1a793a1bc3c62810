#include "graph/core/diagnostic.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <limits>
#include <ostream>
#include <sstream>
#include <utility>

namespace ebb {
namespace {

std::size_t count_code_points(std::string_view text) {
  return text.size() -
         static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_continuation));
}

std::u32string folded(std::string_view text) {
  std::u32string result;
  while (!text.empty()) {
    utf8proc_int32_t code_point = 0;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &code_point);
    text.remove_prefix(length > 0 ? static_cast<std::size_t>(length) : 1);
    result += length > 0 ? static_cast<char32_t>(utf8proc_tolower(code_point)) : U'\uFFFD';
  }
  return result;
}

// Insertions, deletions, substitutions and swaps of neighbours that make `b` of `a`.
std::size_t edit_distance(const std::u32string& a, const std::u32string& b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, substituted});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

}  // namespace

SourceFile::SourceFile(std::string name, std::string text, std::string path)
    : name_(std::move(name)), text_(std::move(text)), path_(std::move(path)) {
  if (text_.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw UserError(name_ + " is too large: " + std::to_string(text_.size()) + " bytes");
  }
  // A byte-order mark is no part of the first line.
  line_starts_.push_back(text_.starts_with("\uFEFF") ? 3 : 0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(static_cast<std::uint32_t>(i + 1));
  }
}

SourceFile::Position SourceFile::position(std::uint32_t offset) const {
  offset = std::max(offset, line_starts_[0]);
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const std::uint32_t line_begin = *(after - 1);
  const auto before = std::string_view(text_).substr(line_begin, offset - line_begin);
  return {static_cast<std::uint32_t>(after - line_starts_.begin()),
          static_cast<std::uint32_t>(count_code_points(before) + 1)};
}

std::string_view SourceFile::line(std::uint32_t number) const {
  ensure(number >= 1 && number <= line_starts_.size(), "SourceFile::line: no such line");
  const std::string_view rest = std::string_view(text_).substr(line_starts_[number - 1]);
  const std::string_view line = rest.substr(0, rest.find('\n'));
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

std::string to_string(const Span& span) {
  ensure(static_cast<bool>(span), "to_string: a span without a file");
  const auto [line, column] = span.file->position(span.begin);
  return span.file->name() + ":" + std::to_string(line) + ":" + std::to_string(column);
}

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::error && ++errors_ > max_errors) return;
  all_.push_back(std::move(diagnostic));
}

void Diagnostics::error(Span at, std::string message, std::vector<std::string> hints) {
  add({Severity::error, std::move(message), at, {}, std::move(hints)});
}

void Diagnostics::render(std::ostream& out, bool color) const {
  for (const Diagnostic& diagnostic : all_) ebb::render(out, diagnostic, color);
  if (const std::size_t more = not_kept(); more > 0) {
    out << "and " << more << " more " << (more == 1 ? "error" : "errors") << '\n';
  }
}

std::string Diagnostics::to_string() const {
  std::ostringstream out;
  render(out);
  return out.str();
}

UserError::UserError(Diagnostic diagnostic)
    : std::runtime_error(ebb::to_string(diagnostic)), diagnostic_(std::move(diagnostic)) {}

UserError::UserError(std::string message, std::vector<std::string> hints)
    : UserError(Diagnostic{Severity::error, std::move(message), {}, {}, std::move(hints)}) {}

UsageError::UsageError(const std::string& message, std::vector<std::string> hints)
    : std::runtime_error(message), hints_(std::move(hints)) {}

void ensure(bool condition, const char* what) {
  if (!condition) throw InternalError(what);
}

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  const std::u32string wanted = folded(name);
  // One slip in three letters may be a slip; more is another word. A single letter never is one.
  std::size_t allowed = wanted.size() < 2 ? 0 : std::max<std::size_t>(1, wanted.size() / 3);
  const std::string* best = nullptr;
  for (const std::string& candidate : candidates) {
    const std::u32string have = folded(candidate);
    const std::size_t longer = std::max(wanted.size(), have.size());
    if (candidate == name || longer - std::min(wanted.size(), have.size()) > allowed) continue;
    const std::size_t distance = edit_distance(wanted, have);
    if (distance > allowed || distance >= have.size()) continue;
    best = &candidate;
    if (distance == 0) break;
    allowed = distance - 1;
  }
  return best == nullptr ? std::string() : *best;
}

std::string surely_meant(std::string_view name, const std::vector<std::string>& candidates) {
  std::string near = nearest(name, candidates);
  if (near.empty()) return near;
  const std::u32string wanted = folded(name);
  const std::size_t distance = edit_distance(wanted, folded(near));
  const bool rival = std::ranges::any_of(candidates, [&](const std::string& other) {
    return other != near && other != name && edit_distance(wanted, folded(other)) <= distance;
  });
  return rival || 4 * distance > wanted.size() ? std::string() : near;
}

std::vector<std::string> did_you_mean(std::string_view name,
                                      const std::vector<std::string>& candidates) {
  const std::string near = nearest(name, candidates);
  return hints_of(near.empty() ? "" : "did you mean `" + near + "`?");
}

std::vector<std::string> hints_of(std::string hint) {
  if (hint.empty()) return {};
  return {std::move(hint)};
}

}  // namespace ebb
