#include "graph/cli/diff.hpp"
#include "graph/cli/lsp/features.hpp"
#include "graph/cli/lsp/places.hpp"
#include "graph/script/layout.hpp"

namespace ebb::lsp {

Json formatting(const Document& document) {
  const auto file = std::make_shared<const SourceFile>(document.name, document.text);
  Diagnostics errors;
  parse(file, errors);
  if (errors.has_errors()) return nullptr;
  const std::string text = laid_out(*file);
  const auto before = lines_with_ends(file->text()), after = lines_with_ends(text);
  // Where a line begins in its text.
  const auto begin_of = [](const std::string& whole, const auto& lines, std::size_t i) {
    return i < lines.size() ? static_cast<std::size_t>(lines[i].data() - whole.data())
                            : whole.size();
  };
  Json edits = Json::array();
  for (const LineChange& change : line_changes(before, after)) {
    const auto begin = static_cast<std::uint32_t>(begin_of(file->text(), before, change.begin));
    const auto end = static_cast<std::uint32_t>(begin_of(file->text(), before, change.end));
    const std::size_t from = begin_of(text, after, change.new_begin);
    edits.push_back({{"range", range_of({file.get(), begin, end})},
                     {"newText", text.substr(from, begin_of(text, after, change.new_end) - from)}});
  }
  return edits;
}

}  // namespace ebb::lsp
