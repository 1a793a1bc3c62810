// What the readers and writers of this folder share: errors that name the file, bytes in and out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ebb/bytes.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/core/array.hpp"

namespace ebb {

// Files hold one dimension more than a sample may have: the samples.
constexpr std::size_t max_file_rank = Shape::max_rank + 1;

// Throws UserError "FILE: WHAT"; "-" is called standard input.
[[noreturn]] void file_error(const std::string& file, const std::string& what,
                             std::vector<std::string> hints = {});
using sdk::copy_again;
using sdk::swap_bytes;

// "[60000, 28, 28]"
std::string dims_text(std::span<const std::int64_t> dims);

// Array::make for sizes that a file claims and that its length bears out; UserError when memory
// ends.
Array allocate(const std::string& file, DType dtype, std::vector<std::int64_t> dims);

// An open file, or standard input for "-". All errors are UserErrors that name it.
class InputFile {
 public:
  // Of a pipe, opening waits for who writes to it; where only a regular file will do, a pipe or a
  // device is refused at once.
  enum class Kind { any, regular };
  explicit InputFile(const std::filesystem::path& path, Kind kind = Kind::any);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& name() const { return name_; }
  // Bytes not yet read; none where that is unknown (a pipe, standard input).
  std::optional<std::uint64_t> remaining() const;
  // Fills `buffer` unless the file ends before; returns the bytes read.
  std::size_t read_some(std::span<std::byte> buffer);
  // Fills `buffer`, or fails with "truncated: WHAT needs N bytes, M are left".
  void read(std::span<std::byte> buffer, const char* what);
  // The rest of a regular file, mapped where the system can, else read. Whoever changes a byte has
  // a copy of its page; the bytes last as long as the pointer.
  std::shared_ptr<std::byte[]> rest();

 private:
  std::string name_;
  int descriptor_ = -1;
  std::optional<std::uint64_t> size_;
  std::uint64_t position_ = 0;
};

// Writes the pieces one after the other to standard output ("-"), a device or a pipe that somebody
// reads.
// A regular file, or that behind a link, is replaced as a whole, its mode kept: written beside it,
// synced, renamed, and its folder synced. A link to nothing is an error. On failure: UserError
// naming the step that failed, and the old file stays (the new one where only the folder could not
// be synced).
void write_file(const std::filesystem::path& path,
                std::span<const std::span<const std::byte>> pieces);

// Throws the UserError that `write_file` would, where it can be told before there is anything to
// write: of a link to nothing, a folder that may not be written to; and refuses a pipe. That a disk
// is full now says nothing of later.
void require_writable(const std::filesystem::path& path);

// Removes from a folder what processes have begun to write by `write_file` and were killed before
// it was whole, of files of these names. One that still runs keeps its own.
void remove_leftovers(const std::filesystem::path& folder, std::span<const std::string_view> names);

// Every byte but 0 becomes 1: what `bool` elements must be.
void normalise_booleans(Array& array);
// IEEE half precision and bfloat16 widened to f32.
Array widen_f16(const std::string& file, std::span<const std::byte> bytes,
                std::vector<std::int64_t> dims);
Array widen_bf16(const std::string& file, std::span<const std::byte> bytes,
                 std::vector<std::int64_t> dims);

inline std::span<std::byte> bytes_of(Array& array) {
  return {array.bytes.get(), array.size_bytes()};
}
inline std::span<const std::byte> bytes_of(const Array& array) {
  return {array.bytes.get(), array.size_bytes()};
}
inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace ebb
