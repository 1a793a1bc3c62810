// The files of one script: its own, what it includes, and what the binary carries.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/core/diagnostic.hpp"
#include "graph/core/reach.hpp"
#include "graph/script/parser.hpp"

namespace ebb::script {

// A parsed file and where its includes are looked up.
struct File {
  Script script;
  std::string id;  // what two includes of one file have in common
  std::filesystem::path folder;
  bool embedded = false;
  bool faulty = false;  // there are syntax errors
};

// Reads and parses every file once; what is embedded, once in a process. What it returns lives as
// long as it.
class Files {
 public:
  // What is in there may be included or read, as what is in the folders of files that are added.
  void allow(const std::filesystem::path& folder) { reach_.add(folder); }
  const Reach& reach() const { return reach_; }
  // Texts that count instead of those on the disk, by their files' paths without links.
  void prefer(const std::map<std::string, std::string>& texts) { preferred_ = &texts; }
  // Texts that were read before, by their paths: they count instead of those on the disk, and what
  // is read is added.
  void remember(std::map<std::string, std::string>& texts) { remembered_ = &texts; }
  // The text of a file, which errors call `name`: the preferred or remembered one, or that on the
  // disk.
  std::string text_of(const std::filesystem::path& path, const std::string& name) const;
  const File& add(const std::string& name, std::string text, std::filesystem::path folder);
  // What `include "path"` in `from`, with the string at `at`, names. Throws UserError where it can
  // not be read.
  const File& include(const std::string& path, const File& from, Span at);
  // An embedded file; null where there is none of that name.
  const File* embedded(const std::string& name);
  // A text that is no file: the VALUE of `--set KEY=VALUE`.
  const SourceFile& add_text(const std::string& name, std::string text);
  // Adds all syntax errors, and the texts that these and other errors point into.
  void report(Diagnostics& diagnostics) const;

 private:
  const File& parsed(const std::string& id, const std::string& name, std::string text,
                     std::filesystem::path folder);

  Reach reach_;
  const std::map<std::string, std::string>* preferred_ = nullptr;
  std::map<std::string, std::string>* remembered_ = nullptr;
  Diagnostics syntax_;
  std::map<std::string, std::shared_ptr<const File>> files_;
  std::vector<std::shared_ptr<const SourceFile>> texts_;
};

// The whole text of a file. Throws UserError, with the system's reason and the file called `name`,
// where it can not be read or is larger than a script may be.
std::string read_text(const std::filesystem::path& path, const std::string& name);

// Where a script that was read from there has its own files: beside it, or, of a pipe, in the
// current folder.
std::filesystem::path folder_of_script(const std::filesystem::path& path);

// The embedded files that every script begins with, in their order.
const std::vector<std::string>& prelude();
// Names of embedded files that begin with `prefix` and end in .ebb, without both.
std::vector<std::string> embedded_names(const std::string& prefix);

}  // namespace ebb::script
