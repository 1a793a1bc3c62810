#include "graph/core/reach.hpp"

#include <algorithm>

#include "graph/core/diagnostic.hpp"

namespace ebb {

namespace {

namespace fs = std::filesystem;

// Empty where a link can not be followed.
fs::path without_links(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = path.empty() ? fs::current_path(error) : fs::absolute(path, error);
  fs::path result = fs::weakly_canonical(absolute, error);
  return error ? fs::path{} : result;
}

bool is_in(const fs::path& file, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first ==
         folder.end();
}

}  // namespace

void Reach::add(const fs::path& folder) {
  fs::path whole = without_links(folder);
  // "data/" ends in an empty name.
  if (!whole.has_filename() && whole.has_relative_path()) whole = whole.parent_path();
  if (!whole.empty() && std::ranges::find(folders_, whole) == folders_.end())
    folders_.push_back(std::move(whole));
}

void Reach::require(const fs::path& file, const std::string& name) const {
  const fs::path whole = without_links(file);
  const auto holds = [&](const fs::path& folder) { return is_in(whole, folder); };
  if (!whole.empty() && std::ranges::any_of(folders_, holds)) return;
  std::string folders;
  for (const fs::path& folder : folders_)
    folders += (folders.empty() ? "" : " and ") + folder.string();
  throw UserError(name + " is outside of what a script may read: " + folders,
                  {"`--allow-path DIR` lets it read in DIR too"});
}

}  // namespace ebb
