// The scripts that an editor has open, and what is known of each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "graph/cli/command.hpp"
#include "graph/cli/lsp/names.hpp"
#include "graph/cli/sample_cache.hpp"

namespace ebb::lsp {

// A script's text with the meaning of its names.
struct Reading {
  script::Files files;
  const script::File* main = nullptr;
  std::unique_ptr<Names> names;
  bool faulty = false;  // there are syntax errors somewhere

  const SourceFile& text() const { return *main->script.file; }
};

struct Document {
  std::string uri;
  std::filesystem::path path;  // without links; of one that is no file, one in the work folder
  std::string name;            // how messages call it
  std::int64_t version = 0;
  std::string text;

  bool changed = true;                     // since it was checked
  std::shared_ptr<const Reading> reading;  // null where something has changed since
  std::set<std::string> files;             // that were read for the last check
  // From the last check: what names mean at a byte of a file, each meaning once; and anywhere.
  std::map<std::pair<std::string, std::uint32_t>, std::vector<std::string>> meanings;
  std::map<std::string, std::string> meaning_of_name;
};

class Documents {
 public:
  explicit Documents(Invocation& invocation);

  Document& open(const std::string& uri, std::string text, std::int64_t version);
  void change(Document& document, std::string text, std::int64_t version);
  void close(const std::string& uri);
  // Files on the disk have changed.
  void invalidate();
  // Null where it is not open.
  Document* find(const std::string& uri);
  std::map<std::string, Document>& all() { return documents_; }

  const Reading& reading(Document& document) const;
  // The same of what its text, and those of others, would be.
  std::shared_ptr<const Reading> read(const Document& document,
                                      const std::map<std::string, std::string>& texts) const;
  // The same of another text of the document.
  std::shared_ptr<const Reading> read(const Document& document, const std::string& text) const;
  // Checks it, as `ebb check` does. The diagnostics point into texts that live until the next call.
  Diagnostics check(Document& document);
  // How the protocol calls a file: as the editor does, if it has opened it.
  std::string uri_of_file(const std::filesystem::path& path) const;
  const Registry& registry() const { return invocation_.registry; }
  const Plugins& plugins() const { return invocation_.plugins; }

 private:
  void touch(const Document& document);
  void remember(Document& document, Span at, const std::string& meaning) const;

  Invocation& invocation_;
  EditorHooks hooks_;
  std::map<std::string, SampleCache> samples_;  // by the path of the script
  std::map<std::string, Document> documents_;   // by URI
  Document* checked_ = nullptr;                 // that is being checked
};

}  // namespace ebb::lsp
