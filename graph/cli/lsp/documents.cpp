#include "graph/cli/lsp/documents.hpp"

#include <algorithm>

#include "graph/cli/checking.hpp"
#include "graph/cli/lsp/places.hpp"

namespace ebb::lsp {

namespace {

// A loop and a layer give a name many meanings; nobody reads more of them.
constexpr std::size_t most_meanings = 8;

std::filesystem::path file_of(const std::string& uri) {
  std::error_code error;
  std::filesystem::path path = path_of(uri);
  // untitled:Untitled-1
  if (path.empty()) path = std::filesystem::current_path(error) / uri.substr(uri.rfind(':') + 1);
  return std::filesystem::weakly_canonical(path, error);
}

}  // namespace

Documents::Documents(Invocation& invocation) : invocation_(invocation) {
  hooks_.observe = [this](Span at, const std::string& meaning) {
    remember(*checked_, at, meaning);
  };
  invocation_.open = [this](const SourceDef& source, const std::vector<SourceArgument>& arguments,
                            const SourceContext& context) {
    return samples_[checked_->path.string()].open(source, arguments, context);
  };
  invocation_.editor = &hooks_;
}

Document& Documents::open(const std::string& uri, std::string text, std::int64_t version) {
  Document& document = documents_[uri];
  document.uri = uri;
  document.path = file_of(uri);
  document.name = document.path.filename().string();
  change(document, std::move(text), version);
  return document;
}

void Documents::change(Document& document, std::string text, std::int64_t version) {
  document.text = std::move(text);
  document.version = version;
  hooks_.unsaved.insert_or_assign(document.path.string(), document.text);
  document.changed = true;
  touch(document);
}

void Documents::close(const std::string& uri) {
  Document* document = find(uri);
  if (document == nullptr) return;
  hooks_.unsaved.erase(document->path.string());
  samples_.erase(document->path.string());
  touch(*document);
  documents_.erase(uri);
}

// Whoever includes it is to be read again.
void Documents::touch(const Document& document) {
  for (auto& [uri, other] : documents_) {
    other.reading.reset();
    other.changed |= other.files.contains(document.path.string());
  }
}

void Documents::invalidate() {
  for (auto& [uri, document] : documents_) {
    document.reading.reset();
    document.changed = true;
  }
}

Document* Documents::find(const std::string& uri) {
  const auto found = documents_.find(uri);
  return found == documents_.end() ? nullptr : &found->second;
}

std::shared_ptr<const Reading> Documents::read(
    const Document& document, const std::map<std::string, std::string>& texts) const {
  const auto reading = std::make_shared<Reading>();
  reading->files.prefer(texts);
  if (invocation_.has("data")) reading->files.allow(invocation_.text("data"));
  for (const std::string& folder : invocation_.texts("allow-path")) reading->files.allow(folder);
  reading->main = &reading->files.add(document.name, texts.at(document.path.string()),
                                      document.path.parent_path());
  reading->names = std::make_unique<Names>(reading->files, *reading->main);
  reading->faulty = std::ranges::any_of(reading->names->files(),
                                        [](const script::File* file) { return file->faulty; });
  return reading;
}

std::shared_ptr<const Reading> Documents::read(const Document& document,
                                               const std::string& text) const {
  auto texts = hooks_.unsaved;
  texts.insert_or_assign(document.path.string(), text);
  return read(document, texts);
}

const Reading& Documents::reading(Document& document) const {
  if (!document.reading) document.reading = read(document, hooks_.unsaved);
  return *document.reading;
}

Diagnostics Documents::check(Document& document) {
  document.changed = false;
  document.meanings.clear();
  document.meaning_of_name.clear();
  document.files.clear();
  for (const script::File* file : reading(document).names->files()) document.files.insert(file->id);
  invocation_.models.clear();
  invocation_.findings.clear();
  invocation_.subject = document.name;
  invocation_.folder = document.path.parent_path();
  checked_ = &document;
  Diagnostics found;
  try {
    ebb::check(invocation_, found);
  } catch (const UserError& error) {
    found.add(error.diagnostic());
  }
  samples_[document.path.string()].tidy();
  return found;
}

void Documents::remember(Document& document, Span at, const std::string& meaning) const {
  auto& meanings = document.meanings[{at.file->name(), at.begin}];
  if (meanings.size() > most_meanings || std::ranges::find(meanings, meaning) != meanings.end())
    return;
  meanings.push_back(meaning);
  const std::string& text = at.file->text();
  document.meaning_of_name.try_emplace(text.substr(at.begin, at.end - at.begin), meaning);
}

std::string Documents::uri_of_file(const std::filesystem::path& path) const {
  for (const auto& [uri, document] : documents_)
    if (document.path == path) return uri;
  return uri_of(path);
}

}  // namespace ebb::lsp
