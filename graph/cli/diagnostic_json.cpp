#include "graph/cli/diagnostic_json.hpp"

namespace ebb {

namespace {

Json fix_json(const Fix& fix) {
  if (!fix) return nullptr;
  Json edits = Json::array();
  for (const Edit& edit : fix.edits)
    edits.push_back({{"at", to_json(edit.at)}, {"text", edit.text}});
  return {{"what", fix.what}, {"edits", edits}};
}

}  // namespace

Json to_json(const Span& span) {
  if (!span) return nullptr;
  const auto [line, column] = span.file->position(span.begin);
  const auto [end_line, end_column] = span.file->position(std::max(span.begin, span.end));
  return {{"file", span.file->name()},
          {"line", line},
          {"column", column},
          {"end_line", end_line},
          {"end_column", end_column}};
}

Json to_json(const Diagnostic& diagnostic) {
  Json labels = Json::array(), stack = Json::array();
  for (const Label& label : diagnostic.labels)
    labels.push_back({{"at", to_json(label.at)}, {"text", label.text}});
  for (const Frame& frame : diagnostic.stack)
    stack.push_back({{"call", frame.call}, {"at", to_json(frame.at)}});
  return {{"severity", word_of(diagnostic.severity)},
          {"code", diagnostic.code.empty() ? Json(nullptr) : Json(diagnostic.code)},
          {"message", diagnostic.message},
          {"at", to_json(diagnostic.at)},
          {"labels", labels},
          {"stack", stack},
          {"hints", diagnostic.hints},
          {"fix", fix_json(diagnostic.fix)}};
}

Json to_json(const Diagnostics& diagnostics) {
  Json all = Json::array();
  for (const Diagnostic& diagnostic : diagnostics.all()) all.push_back(to_json(diagnostic));
  return all;
}

Json event_of(const Diagnostic& diagnostic) {
  return {{"event", word_of(diagnostic.severity)},
          {"message", diagnostic.message},
          {"at", to_json(diagnostic.at)},
          {"hints", diagnostic.hints}};
}

}  // namespace ebb
