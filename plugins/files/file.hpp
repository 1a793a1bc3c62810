// What data sources share: a file that is read at random, and errors that name it.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ebb/bytes.hpp>
#include <ebb/value.hpp>
#include <memory>
#include <span>
#include <string>

namespace ebb::files {

using sdk::copy_again;

// Throws Failure "FILE: WHAT".
[[noreturn]] inline void fail(const std::string& file, const std::string& what,
                              const std::string& hint = {}) {
  throw sdk::Failure(file + ": " + what, hint);
}

// Bytes at places of one's choice.
class Bytes {
 public:
  Bytes() = default;
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  virtual ~Bytes() = default;

  // For errors.
  virtual const std::string& name() const = 0;
  virtual std::uint64_t size() const = 0;
  // Fills `to` unless the data ends before; returns the bytes read.
  virtual std::size_t read_some(std::uint64_t offset, std::span<std::byte> to) = 0;
  // Fills `to`, which lies within the size.
  void read(std::uint64_t offset, std::span<std::byte> to) {
    if (read_some(offset, to) < to.size())
      fail(name(), "is shorter than when it was opened", "nothing may write to it meanwhile");
  }
};

// An open regular file.
class File : public Bytes {
 public:
  explicit File(std::string name) : name_(std::move(name)) {
    // A pipe without a writer is refused, not waited for.
    descriptor_ = ::open(name_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) refuse(std::strerror(errno));
    if (S_ISDIR(status.st_mode)) refuse("it is a folder, not a file");
    if (!S_ISREG(status.st_mode)) refuse("it is not a regular file, which can be read at random");
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  // Takes over a descriptor; `name` is for errors.
  File(std::string name, int descriptor, std::uint64_t size)
      : name_(std::move(name)), descriptor_(descriptor), size_(size) {}
  ~File() override {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  int descriptor() const { return descriptor_; }
  std::size_t read_some(std::uint64_t offset, std::span<std::byte> to) override {
    std::size_t filled = 0;
    while (filled < to.size()) {
      const ssize_t got = ::pread(descriptor_, to.data() + filled, to.size() - filled,
                                  static_cast<off_t>(offset + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail(name_, std::string("cannot read: ") + std::strerror(errno));
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    return filled;
  }

 private:
  // The destructor does not run after a constructor that throws.
  [[noreturn]] void refuse(const std::string& why) {
    if (descriptor_ >= 0) ::close(descriptor_);
    fail(name_, "cannot open: " + why);
  }
  std::string name_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace ebb::files
