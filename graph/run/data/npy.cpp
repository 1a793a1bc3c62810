#include "graph/run/data/npy.hpp"

#include <algorithm>
#include <cstring>
#include <ebb/npy.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/core/diagnostic.hpp"
#include "graph/run/data/file.hpp"

namespace ebb {
namespace {

sdk::NpyHeader read_header(InputFile& file) {
  try {
    return sdk::read_npy_header([&](std::span<std::byte> bytes) { return file.read_some(bytes); });
  } catch (const sdk::Failure& failure) {
    file_error(file.name(), failure.what(), hints_of(failure.hint));
  }
}

// Reads `size` bytes. Where the file's size is unknown, memory grows with what has really come.
Array read_data(InputFile& file, std::int64_t size) {
  constexpr std::int64_t step = 1 << 24;
  const std::optional<std::uint64_t> remaining = file.remaining();
  if (remaining && *remaining != static_cast<std::uint64_t>(size)) {
    const bool too_short = *remaining < static_cast<std::uint64_t>(size);
    file_error(file.name(),
               (too_short ? "truncated: " : "too long: ") + std::string("the header says ") +
                   std::to_string(size) + " bytes of data, the file has " +
                   std::to_string(*remaining),
               {copy_again});
  }
  Array data = allocate(file.name(), DType::u8, {remaining ? size : std::min(size, step)});
  std::int64_t filled = 0;
  for (;;) {
    const auto begin = static_cast<std::size_t>(filled);
    filled += static_cast<std::int64_t>(file.read_some(bytes_of(data).subspan(begin)));
    if (filled == size) return data;
    if (filled < data.elements()) {
      file_error(file.name(),
                 "truncated: the header says " + std::to_string(size) + " bytes of data, only " +
                     std::to_string(filled) + " came",
                 {copy_again});
    }
    Array larger = allocate(file.name(), DType::u8, {std::min(size, 2 * filled)});
    std::memcpy(larger.bytes.get(), data.bytes.get(), data.size_bytes());
    data = larger;
  }
}

// The same array with its last index fastest, where the first one was.
Array from_fortran_order(const std::string& file, const Array& array) {
  Array result = allocate(file, array.dtype, array.dims);
  const std::size_t rank = array.dims.size(), width = size_of(array.dtype);
  std::vector<std::size_t> strides(rank);
  std::size_t stride = width;
  for (std::size_t d = 0; d < rank; ++d) {
    strides[d] = stride;
    stride *= static_cast<std::size_t>(array.dims[d]);
  }
  std::vector<std::int64_t> index(rank, 0);
  std::size_t from = 0;
  for (std::size_t to = 0; to < result.size_bytes(); to += width) {
    std::memcpy(result.bytes.get() + to, array.bytes.get() + from, width);
    for (std::size_t d = rank; d-- > 0;) {
      from += strides[d];
      if (++index[d] < array.dims[d]) break;
      from -= strides[d] * static_cast<std::size_t>(array.dims[d]);
      index[d] = 0;
    }
  }
  return result;
}

std::string_view npy_code(DType dtype) {
  for (const sdk::NpyType& type : sdk::npy_types) {
    const bool same = static_cast<DType>(type.dtype) == dtype;
    if (same && type.width == size_of(dtype)) return type.code;  // so never f2
  }
  throw InternalError("write_npy: no code for this dtype");
}

std::string header_text(const Array& array) {
  std::string text = std::string("{'descr': '") + (size_of(array.dtype) == 1 ? '|' : '<') +
                     std::string(npy_code(array.dtype)) + "', 'fortran_order': False, 'shape': (";
  for (std::size_t i = 0; i < array.dims.size(); ++i) {
    text += (i == 0 ? "" : " ") + std::to_string(array.dims[i]);
    if (i + 1 < array.dims.size() || i == 0) text += ",";
  }
  text += "), }";
  // The data begins at a multiple of 64 bytes, after 10 bytes of start, the text and a newline.
  constexpr std::size_t start = 10, alignment = 64;
  const std::size_t total = (start + text.size() + 1 + alignment - 1) / alignment * alignment;
  text.append(total - start - text.size() - 1, ' ');
  return text + "\n";
}

}  // namespace

Array read_npy(const std::filesystem::path& path) {
  InputFile file(path);
  const sdk::NpyHeader header = read_header(file);
  Array data = read_data(file, header.data_bytes());
  const auto dtype = static_cast<DType>(header.type.dtype);
  Array array = header.is_half() ? allocate(file.name(), dtype, header.dims)
                                 : Array{dtype, header.dims, data.bytes};
  sdk::convert_npy(header, bytes_of(data), array.bytes.get());
  return header.fortran_order ? from_fortran_order(file.name(), array) : array;
}

void write_npy(const std::filesystem::path& path, const Array& array) {
  const std::string header = header_text(array);
  ensure(header.size() <= 0xffff, "write_npy: the header is too long");
  std::string start(sdk::npy_magic);
  start += '\x01';
  start += '\x00';
  start += static_cast<char>(header.size() & 0xff);
  start += static_cast<char>(header.size() >> 8);
  const std::span<const std::byte> pieces[] = {bytes_of(start), bytes_of(header), bytes_of(array)};
  write_file(path, pieces);
}

}  // namespace ebb
