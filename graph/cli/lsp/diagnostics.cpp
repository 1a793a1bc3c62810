#include "graph/cli/lsp/features.hpp"
#include "graph/cli/lsp/places.hpp"

namespace ebb::lsp {

namespace {

// As the protocol numbers them.
int number(Severity severity) {
  switch (severity) {
    case Severity::error:
      return 1;
    case Severity::warning:
      return 2;
    case Severity::note:
      return 3;
  }
  throw InternalError("number: no such severity");
}

class Writer {
 public:
  Writer(const Document& document, const Documents& documents)
      : document_(document), documents_(documents) {}

  Json operator()(const Diagnostic& found) const {
    const Span at = place_of(found);
    std::string message = found.message;
    if (found.at && !is_here(found.at)) message = to_string(found.at) + ": " + message;
    for (const std::string& hint : found.hints) message += "\nhint: " + hint;
    if (found.fix) message += "\nfix: " + found.fix.what;
    Json result{{"range", range_of(at)},
                {"severity", number(found.severity)},
                {"source", "ebb"},
                {"message", message}};
    if (!found.code.empty()) result["code"] = found.code;
    Json related = Json::array();
    if (found.at && !is_here(found.at)) add(related, found.at, "here");
    for (const Label& label : found.labels) add(related, label.at, label.text);
    for (const Frame& frame : found.stack)
      if (frame.at) add(related, frame.at, "in " + frame.call + ", called here");
    if (!related.empty()) result["relatedInformation"] = related;
    if (Json changes = changes_of(found.fix); !changes.empty())
      result["data"] = {{"version", document_.version},
                        {"title", found.fix.what},
                        {"changes", std::move(changes)}};
    return result;
  }

 private:
  bool is_here(const Span& span) const { return span.file->name() == document_.name; }

  // In the document: where it is wrong, or whence a call or an include leads there.
  Span place_of(const Diagnostic& found) const {
    if (!found.at || is_here(found.at)) return found.at;
    for (const Frame& frame : found.stack)
      if (frame.at && is_here(frame.at)) return frame.at;
    const script::File* file = file_of(found.at);
    return file == nullptr ? Span{} : document_.reading->names->way_to(*file->script.file);
  }

  // By files; none where the library would have to change.
  Json changes_of(const Fix& fix) const {
    Json changes = Json::object();
    for (const Edit& edit : fix.edits) {
      const script::File* file = file_of(edit.at);
      if (file == nullptr || file->embedded) return Json::object();
      changes[documents_.uri_of_file(file->id)].push_back(
          {{"range", range_of(edit.at)}, {"newText", edit.text}});
    }
    return changes;
  }

  const script::File* file_of(const Span& span) const {
    for (const script::File* file : document_.reading->names->files())
      if (file->script.file->name() == span.file->name()) return file;
    return nullptr;
  }

  // Places in the library have no file to show.
  void add(Json& related, const Span& span, const std::string& message) const {
    const script::File* file = file_of(span);
    if (file == nullptr || file->embedded) return;
    related.push_back(
        {{"location", {{"uri", documents_.uri_of_file(file->id)}, {"range", range_of(span)}}},
         {"message", message}});
  }

  const Document& document_;
  const Documents& documents_;
};

}  // namespace

Json diagnostics_of(const Diagnostics& found, const Document& document,
                    const Documents& documents) {
  const Writer write(document, documents);
  Json result = Json::array();
  for (const Diagnostic& diagnostic : found.all()) result.push_back(write(diagnostic));
  return result;
}

Json code_actions(const Json& diagnostics, const Document& document) {
  Json actions = Json::array();
  for (const Json& diagnostic : diagnostics) {
    const Json data = diagnostic.value("data", Json());
    if (!data.is_object() || data.at("version") != document.version) continue;
    actions.push_back({{"title", data.at("title")},
                       {"kind", "quickfix"},
                       {"diagnostics", {diagnostic}},
                       {"isPreferred", true},
                       {"edit", {{"changes", data.at("changes")}}}});
  }
  return actions;
}

}  // namespace ebb::lsp
