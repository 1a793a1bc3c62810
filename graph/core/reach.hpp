// Which files a script may read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ebb {

// Folders, and all that is in them. A script is data: what it names must lie there, wherever `..`
// and symbolic links lead. Links that are changed meanwhile are not noticed. Every name that a
// script gives comes by here before it is opened.
class Reach {
 public:
  void add(const std::filesystem::path& folder);
  // Throws UserError, which calls the file `name`, where it lies in none of them; of a folder,
  // where a link in it leads out of them; and where it is a device or a pipe, which may never end.
  void require(const std::filesystem::path& file, const std::string& name) const;

 private:
  bool holds(const std::filesystem::path& file) const;
  [[noreturn]] void refuse(const std::string& name) const;
  void require_links(const std::filesystem::path& folder, const std::string& name) const;

  std::vector<std::filesystem::path> folders_;  // without links
};

}  // namespace ebb
