// Members of a zip archive, read at random.
#pragma once

#include <zip.h>

#include <memory>
#include <string>
#include <vector>

#include "plugins/files/file.hpp"

namespace ebb::npy {

class Archive {
 public:
  // Throws Failure: not there, not a zip archive, damaged.
  explicit Archive(const std::string& path);

  const std::string& path() const { return path_; }
  // Names of the members, in the archive's order.
  const std::vector<std::string>& members() const { return members_; }
  // A member as a file, which may be read while the archive lives. Stored ones are read where they
  // are; compressed ones are unpacked to a temporary file when first read beyond their beginning.
  // The checksum is verified then. Throws Failure, too, where those opened so far would unpack to
  // more than the archive's length bears out.
  std::unique_ptr<files::Bytes> open(std::size_t member);

 private:
  struct Close {
    void operator()(zip_t* archive) const { zip_discard(archive); }
  };
  std::string path_;
  std::unique_ptr<zip_t, Close> archive_;
  std::vector<std::string> members_;
  std::uint64_t size_ = 0, unpacked_ = 0;
};

}  // namespace ebb::npy
