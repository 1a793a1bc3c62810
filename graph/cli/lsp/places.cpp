#include "graph/cli/lsp/places.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "graph/script/characters.hpp"

namespace ebb::lsp {

namespace {

constexpr std::string_view scheme = "file://";

// A byte that is not UTF-8 counts as the character that stands for it.
CodePoint next(std::string_view text) {
  const CodePoint c = first_code_point(text);
  return c.length > 0 ? c : CodePoint{U'\uFFFD', 1};
}

std::uint32_t units(char32_t c) { return c > 0xFFFF ? 2 : 1; }

}  // namespace

std::uint32_t offset_of(const SourceFile& file, const Json& position) {
  const auto number = [&](const char* name) { return position.at(name).get<std::uint32_t>(); };
  std::uint32_t line = number("line"), character = number("character");
  const std::string_view text = file.text();
  const auto lines = static_cast<std::uint32_t>(std::ranges::count(text, '\n')) + 1;
  if (line >= lines) return static_cast<std::uint32_t>(text.size());
  std::string_view rest = file.line(line + 1);
  while (!rest.empty()) {
    const CodePoint c = next(rest);
    // A place within a surrogate pair is that before it.
    if (character < units(c.value)) break;
    character -= units(c.value);
    rest.remove_prefix(c.length);
  }
  return static_cast<std::uint32_t>(rest.data() - text.data());
}

Json position_of(const SourceFile& file, std::uint32_t offset) {
  const std::uint32_t line = file.position(offset).line;
  std::string_view rest = file.line(line);
  const auto begin = static_cast<std::size_t>(rest.data() - file.text().data());
  rest = rest.substr(0, offset - begin);
  std::uint32_t character = 0;
  while (!rest.empty()) {
    const CodePoint c = next(rest);
    character += units(c.value);
    rest.remove_prefix(c.length);
  }
  return {{"line", line - 1}, {"character", character}};
}

Json range_of(const Span& span) {
  if (!span) {
    const Json begin{{"line", 0}, {"character", 0}};
    return {{"start", begin}, {"end", begin}};
  }
  return {{"start", position_of(*span.file, span.begin)},
          {"end", position_of(*span.file, span.end)}};
}

std::filesystem::path path_of(const std::string& uri) {
  if (!uri.starts_with(scheme)) return {};
  std::string path;
  for (std::size_t i = uri.find('/', scheme.size()); i < uri.size(); ++i) {
    unsigned code = 0;
    const char* digits = uri.data() + i + 1;
    const bool escaped = uri[i] == '%' && i + 2 < uri.size() &&
                         std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2;
    path += escaped ? static_cast<char>(code) : uri[i];
    if (escaped) i += 2;
  }
  return path;
}

std::string uri_of(const std::filesystem::path& path) {
  std::string uri(scheme);
  constexpr std::string_view hex = "0123456789ABCDEF", plain = "/-._~";
  for (const char c : path.string()) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && (std::isalnum(byte) || plain.find(c) != std::string_view::npos)) {
      uri += c;
    } else {
      uri += {'%', hex[byte >> 4U], hex[byte & 15U]};
    }
  }
  return uri;
}

}  // namespace ebb::lsp
