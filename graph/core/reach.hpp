// Which files a script may read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ebb {

// Folders, and all that is in them. A script is data: what it names must lie there, wherever `..`
// and symbolic links lead. Links that are changed meanwhile are not noticed.
class Reach {
 public:
  void add(const std::filesystem::path& folder);
  // Throws UserError, which calls the file `name`, where it lies in none of them.
  void require(const std::filesystem::path& file, const std::string& name) const;

 private:
  std::vector<std::filesystem::path> folders_;  // without links
};

}  // namespace ebb
