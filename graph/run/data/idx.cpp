#include "graph/run/data/idx.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graph/core/diagnostic.hpp"
#include "graph/run/data/file.hpp"

namespace fs = std::filesystem;

namespace ebb {
namespace {

constexpr std::uint64_t max_deflate_ratio = 1032;  // no deflate stream expands further

// Reads a file that is plain or gzip compressed; zlib finds out which, and checks the CRC.
class MaybeGzip {
 public:
  explicit MaybeGzip(const fs::path& path)
      : name_(path.string()), size_(regular_size(path)), file_(gzopen(path.c_str(), "rb")) {
    if (!file_) file_error(name_, std::string("cannot open: ") + std::strerror(errno));
    gzbuffer(file_.get(), 1 << 18);
  }

  const std::string& name() const { return name_; }
  bool compressed() { return gzdirect(file_.get()) == 0; }
  std::uint64_t file_size() const { return size_; }

  // Fills `buffer` unless the data ends before; returns the bytes read.
  std::size_t read(std::span<std::byte> buffer) {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
      const auto want = std::min<std::size_t>(buffer.size() - filled, 1u << 30);
      const int got = gzread(file_.get(), buffer.data() + filled, static_cast<unsigned>(want));
      if (got < 0) fail();
      if (got == 0) {
        if (ended_early()) fail();
        break;
      }
      filled += static_cast<std::size_t>(got);
    }
    return filled;
  }

 private:
  static std::uint64_t regular_size(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::is_directory(status)) file_error(path.string(), "is a folder, not a file");
    if (fs::exists(status) && !fs::is_regular_file(status))
      file_error(path.string(), "is no regular file");
    const std::uintmax_t size = fs::file_size(path, error);
    if (error) file_error(path.string(), "cannot open: " + error.message());
    return size;
  }

  // gzread reports the end of a file within its compressed data only here.
  bool ended_early() {
    int code = Z_OK;
    gzerror(file_.get(), &code);
    return code == Z_BUF_ERROR;
  }

  [[noreturn]] void fail() {
    int code = Z_OK;
    std::string reason = gzerror(file_.get(), &code);
    if (code == Z_ERRNO) file_error(name_, std::string("cannot read: ") + std::strerror(errno));
    if (reason.starts_with(name_ + ": ")) reason.erase(0, name_.size() + 2);
    if (code == Z_BUF_ERROR) reason = "the file ends within the compressed data";
    file_error(name_, "damaged gzip data: " + reason, {copy_again});
  }

  struct Close {
    void operator()(gzFile file) const { gzclose(file); }
  };
  std::string name_;
  std::uint64_t size_;
  std::unique_ptr<gzFile_s, Close> file_;
};

struct Header {
  DType dtype;
  std::vector<std::int64_t> dims;
  std::uint64_t bytes = 0;       // of the header itself
  std::uint64_t data_bytes = 0;  // of the elements
};

std::optional<DType> element_type(std::byte code) {
  switch (std::to_integer<int>(code)) {
    case 0x08:
      return DType::u8;
    case 0x09:
      return DType::i8;
    case 0x0b:
      return DType::i16;
    case 0x0c:
      return DType::i32;
    case 0x0d:
      return DType::f32;
    case 0x0e:
      return DType::f64;
    default:
      return std::nullopt;
  }
}

std::string hex(std::byte byte) {
  constexpr char digits[] = "0123456789abcdef";
  const int value = std::to_integer<int>(byte);
  return {digits[value / 16], digits[value % 16]};
}

[[noreturn]] void truncated_header(const std::string& file) {
  file_error(file, "truncated: the file ends within the IDX header", {copy_again});
}

