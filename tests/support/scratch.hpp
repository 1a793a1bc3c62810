// Files for tests: a folder that goes away, bytes in and out, the whole text of an expected error.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "graph/core/diagnostic.hpp"

namespace ebb::test {

// What readers advise of a file that is not what its header says.
inline const std::string copy_again =
    "  hint: the file is damaged or incomplete: copy or make it again\n";

// A fresh folder, removed with all that is in it. As a fixture it gives each test its own.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "ebb-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
    folder_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path path(std::string_view name) const { return folder_ / name; }
  std::filesystem::path write(std::string_view name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }

  // What `action` throws as a UserError, as `ebb` prints it but with the folder's name left out.
  template <class Action>
  std::string error_of(Action&& action) const {
    try {
      action();
    } catch (const UserError& error) {
      std::string text = to_string(error.diagnostic());
      const std::string prefix = folder_.string() + "/";
      for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) {
        text.erase(at, prefix.size());
      }
      return text;
    }
    return "no error";
  }

 private:
  std::filesystem::path folder_;
};

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace ebb::test
