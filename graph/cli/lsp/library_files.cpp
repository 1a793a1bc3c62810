#include "graph/cli/lsp/library_files.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "graph/core/hash.hpp"

namespace ebb::lsp {

namespace {

namespace fs = std::filesystem;

fs::path cache_folder() {
  if (const char* folder = std::getenv("XDG_CACHE_HOME"); folder != nullptr && *folder == '/')
    return fs::path(folder) / "ebb";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return fs::path(home) / ".cache" / "ebb";
  return {};
}

// As a whole, or not at all: another server may write the same file.
bool write(const fs::path& path, const std::string& text) {
  const fs::path beside = path.string() + "." + std::to_string(getpid());
  std::ofstream(beside, std::ios::binary) << text;
  std::error_code error;
  if (fs::file_size(beside, error) != text.size() || error) return false;
  // It is to be read; what is changed in it has no effect.
  fs::permissions(beside, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read,
                  error);
  fs::rename(beside, path, error);
  return !error;
}

}  // namespace

std::optional<fs::path> library_file(const script::File& file) {
  const fs::path cache = cache_folder();
  if (cache.empty()) return std::nullopt;
  const std::string& text = file.script.file->text();
  Fingerprint fingerprint;
  fingerprint.add(text);
  // Each version of a file has a folder of its own, so one that is there is right.
  const fs::path path = cache / fingerprint.text() / file.script.file->name();
  std::error_code error;
  if (fs::exists(path, error)) return path;
  fs::create_directories(path.parent_path(), error);
  if (error || !write(path, text)) return std::nullopt;
  return path;
}

}  // namespace ebb::lsp