Header read_header(MaybeGzip& file) {
  std::array<std::byte, 4> magic{};
  const std::size_t got = file.read(magic);
  if (got == 0) file_error(file.name(), "the file is empty", {copy_again});
  if (got < magic.size()) truncated_header(file.name());
  if (magic[0] != std::byte{0} || magic[1] != std::byte{0}) {
    file_error(file.name(),
               "not an IDX file: it begins with " + hex(magic[0]) + " " + hex(magic[1]) + " " +
                   hex(magic[2]) + " " + hex(magic[3]),
               {"an IDX file begins with 00 00, its element type and its rank"});
  }
  const std::optional<DType> dtype = element_type(magic[2]);
  if (!dtype) {
    file_error(file.name(), "unknown IDX element type " + hex(magic[2]),
               {"known are 08 uint8, 09 int8, 0b int16, 0c int32, 0d float32, 0e float64"});
  }
  const auto rank = std::to_integer<std::size_t>(magic[3]);
  if (rank < 1 || rank > Shape::max_rank) {
    file_error(file.name(), "IDX rank " + std::to_string(rank) + " is not supported",
               {"ranks 1 to 8 are"});
  }
  Header header{*dtype, std::vector<std::int64_t>(rank), 4 + 4 * rank, 0};
  std::array<std::byte, std::size_t{4} * Shape::max_rank> sizes{};
  const std::span size_bytes = std::span(sizes).first(4 * rank);
  if (file.read(size_bytes) < size_bytes.size()) truncated_header(file.name());
  swap_bytes(size_bytes, 4);
  for (std::size_t i = 0; i < rank; ++i) {
    std::uint32_t size = 0;
    std::memcpy(&size, sizes.data() + 4 * i, 4);
    header.dims[i] = size;
  }
  return header;
}

// Before any memory is taken: could the file hold what its header says?
void check_size(MaybeGzip& file, Header& header) {
  const std::int64_t elements = checked_elements(header.dims);
  const std::string claim =
      "the header says " + dims_text(header.dims) + " of " + ebb::name(header.dtype);
  if (elements < 0 || elements > (std::int64_t{1} << 48)) {
    file_error(file.name(), "impossible sizes: " + claim, {copy_again});
  }
  if (elements == 0)
    file_error(file.name(), "holds no samples: the array is " + dims_text(header.dims));
  header.data_bytes = static_cast<std::uint64_t>(elements) * size_of(header.dtype);
  const std::uint64_t needed = header.bytes + header.data_bytes;
  const std::string need = claim + ", " + std::to_string(needed) + " bytes; ";
  const std::string has = std::to_string(file.file_size());
  if (file.compressed()) {
    if (needed / max_deflate_ratio > file.file_size()) {
      file_error(file.name(), "truncated: " + need + has + " bytes of gzip cannot hold them",
                 {copy_again});
    }
    if (!sdk::is_borne_out(needed, file.file_size()))
      file_error(file.name(),
                 claim + ": " + std::to_string(needed) + " bytes from " + has +
                     " of gzip, more than " + std::to_string(sdk::most_unfolded) + " times as many",
                 {"`gunzip` it where it is meant so: a plain file may be of any size"});
  } else if (needed != file.file_size()) {
    const bool too_short = needed > file.file_size();
    file_error(file.name(),
               (too_short ? "truncated: " : "too long: ") + need + "the file has " + has,
               {copy_again});
  }
}

}  // namespace

fs::path idx_file(const fs::path& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored)) return path;
  fs::path twin = path;
  if (path.extension() == ".gz") {
    twin.replace_extension();
  } else {
    twin += ".gz";
  }
  if (fs::exists(twin, ignored)) return twin;
  file_error(
      path.string(), "no such file",
      {"neither is " + twin.filename().string() + " there; --data DIR says where data files are"});
}

Array read_idx(const fs::path& path) {
  MaybeGzip file(idx_file(path));
  Header header = read_header(file);
  check_size(file, header);
  Array array = allocate(file.name(), header.dtype, header.dims);
  const std::size_t got = file.read(bytes_of(array));
  if (got < header.data_bytes) {
    file_error(file.name(),
               "truncated: the header says " + std::to_string(header.data_bytes) +
                   " bytes of data, the file holds " + std::to_string(got),
               {copy_again});
  }
  // Reading on to the end also makes zlib check the CRC.
  std::byte more{};
  if (file.read(std::span(&more, 1)) != 0) {
    file_error(file.name(),
               "too long: the data goes on after the " + std::to_string(header.data_bytes) +
                   " bytes that the header says",
               {copy_again});
  }
  swap_bytes(bytes_of(array), size_of(array.dtype));
  return array;
}

}  // namespace ebb
