#include <algorithm>
#include <boost/range/adaptor/reversed.hpp>
#include <map>

#include "graph/cli/lsp/features.hpp"
#include "graph/cli/lsp/places.hpp"
#include "graph/script/characters.hpp"
#include "graph/script/elaborate.hpp"
#include "graph/script/lexer.hpp"

namespace ebb::lsp {

namespace {

struct Chosen {
  const Reading& reading;
  std::size_t id;
  const Symbol& symbol;
  Span at;
};

Chosen chosen(Documents& documents, Document& document, std::uint32_t offset) {
  const Reading& reading = documents.reading(document);
  const Occurrence* occurrence = reading.names->at(reading.text(), offset);
  if (occurrence == nullptr) throw Refused("there is no name here that could be changed");
  const std::string quoted = "`" + occurrence->name + "`";
  if (occurrence->symbol == nothing) throw Refused(quoted + " is no name of this script's");
  const Symbol& symbol = reading.names->symbols()[occurrence->symbol];
  if (reading.names->in_library(symbol))
    throw Refused(quoted + " belongs to the library: " + symbol.file->script.file->name());
  if (reading.faulty)
    throw Refused("the script has syntax errors, which may hide a use of " + quoted);
  return {reading, occurrence->symbol, symbol, occurrence->span};
}

// The same symbol for another script, which includes the file that declares it; nothing for one
// that does not.
std::size_t same_symbol(const Names& names, const Symbol& wanted) {
  for (std::size_t i = 0; i < names.symbols().size(); ++i) {
    const Symbol& symbol = names.symbols()[i];
    if (symbol.name == wanted.name && symbol.file->id == wanted.file->id &&
        symbol.declarations[0].begin == wanted.declarations[0].begin)
      return i;
  }
  return nothing;
}

// The name in normal form.
std::string require_name(const std::string& text, const Symbol& symbol) {
  const SourceFile file("name", text);
  Diagnostics wrong;
  const auto tokens = tokenize(file, wrong);
  const std::string quoted = "`" + text + "`";
  if (!tokens.empty() && is_keyword(tokens[0].kind) && tokens[0].end == text.size())
    throw Refused(quoted + " is a keyword");
  const bool is_name = !wrong.has_errors() && tokens.size() == 2 &&
                       tokens[0].kind == TokenKind::name && tokens[0].begin == 0 &&
                       tokens[0].end == text.size() && !text.ends_with('\'');
  if (!is_name)
    throw Refused(quoted + " is no name: it is made of letters, digits and _, the first no digit");
  if (text == "training") throw Refused("`training` is a constant of the language");
  const auto& flags = command_line_flags();
  if (symbol.kind == SymbolKind::option && std::ranges::find(flags, text) != flags.end())
    throw Refused("an option cannot be called " + quoted + ": --" + text +
                  " is a flag of the command line");
  return normalized(text);
}

// Texts of files by their paths, as they would be.
using Texts = std::map<std::string, std::string>;

// Adds the edits, by URI, that give a symbol another name.
Texts change(const Documents& documents, const Names& names, std::size_t symbol,
             const std::string& new_name, Json& edits) {
  Texts texts;
  for (const script::File* file : names.files()) {
    if (file->embedded) continue;
    std::string& text = texts[file->id] = file->script.file->text();
    // From the end, so that places before stay what they are.
    Json here = Json::array();
    for (const Occurrence& occurrence : boost::adaptors::reverse(names.occurrences())) {
      const Span& span = occurrence.span;
      if (span.file != file->script.file.get() || occurrence.symbol != symbol) continue;
      text.replace(span.begin, span.end - span.begin, new_name);
      const Json edit{{"range", range_of(span)}, {"newText", new_name}};
      here.insert(here.begin(), edit);
    }
    if (!here.empty()) edits[documents.uri_of_file(file->id)] = std::move(here);
  }
  return texts;
}

void require_certain(const Names& names, const std::string& name) {
  for (const Occurrence& occurrence : names.occurrences())
    if (occurrence.uncertain && occurrence.name == name)
      throw Refused("whether `" + name + "` at " + to_string(occurrence.span) +
                    " is this one or another shows only when the script runs");
}

// Every name must mean afterwards what it means before.
void require_same_meaning(const Names& before, const Names& after, const std::string& new_name) {
  const auto collides = [&](const Occurrence& at) {
    return Refused("`" + new_name + "` already means something else at " + to_string(at.span));
  };
  std::map<std::size_t, std::size_t> forth, back;
  for (std::size_t i = 0; i < before.occurrences().size(); ++i) {
    const Occurrence& old = before.occurrences()[i];
    if (i >= after.occurrences().size()) throw collides(old);
    const Occurrence& now = after.occurrences()[i];
    if ((old.symbol == nothing) != (now.symbol == nothing)) throw collides(old);
    if (old.symbol == nothing) continue;
    const bool same = forth.try_emplace(old.symbol, now.symbol).first->second == now.symbol &&
                      back.try_emplace(now.symbol, old.symbol).first->second == old.symbol;
    if (!same || (now.uncertain && !old.uncertain)) throw collides(old);
  }
}

void rename_in(const Documents& documents, const Document& document, const Names& names,
               std::size_t symbol, const std::string& new_name, Json& edits) {
  const Symbol& old = names.symbols()[symbol];
  require_certain(names, old.name);
  if (const std::size_t taken = names.find_here(old.scope, new_name); taken != nothing) {
    const Symbol& other = names.symbols()[taken];
    throw Refused("`" + new_name + "` is already " + name(other.kind) + ", named at " +
                  to_string(other.declarations.front()));
  }
  const Texts texts = change(documents, names, symbol, new_name, edits);
  require_same_meaning(names, *documents.read(document, texts)->names, new_name);
}

}  // namespace

Json prepare_rename(Documents& documents, Document& document, std::uint32_t offset) {
  const Chosen name = chosen(documents, document, offset);
  return {{"range", range_of(name.at)}, {"placeholder", name.symbol.name}};
}

Json rename(Documents& documents, Document& document, std::uint32_t offset,
            const std::string& new_name) {
  const Chosen name = chosen(documents, document, offset);
  const std::string normal = require_name(new_name, name.symbol);
  Json edits = Json::object();
  if (normal == name.symbol.name) return {{"changes", edits}};
  rename_in(documents, document, *name.reading.names, name.id, normal, edits);
  for (auto& [uri, other] : documents.all()) {
    if (&other == &document) continue;
    const Names& names = *documents.reading(other).names;
    const std::size_t same = same_symbol(names, name.symbol);
    if (same != nothing) rename_in(documents, other, names, same, normal, edits);
  }
  return {{"changes", edits}};
}

}  // namespace ebb::lsp
