#include <algorithm>

#include "graph/cli/lsp/features.hpp"
#include "graph/cli/lsp/places.hpp"
#include "graph/script/lexer.hpp"
#include "graph/script/statement_help.hpp"

namespace ebb::lsp {

namespace {

std::string fenced(const std::string& text) { return "```ebb\n" + text + "\n```\n"; }

// A text as Markdown that shows it as it is; what stands between backticks stays code.
std::string markdown(const std::string& text) {
  std::string result;
  bool code = false;
  for (const char c : text) {
    if (c == '`') code = !code;
    if (!code && std::string_view("*_[]<>\\").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

std::string text_of(const Entry& entry) {
  std::string text = fenced(entry.heading) + entry.kind +
                     (entry.kind == "op" ? ", " + entry.family : "") + "\n\n" +
                     markdown(entry.doc) + "\n";
  for (const auto& [name, fact] : entry.facts)
    text += "\n- " + markdown(name) + ": " + markdown(fact);
  return text;
}

std::string help_of(const Symbol& symbol) {
  const auto* option = symbol.statement ? symbol.statement->as<ast::Option>() : nullptr;
  if (option == nullptr) return "";
  return (option->help.empty() ? "" : ": " + markdown(option->help)) +
         " (default: " + markdown(to_source(*option->value)) + ")";
}

// What the name means where it stands; where that part of the script has not been worked through,
// what it means where it is declared.
std::vector<std::string> meanings_of(const Document& document, const Occurrence& occurrence,
                                     const Symbol& symbol) {
  const auto at = [&](const Span& span) {
    const auto found = document.meanings.find({span.file->name(), span.begin});
    return found == document.meanings.end() ? std::vector<std::string>{} : found->second;
  };
  auto meanings = at(occurrence.span);
  for (std::size_t i = symbol.declarations.size(); meanings.empty() && i-- > 0;)
    meanings = at(symbol.declarations[i]);
  return meanings;
}

std::string text_of(const Document& document, const Occurrence& occurrence, const Symbol& symbol) {
  if (symbol.statement != nullptr) {
    if (auto entry = written_entry(*symbol.file->script.file, *symbol.statement))
      return text_of(*entry);
  }
  std::string lines;
  for (const std::string& meaning : meanings_of(document, occurrence, symbol))
    lines += (lines.empty() ? "" : "\n") + symbol.name + ": " + meaning;
  return fenced(lines.empty() ? symbol.name : lines) + name(symbol.kind) + help_of(symbol);
}

Json answer(const std::string& text, const Span& at) {
  return {{"contents", {{"kind", "markdown"}, {"value", text}}}, {"range", range_of(at)}};
}

// The name or keyword at the place; none where there is neither.
Span word_at(const SourceFile& file, std::uint32_t offset) {
  Diagnostics ignored;
  for (const Token& token : tokenize(file, ignored))
    if ((token.kind == TokenKind::name || is_keyword(token.kind)) && token.begin <= offset &&
        offset <= token.end)
      return {&file, token.begin, token.end};
  return {};
}

}  // namespace

const std::vector<Entry>& Reference::all(const Documents& documents) {
  const std::size_t plugins = documents.plugins().loaded().size();
  if (entries_.empty() || plugins != plugins_) entries_ = catalog(documents.registry());
  plugins_ = plugins;
  return entries_;
}

std::vector<const Entry*> Reference::find(const Documents& documents, const std::string& name) {
  std::vector<const Entry*> found;
  for (const Entry& entry : all(documents))
    if (entry.name == name) found.push_back(&entry);
  return found;
}

Json hover(Documents& documents, Document& document, Reference& reference, std::uint32_t offset) {
  const Reading& reading = documents.reading(document);
  const ast::Identifier* key = reading.names->key_at(reading.text(), offset);
  const Occurrence* occurrence = reading.names->at(reading.text(), offset);
  if (key == nullptr && occurrence != nullptr && occurrence->symbol != nothing) {
    const Symbol& symbol = reading.names->symbols()[occurrence->symbol];
    if (!reading.names->in_library(symbol))
      return answer(text_of(document, *occurrence, symbol), occurrence->span);
  }
  const Span word = key != nullptr          ? key->span
                    : occurrence != nullptr ? occurrence->span
                                            : word_at(reading.text(), offset);
  if (!word) return nullptr;
  const std::string spelled = reading.text().text().substr(word.begin, word.end - word.begin);
  if (const auto* help = key == nullptr ? script::find_statement_help(spelled) : nullptr)
    return answer(fenced(help->form) + markdown(help->meaning), word);
  std::string text;
  for (const Entry* entry : reference.find(documents, spelled)) {
    if ((entry->kind == "training key") != (key != nullptr)) continue;
    text += (text.empty() ? "" : "\n\n---\n\n") + text_of(whole(*entry, documents.registry()));
  }
  if (text.empty()) return nullptr;
  return answer(text, word);
}

}  // namespace ebb::lsp
