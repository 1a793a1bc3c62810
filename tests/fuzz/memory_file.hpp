// A file that lies in memory, for readers that take a path.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "graph/core/array.hpp"
#include "graph/core/diagnostic.hpp"

namespace ebb::test {

class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* bytes, std::size_t size) : descriptor_(::memfd_create("fuzz", 0)) {
    if (descriptor_ < 0 || ::write(descriptor_, bytes, size) != static_cast<ssize_t>(size))
      std::abort();
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

// Reads the bytes as a file; what is wrong with them is an error of the reader's, and of an array
// all is there.
inline int read_array(Array (*read)(const std::filesystem::path&), const std::uint8_t* bytes,
                      std::size_t size) {
  const MemoryFile file(bytes, size);
  try {
    const Array array = read(file.path());
    if (array.size_bytes() > 0)
      (void)static_cast<volatile std::byte&>(*(array.bytes.get() + array.size_bytes() - 1));
  } catch (const UserError&) {
  }
  return 0;
}

}  // namespace ebb::test
