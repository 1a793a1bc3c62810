#include "graph/run/data/file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <utility>

#include "graph/core/diagnostic.hpp"
#include "graph/core/out_of_memory.hpp"

namespace fs = std::filesystem;

namespace ebb {
namespace {

// A file descriptor that is closed when forgotten; `close` reports what the last write left unsaid.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

[[noreturn]] void write_error(const std::string& file, const std::string& step) {
  const int error = errno;
  file_error(file, step + ": " + std::strerror(error),
             {"nothing was replaced: a file of that name is as it was before"});
}

bool write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

bool write_all(int fd, std::span<const std::span<const std::byte>> pieces) {
  return std::all_of(pieces.begin(), pieces.end(),
                     [fd](std::span<const std::byte> piece) { return write_all(fd, piece); });
}

constexpr std::string_view temporary = ".tmp-";

// Whether it is called NAME.tmp-PROCESS-NUMBER, and the process is no more. This one has begun none
// yet: a process of the same number was another.
bool is_leftover(const std::string& file, std::span<const std::string_view> names) {
  const std::size_t at = file.rfind(temporary);
  if (at == std::string::npos ||
      std::ranges::find(names, std::string_view(file).substr(0, at)) == names.end())
    return false;
  const char* const end = file.data() + file.size();
  pid_t process = 0;
  int number = 0;
  const auto first = std::from_chars(file.data() + at + temporary.size(), end, process);
  if (first.ec != std::errc{} || process <= 0 || first.ptr == end || *first.ptr != '-')
    return false;
  const auto second = std::from_chars(first.ptr + 1, end, number);
  if (second.ec != std::errc{} || second.ptr != end || number < 0) return false;
  return process == ::getpid() || (::kill(process, 0) != 0 && errno == ESRCH);
}

// A new file beside `target`, which is removed again unless it was renamed.
class Temporary {
 public:
  explicit Temporary(const fs::path& target) {
    for (int attempt = 0; fd_ < 0 && attempt < 100; ++attempt) {
      path_ = target.string() + std::string(temporary) + std::to_string(::getpid()) + "-" +
              std::to_string(attempt);
      fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (fd_ < 0 && errno != EEXIST) break;
    }
    created_ = fd_ >= 0;
  }
  ~Temporary() {
    if (created_) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  int descriptor() const { return fd_; }
  bool rename_to(const fs::path& target) {
    if (::rename(path_.c_str(), target.c_str()) != 0) return false;
    created_ = false;
    return true;
  }

 private:
  std::string path_;
  int fd_ = -1;
  bool created_ = false;
};

bool sync_folder(const fs::path& folder) {
  Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a folder; the rename itself is then all there is.
  return descriptor.get() >= 0 && (::fsync(descriptor.get()) == 0 || errno == EINVAL);
}

constexpr const char* no_file_beside = "cannot create a file beside it";

void replace_file(const std::string& name, const fs::path& target,
                  std::span<const std::span<const std::byte>> pieces) {
  Temporary file(target);
  if (file.descriptor() < 0) write_error(name, no_file_beside);
  Descriptor descriptor(file.descriptor());
  struct stat old {};
  // Not all file systems have permissions.
  if (::stat(target.c_str(), &old) == 0) ::fchmod(descriptor.get(), old.st_mode & 07777);
  if (!write_all(descriptor.get(), pieces)) write_error(name, "cannot write");
  if (::fsync(descriptor.get()) != 0) write_error(name, "cannot sync to disk");
  if (!descriptor.close()) write_error(name, "cannot close");
  if (!file.rename_to(target)) write_error(name, "cannot put the new file in place");
  const fs::path folder = target.parent_path();
  if (!sync_folder(folder.empty() ? "." : folder)) {
    file_error(name,
               std::string("written, but its folder cannot be synced: ") + std::strerror(errno));
  }
}

// The file behind a symbolic link is replaced, not the link.
fs::path behind_links(const fs::path& path) {
  std::error_code error;
  if (!fs::is_symlink(path, error)) return path;
  if (!fs::exists(path, error))
    file_error(path.string(), "it is a link to " + fs::read_symlink(path, error).string() +
                                  ", which is not there");
  const fs::path target = fs::canonical(path, error);
  return error ? path : target;
}

// Into a device or a pipe. One that nobody reads is refused, not waited for.
void write_into(const std::string& name, const fs::path& target,
                std::span<const std::span<const std::byte>> pieces) {
  Descriptor descriptor(::open(target.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0 && errno == ENXIO)
    file_error(name, "cannot write: it is a pipe that nobody reads");
  const int flags = descriptor.get() < 0 ? -1 : ::fcntl(descriptor.get(), F_GETFL);
  const bool waits =
      flags >= 0 && ::fcntl(descriptor.get(), F_SETFL, flags & ~O_NONBLOCK) == 0;  // for room
  if (!waits || !write_all(descriptor.get(), pieces) || !descriptor.close())
    file_error(name, std::string("cannot write: ") + std::strerror(errno));
}

float float_of_brain(std::uint16_t brain) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(brain) << 16);
}

template <float (*widened)(std::uint16_t)>
Array widen(const std::string& file, std::span<const std::byte> bytes,
            std::vector<std::int64_t> dims) {
  Array array = allocate(file, DType::f32, std::move(dims));
  ensure(bytes.size() * 2 == array.size_bytes(), "widen: sizes differ");
  for (std::size_t i = 0; i < bytes.size() / 2; ++i) {
    std::uint16_t narrow;
    std::memcpy(&narrow, bytes.data() + 2 * i, 2);
    array.data<float>()[i] = widened(narrow);
  }
  return array;
}

}  // namespace

void file_error(const std::string& file, const std::string& what, std::vector<std::string> hints) {
  throw UserError(file + ": " + what, std::move(hints));
}

std::string dims_text(std::span<const std::int64_t> dims) {
  std::string text = "[";
  for (std::size_t i = 0; i < dims.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(dims[i]);
  }
  return text + "]";
}

Array allocate(const std::string& file, DType dtype, std::vector<std::int64_t> dims) {
  const std::string text = dims_text(dims);
  try {
    return Array::make(dtype, std::move(dims));
  } catch (const OutOfMemory& error) {
    refuse_memory(file + ": an array " + text + " of " + ebb::name(dtype), error.bytes(), {}, {});
  }
}

InputFile::InputFile(const fs::path& path, Kind kind)
    : name_(path == "-" ? "standard input" : path.string()) {
  if (path == "-") {
    descriptor_ = STDIN_FILENO;
    return;
  }
  const int waiting = kind == Kind::regular ? O_NONBLOCK : 0;
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | waiting);
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
    const std::string reason = std::strerror(errno);
    if (descriptor_ >= 0) ::close(descriptor_);
    file_error(name_, "cannot open: " + reason);
  }
  const bool is_folder = S_ISDIR(status.st_mode), is_regular = S_ISREG(status.st_mode);
  if (is_folder || (kind == Kind::regular && !is_regular)) {
    ::close(descriptor_);
    file_error(name_, is_folder ? "is a folder, not a file" : "not a regular file");
  }
  if (is_regular) size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() {
  if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

std::optional<std::uint64_t> InputFile::remaining() const {
  if (!size_) return std::nullopt;
  return *size_ - std::min(*size_, position_);
}

std::size_t InputFile::read_some(std::span<std::byte> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t got = ::read(descriptor_, buffer.data() + filled, buffer.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) file_error(name_, std::string("cannot read: ") + std::strerror(errno));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  position_ += filled;
  return filled;
}

void InputFile::read(std::span<std::byte> buffer, const char* what) {
  const std::size_t got = read_some(buffer);
  if (got < buffer.size()) {
    file_error(name_,
               std::string("truncated: ") + what + " needs " + std::to_string(buffer.size()) +
                   " bytes, " + std::to_string(got) + " are left",
               {copy_again});
  }
}

std::shared_ptr<std::byte[]> InputFile::rest() {
  const std::uint64_t begin = position_, size = remaining().value_or(0);
  void* mapped = size == 0 ? MAP_FAILED
                           : ::mmap(nullptr, begin + size, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_NORESERVE, descriptor_, 0);
  if (mapped == MAP_FAILED) {
    Array bytes = allocate(name_, DType::u8, {static_cast<std::int64_t>(size)});
    read(bytes_of(bytes), "the data");
    return bytes.bytes;
  }
  position_ += size;
  const std::shared_ptr<std::byte[]> whole(
      static_cast<std::byte*>(mapped),
      [length = begin + size](std::byte* p) { ::munmap(p, length); });
  return {whole, whole.get() + begin};
}

void write_file(const fs::path& path, std::span<const std::span<const std::byte>> pieces) {
  if (path == "-") {
    if (!write_all(STDOUT_FILENO, pieces)) {
      file_error("standard output", std::string("cannot write: ") + std::strerror(errno));
    }
    return;
  }
  const std::string name = path.string();
  std::error_code ignored;
  const fs::path target = behind_links(path);
  const fs::file_status status = fs::status(target, ignored);
  if (fs::exists(status) && fs::is_directory(status)) {
    file_error(name, "cannot write: it is a folder");
  }
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    write_into(name, target, pieces);
    return;
  }
  replace_file(name, target, pieces);
}

