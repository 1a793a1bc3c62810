#include "graph/core/reach.hpp"

#include <algorithm>
#include <set>
#include <utility>

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

bool Reach::holds(const fs::path& file) const {
  const fs::path whole = without_links(file);
  return !whole.empty() && std::ranges::any_of(folders_, [&](const fs::path& folder) {
    return is_in(whole, folder);
  });
}

void Reach::refuse(const std::string& name) const {
  std::string folders;
  for (const fs::path& folder : folders_)
    folders += (folders.empty() ? "" : " and ") + folder.string();
  throw UserError(name + " is outside of what a script may read: " + folders,
                  {"`--allow-path DIR` lets it read in DIR too"});
}

// Sources that take a folder open what they find in it. Only links lead out of one; folders that
// they lead to are searched too.
void Reach::require_links(const fs::path& folder, const std::string& name) const {
  std::set<fs::path> seen{without_links(folder)};
  std::vector<std::pair<fs::path, std::string>> next{{folder, name}};
  while (!next.empty()) {
    const auto [at, at_name] = std::move(next.back());
    next.pop_back();
    std::error_code error;
    for (fs::directory_iterator it(at, error), end; !error && it != end; it.increment(error)) {
      const bool link = it->is_symlink(error);
      const std::string inner = (fs::path(at_name) / it->path().filename()).string();
      if (link && !holds(it->path())) refuse(inner);
      if (it->is_directory(error) && (!link || seen.insert(without_links(it->path())).second))
        next.emplace_back(it->path(), inner);
      error.clear();
    }
  }
}

void Reach::require(const fs::path& file, const std::string& name) const {
  if (!holds(file)) refuse(name);
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (fs::is_directory(status)) return require_links(file, name);
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw UserError(name + " is no regular file, and what else there is may never end",
                    {"of a pipe or a device, save what is wanted in a file first"});
}

}  // namespace ebb
