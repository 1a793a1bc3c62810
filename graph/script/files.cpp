#include "graph/script/files.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <utility>

#include "graph/core/embedded.hpp"
#include "graph/script/mistake.hpp"

namespace ebb::script {

namespace {

constexpr std::string_view extension = ".ebb";

std::string_view embedded_text(const std::string& name) {
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.name == name) return file.text;
  }
  return {};
}

// Parsed when it is first wanted; null where there is none of that name.
std::shared_ptr<const File> embedded_file(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const File>> files;
  const std::string_view text = embedded_text(name);
  if (text.data() == nullptr) return nullptr;
  const std::lock_guard lock(mutex);
  auto& file = files[name];
  if (file != nullptr) return file;
  Diagnostics syntax;
  const auto source = std::make_shared<const SourceFile>(name, std::string(text));
  file = std::make_shared<const File>(File{parse(source, syntax), name, {}, true});
  if (syntax.has_errors()) throw InternalError(syntax.to_string());
  return file;
}

}  // namespace

std::string read_text(const std::filesystem::path& path, const std::string& name) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw UserError(name + " is a folder");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) throw UserError("cannot read " + name + ": " + std::strerror(errno));
  std::string text;
  // Its size is not asked for: it may be a pipe.
  for (std::array<char, 16384> piece{}; in;) {
    in.read(piece.data(), piece.size());
    text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > max_script_size) throw UserError(name + " is larger than 16 MiB");
  }
  if (in.bad()) throw UserError("cannot read " + name + ": " + std::strerror(errno));
  return text;
}

std::filesystem::path folder_of_script(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const bool is_piped = std::filesystem::exists(status) && !is_regular_file(status);
  // A redirected file is one, but not there.
  return is_piped || path.parent_path() == "/dev" ? "" : path.parent_path();
}

const std::vector<std::string>& prelude() {
  static const std::vector<std::string> files = {
      "std/costs.ebb",  "std/metrics.ebb",   "std/penalties.ebb", "std/schedules.ebb",
      "std/layers.ebb", "std/functions.ebb", "ops/rewrites.ebb"};
  return files;
}

std::vector<std::string> embedded_names(const std::string& prefix) {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : embedded_files()) {
    if (!file.name.starts_with(prefix) || !file.name.ends_with(extension)) continue;
    const std::size_t size = file.name.size() - prefix.size() - extension.size();
    names.emplace_back(file.name.substr(prefix.size(), size));
  }
  return names;
}

const File& Files::parsed(const std::string& id, const std::string& name, std::string text,
                          std::filesystem::path folder) {
  auto& file = files_[id];
  if (file != nullptr) return *file;
  const auto source = std::make_shared<const SourceFile>(name, std::move(text), id);
  texts_.push_back(source);
  const std::size_t errors = syntax_.errors();
  Script script = parse(source, syntax_);
  const bool faulty = syntax_.errors() > errors;
  file =
      std::make_shared<const File>(File{std::move(script), id, std::move(folder), false, faulty});
  return *file;
}

void Files::report(Diagnostics& diagnostics) const {
  for (const auto& text : texts_) diagnostics.keep(text);
  for (const Diagnostic& diagnostic : syntax_.all()) diagnostics.add(diagnostic);
  diagnostics.count(syntax_.not_kept());
}

std::string Files::text_of(const std::filesystem::path& path, const std::string& name) const {
  if (preferred_ != nullptr) {
    std::error_code error;
    const auto found = preferred_->find(std::filesystem::weakly_canonical(path, error).string());
    if (found != preferred_->end()) return found->second;
  }
  if (remembered_ == nullptr) return read_text(path, name);
  const auto found = remembered_->find(path.string());
  if (found != remembered_->end()) return found->second;
  return remembered_->emplace(path.string(), read_text(path, name)).first->second;
}

const File& Files::add(const std::string& name, std::string text, std::filesystem::path folder) {
  allow(folder);
  std::error_code error;
  const auto file = std::filesystem::path(name).filename();
  const auto path = std::filesystem::weakly_canonical(folder / file, error);
  return parsed(path.string(), name, std::move(text), std::move(folder));
}

const File& Files::include(const std::string& path, const File& from, Span at) {
  if (path.starts_with("std/")) {
    if (const File* file = embedded(path)) return *file;
    auto names = embedded_names("std/");
    for (std::string& name : names) name = std::string("std/").append(name).append(extension);
    // The place is that of the string, with its quotes.
    Advice advice = meant(path, names, {at.file, at.begin + 1, at.end - 1});
    throw UserError(make_diagnostic(Mistake::unreadable_include, at,
                                    "there is no standard file " + path, std::move(advice)));
  }
  const std::filesystem::path full = from.folder / path;
  std::error_code error;
  const auto canonical = std::filesystem::weakly_canonical(full, error);
  if (const auto found = files_.find(canonical.string()); found != files_.end()) {
    return *found->second;
  }
  reach_.require(full, path);
  // Messages name the file as the script does, beside the including one.
  const auto shown = std::filesystem::path(from.script.file->name()).parent_path() / path;
  const std::string name = shown.lexically_normal().string();
  return parsed(canonical.string(), name, text_of(full, name), full.parent_path());
}

const File* Files::embedded(const std::string& name) {
  auto& file = files_[name];
  if (file == nullptr) file = embedded_file(name);
  return file.get();
}

const SourceFile& Files::add_text(const std::string& name, std::string text) {
  texts_.push_back(std::make_shared<const SourceFile>(name, std::move(text)));
  return *texts_.back();
}

}  // namespace ebb::script
