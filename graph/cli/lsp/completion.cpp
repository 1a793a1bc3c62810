#include <algorithm>
#include <set>

#include "graph/cli/lsp/context.hpp"
#include "graph/cli/lsp/features.hpp"
#include "graph/script/lexer.hpp"

namespace ebb::lsp {

namespace {

// As the protocol numbers them.
enum ItemKind {
  text = 1,
  function = 3,
  field = 5,
  variable = 6,
  plugin = 9,
  property = 10,
  keyword = 14,
  file = 17,
  constant = 21,
};

// What an editor shows first: arguments, the script's own names, what all scripts can name.
enum class Order : std::uint8_t { argument, own, all, words };

class Completer {
 public:
  Completer(Documents& documents, Document& document, Reference& reference, std::uint32_t offset)
      : documents_(documents),
        document_(document),
        reference_(reference),
        text_(documents.reading(document).text().text().substr(0, offset)),
        context_(context_after(text_)),
        reading_(&documents.reading(document)),
        offset_(offset) {
    if (!reading_->faulty) return;
    // The statement at hand is seldom whole, and hides what is around it; those before it are.
    whole_ = documents.read(
        document, text_.substr(0, context_.statement) + std::string(context_.braces, '}') + "\n");
    reading_ = whole_.get();
    offset_ = static_cast<std::uint32_t>(context_.statement);
  }

  Json operator()() {
    switch (context_.kind) {
      case Context::Kind::nothing:
        break;
      case Context::Kind::statement:
        keywords(TokenKind::key_include, TokenKind::key_assert, context_.place);
        own_names();
        break;
      case Context::Kind::expression:
        if (!context_.callee.empty()) arguments(context_.callee);
        own_names();
        entries(context_.place);
        for (const TokenKind kind : {TokenKind::key_not, TokenKind::key_true, TokenKind::key_false})
          add(std::string(spelling(kind)), keyword, Order::words);
        add("training", constant, Order::words, "true while the script trains");
        break;
      case Context::Kind::member:
        members(context_.object);
        break;
      case Context::Kind::plugin:
        for (const PluginFile& found : documents_.plugins().available())
          add(found.name, plugin, Order::all);
        break;
      case Context::Kind::include:
        includes();
        break;
      case Context::Kind::key:
        for (const TrainKey& key : train_keys())
          add(key.name, property, Order::all, key.type, key.help);
        break;
    }
    return std::move(items_);
  }

 private:
  void add(const std::string& label, ItemKind kind, Order order, const std::string& detail = "",
           const std::string& documentation = "") {
    if (!seen_.insert(label).second) return;
    Json item{{"label", label}, {"kind", kind}};
    if (!detail.empty()) item["detail"] = detail;
    if (!documentation.empty()) item["documentation"] = documentation;
    item["sortText"] = std::to_string(static_cast<int>(order)) + label;
    items_.push_back(std::move(item));
  }

  void keywords(TokenKind first, TokenKind last, Place place) {
    for (int kind = static_cast<int>(first); kind <= static_cast<int>(last); ++kind)
      if (may_stand(static_cast<TokenKind>(kind), place))
        add(std::string(spelling(static_cast<TokenKind>(kind))), keyword, Order::words);
  }

  void add(const Symbol& symbol) {
    if (symbol.statement != nullptr) {
      if (const auto entry = written_entry(*symbol.file->script.file, *symbol.statement))
        return add(symbol.name, function, Order::own, entry->heading, entry->doc);
    }
    const auto meaning = document_.meaning_of_name.find(symbol.name);
    const bool known = meaning != document_.meaning_of_name.end();
    add(symbol.name, symbol.kind == SymbolKind::option ? constant : variable, Order::own,
        known ? meaning->second : name(symbol.kind));
  }

  void own_names() {
    const Names& names = *reading_->names;
    for (const std::size_t id : names.visible(reading_->text(), offset_)) add(names.symbols()[id]);
    // What an error hides is still a word of the text.
    if (whole_ == nullptr) return;
    Diagnostics ignored;
    const SourceFile source("", text_);
    std::set<std::string> words, known;
    for (const Token& token : tokenize(source, ignored))
      if (token.kind == TokenKind::name && token.end < text_.size() && text_[token.end - 1] != '\'')
        words.insert(text_.substr(token.begin, token.end - token.begin));
    for (const Entry& entry : reference_.all(documents_)) known.insert(entry.name);
    for (const std::string& word : words)
      if (!known.contains(word)) add(word, text, Order::own);
  }

  // What can be computed with anywhere; sources, rules and schedules only where they belong.
  void entries(Place place) {
    for (const Entry& entry : reference_.all(documents_)) {
      const std::string& kind = entry.kind;
      const bool of_training = kind == "optimizer" || kind == "schedule" || kind == "minimizer";
      const bool fits = kind == "source" ? place == Place::data
                        : of_training
                            ? place == Place::train || place == Place::optimizer
                            : kind != "training key" && kind != "exporter" && kind != "importer";
      if (fits) add(entry.name, function, Order::all, entry.heading, entry.doc);
    }
  }

  void arguments(const std::string& callee) {
    const Names& names = *reading_->names;
    const std::size_t id = names.find(names.scope_at(reading_->text(), offset_), callee);
    if (id != nothing) {
      for (const std::string& parameter : names.symbols()[id].parameters) argument(parameter);
      return;
    }
    for (const Entry* entry : reference_.find(documents_, callee)) {
      if (entry->op == nullptr) continue;
      for (const InputDef& input : entry->op->inputs) argument(input.name);
      for (const AttrDef& attr : entry->op->attrs)
        if (attr.name != "key") argument(attr.name, attr.doc);
    }
  }

  void argument(const std::string& name, const std::string& doc = "") {
    add(name + " = ", property, Order::argument, "", doc);
  }

  void members(const std::vector<std::string>& object) {
    const Names& names = *reading_->names;
    std::size_t id = nothing;
    for (std::size_t i = 0; i < object.size() && (i == 0 || id != nothing); ++i)
      id = i == 0 ? names.find(names.scope_at(reading_->text(), offset_), object[0])
                  : names.part(id, object[i]);
    if (id != nothing)
      for (const std::size_t part : names.parts(id))
        add(names.symbols()[part].name, field, Order::own, name(names.symbols()[part].kind));
    add("T", property, Order::all, "the transpose");
  }

  void includes() {
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(document_.path.parent_path(), error)) {
      const std::filesystem::path& found = entry.path();
      if (found.extension() == ".ebb" && found != document_.path)
        add(found.filename().string(), file, Order::own);
    }
    for (const std::string& name : script::embedded_names("std/"))
      add("std/" + name + ".ebb", file, Order::all);
    std::sort(items_.begin(), items_.end(), [](const Json& a, const Json& b) {
      return a.at("sortText").get<std::string>() < b.at("sortText").get<std::string>();
    });
  }

  Documents& documents_;
  Document& document_;
  Reference& reference_;
  std::string text_;  // before the place
  Context context_;
  std::shared_ptr<const Reading> whole_;  // of what is whole; null where the script has no error
  const Reading* reading_;
  std::uint32_t offset_;  // in its text
  Json items_ = Json::array();
  std::set<std::string> seen_;
};

}  // namespace

Json completion(Documents& documents, Document& document, Reference& reference,
                std::uint32_t offset) {
  return Completer(documents, document, reference, offset)();
}

}  // namespace ebb::lsp
