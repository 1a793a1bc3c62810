#include "graph/cli/lsp/features.hpp"
#include "graph/cli/lsp/library_files.hpp"
#include "graph/cli/lsp/places.hpp"

namespace ebb::lsp {

namespace {

const script::File& file_of(const Names& names, const Span& span) {
  for (const script::File* file : names.files())
    if (file->script.file.get() == span.file) return *file;
  throw InternalError("file_of: a span of no file that was read");
}

// Null where the file can not be shown.
Json location(const Documents& documents, const script::File& file, const Span& span) {
  std::string uri;
  if (!file.embedded) {
    uri = documents.uri_of_file(file.id);
  } else if (const auto path = library_file(file)) {
    uri = uri_of(*path);
  } else {
    return nullptr;
  }
  return {{"uri", uri}, {"range", range_of(span)}};
}

// The last one before the place, for a value that is assigned again and again; else the first.
Span declaration_for(const Symbol& symbol, const Span& at) {
  Span best = symbol.declarations.front();
  for (const Span& span : symbol.declarations)
    if (span.file == at.file && span.begin <= at.begin && best.file == at.file &&
        (span.begin >= best.begin || best.begin > at.begin))
      best = span;
  return best;
}

}  // namespace

Json definition(Documents& documents, Document& document, std::uint32_t offset) {
  const Reading& reading = documents.reading(document);
  const Names& names = *reading.names;
  if (const script::File* file = names.included_at(reading.text(), offset))
    return location(documents, *file, {});
  const Occurrence* occurrence = names.at(reading.text(), offset);
  if (occurrence == nullptr || occurrence->symbol == nothing) return nullptr;
  const Span span = declaration_for(names.symbols()[occurrence->symbol], occurrence->span);
  return location(documents, file_of(names, span), span);
}

Json references(Documents& documents, Document& document, std::uint32_t offset, bool declarations) {
  const Reading& reading = documents.reading(document);
  const Names& names = *reading.names;
  const Occurrence* occurrence = names.at(reading.text(), offset);
  if (occurrence == nullptr || occurrence->symbol == nothing) return nullptr;
  Json result = Json::array();
  for (const Occurrence& other : names.occurrences()) {
    if (other.symbol != occurrence->symbol || (other.declares && !declarations)) continue;
    Json place = location(documents, file_of(names, other.span), other.span);
    if (!place.is_null()) result.push_back(std::move(place));
  }
  return result;
}

}  // namespace ebb::lsp