void require_writable(const fs::path& path) {
  const fs::path target = behind_links(path);
  std::error_code ignored;
  const fs::file_status status = fs::status(target, ignored);
  if (fs::is_fifo(status)) file_error(path.string(), "not a regular file");
  if (fs::exists(status) && !fs::is_regular_file(status)) return;
  const Temporary file(target);
  const Descriptor descriptor(file.descriptor());
  if (descriptor.get() < 0 && errno != ENOSPC && errno != EDQUOT)
    write_error(path.string(), no_file_beside);
}

void remove_leftovers(const fs::path& folder, std::span<const std::string_view> names) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (is_leftover(at->path().filename().string(), names)) found.push_back(at->path());
  for (const fs::path& path : found) fs::remove(path, error);
}

void normalise_booleans(Array& array) {
  for (std::byte& byte : bytes_of(array)) byte = std::byte{byte != std::byte{0}};
}

Array widen_f16(const std::string& file, std::span<const std::byte> bytes,
                std::vector<std::int64_t> dims) {
  return widen<sdk::float_of_half>(file, bytes, std::move(dims));
}

Array widen_bf16(const std::string& file, std::span<const std::byte> bytes,
                 std::vector<std::int64_t> dims) {
  return widen<float_of_brain>(file, bytes, std::move(dims));
}

}  // namespace ebb
