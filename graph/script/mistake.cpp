#include "graph/script/mistake.hpp"

#include <algorithm>
#include <utility>

#include "graph/core/embedded.hpp"

namespace ebb {

namespace {

constexpr unsigned first_warning = 1000;
constexpr std::string_view folder = "mistakes/", extension = ".md";

// What stands in the block of code after `heading`.
std::string code_after(std::string_view heading, std::string_view text) {
  const std::string_view fence = "```";
  const std::size_t begin = text.find('\n', text.find(fence, text.find(heading))) + 1;
  return std::string(text.substr(begin, text.find(fence, begin) - begin));
}

// Each paragraph in one line.
std::string unwrapped(std::string_view text) {
  std::string result(text);
  for (std::size_t i = 1; i + 1 < result.size(); ++i)
    if (result[i] == '\n' && result[i - 1] != '\n' && result[i + 1] != '\n') result[i] = ' ';
  return result;
}

// "# E0101: title", a text, and the examples under "Wrong:" and "Right:".
Explanation explanation_of(std::string_view code, std::string_view text) {
  const std::size_t title = text.find(": ") + 2, end = text.find('\n');
  const std::size_t wrong = text.find("\nWrong:\n"), body = text.find_first_not_of('\n', end);
  ensure(title < end && body < wrong && wrong != std::string_view::npos,
         "an explanation has a title, a text and two examples");
  std::string_view paragraphs = text.substr(body, wrong - body);
  while (paragraphs.ends_with('\n')) paragraphs.remove_suffix(1);
  return {std::string(code), std::string(text.substr(title, end - title)), unwrapped(paragraphs),
          code_after("\nWrong:\n", text), code_after("\nRight:\n", text)};
}

}  // namespace

std::string code_of(Mistake mistake) {
  const auto number = static_cast<unsigned>(mistake);
  const bool warning = number > first_warning;
  const std::string digits = std::to_string(warning ? number - first_warning : number);
  return (warning ? "W" : "E") + std::string(4 - digits.size(), '0') + digits;
}

Diagnostic make_diagnostic(Mistake mistake, Span at, std::string message, Advice advice) {
  const bool warning = static_cast<unsigned>(mistake) > first_warning;
  return {warning ? Severity::warning : Severity::error,
          std::move(message),
          at,
          {},
          std::move(advice.hints),
          code_of(mistake),
          std::move(advice.labels),
          std::move(advice.fix)};
}

Fix replacement(Span at, std::string text) {
  std::string what = "write `" + text + "`";
  return replacement(std::move(what), at, std::move(text));
}

Fix replacement(std::string what, Span at, std::string text) {
  return {std::move(what), {{at, std::move(text)}}};
}

Advice meant(std::string_view name, const std::vector<std::string>& candidates, Span at,
             std::string otherwise) {
  if (std::string sure = surely_meant(name, candidates); !sure.empty())
    return replacement(at, std::move(sure));
  std::vector<std::string> hints = did_you_mean(name, candidates);
  return hints.empty() ? hints_of(std::move(otherwise)) : std::move(hints);
}

const std::vector<Explanation>& explanations() {
  static const std::vector<Explanation> all = [] {
    std::vector<Explanation> result;
    for (const EmbeddedFile& file : embedded_files()) {
      if (!file.name.starts_with(folder)) continue;
      const std::string_view name = file.name.substr(folder.size());
      result.push_back(explanation_of(name.substr(0, name.size() - extension.size()), file.text));
    }
    std::ranges::sort(result, {}, &Explanation::code);
    return result;
  }();
  return all;
}

}  // namespace ebb
