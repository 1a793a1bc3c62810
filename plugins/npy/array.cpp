#include "plugins/npy/array.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace ebb::npy {

namespace {

sdk::NpyHeader read_header(files::Bytes& bytes) {
  std::uint64_t at = 0;
  try {
    return sdk::read_npy_header([&](std::span<std::byte> to) {
      const std::size_t got = bytes.read_some(at, to);
      at += got;
      return got;
    });
  } catch (const sdk::Failure& failure) {
    // What reading itself says names the file already.
    if (std::string_view(failure.what()).starts_with(bytes.name())) throw;
    files::fail(bytes.name(), failure.what(), failure.hint);
  }
}

// Where element k of a sample in Fortran order stands in C order.
std::size_t c_position(std::size_t k, std::span<const std::int64_t> dims) {
  std::size_t position = 0;
  std::size_t stride = 1;
  for (const std::int64_t d : dims) stride *= static_cast<std::size_t>(d);
  for (const std::int64_t d : dims) {
    const auto size = static_cast<std::size_t>(d);
    stride /= size;
    position += k % size * stride;
    k /= size;
  }
  return position;
}

}  // namespace

Array::Array(std::unique_ptr<files::Bytes> bytes)
    : bytes_(std::move(bytes)), header_(read_header(*bytes_)) {
  const auto wanted = static_cast<std::uint64_t>(header_.data_bytes());
  const std::uint64_t present =
      bytes_->size() - std::min<std::uint64_t>(bytes_->size(), header_.size);
  if (wanted != present)
    files::fail(bytes_->name(),
                std::string(present < wanted ? "truncated" : "too long") + ": the header says " +
                    std::to_string(wanted) + " bytes of data, the file has " +
                    std::to_string(present),
                files::copy_again);
  if (header_.dims.empty())
    files::fail(bytes_->name(), "holds a single number, not samples",
                "the first dimension of an array is the sample");
  if (header_.elements == 0)
    files::fail(bytes_->name(), "holds no samples: the array is " + sdk::to_string(header_.dims));
}

sdk::Column Array::column() const {
  return {"", header_.type.dtype, {header_.dims.begin() + 1, header_.dims.end()}};
}

void Array::read(std::span<const std::int64_t> indices, void* to) {
  const std::size_t size =
      indices.size() * static_cast<std::size_t>(elements_per_sample()) * header_.type.width;
  // Halves grow when they are converted, so they come elsewhere first.
  std::vector<std::byte> halves(header_.is_half() ? size : 0);
  std::byte* raw = header_.is_half() ? halves.data() : static_cast<std::byte*>(to);
  header_.fortran_order ? read_fortran_order(indices, raw) : read_c_order(indices, raw);
  sdk::convert_npy(header_, {raw, size}, to);
}

// Samples that follow each other in the file come in one piece.
void Array::read_c_order(std::span<const std::int64_t> indices, std::byte* to) {
  const std::size_t size = static_cast<std::size_t>(elements_per_sample()) * header_.type.width;
  for (std::size_t i = 0, end = 0; i < indices.size(); i = end) {
    for (end = i + 1; end < indices.size() && indices[end] == indices[end - 1] + 1;) ++end;
    bytes_->read(header_.size + static_cast<std::uint64_t>(indices[i]) * size,
                 {to + i * size, (end - i) * size});
  }
}

// Each element of a sample stands in a row of its own, with that of all other samples. Where many
// of a row are wanted, all between the first and the last are read.
void Array::read_fortran_order(std::span<const std::int64_t> indices, std::byte* to) {
  if (indices.empty()) return;
  const std::size_t width = header_.type.width;
  const auto per_sample = static_cast<std::size_t>(elements_per_sample());
  const auto [first, last] = std::ranges::minmax(indices);
  const auto reach = static_cast<std::size_t>(last - first + 1);
  std::vector<std::byte> row(reach <= 64 * indices.size() ? reach * width : 0);
  const std::span dims = std::span(header_.dims).subspan(1);
  for (std::size_t k = 0; k < per_sample; ++k) {
    const auto offset = [&](std::int64_t sample) {
      return header_.size +
             (k * static_cast<std::size_t>(samples()) + static_cast<std::size_t>(sample)) * width;
    };
    if (!row.empty()) bytes_->read(offset(first), row);
    const std::size_t position = c_position(k, dims);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      std::byte* element = to + (i * per_sample + position) * width;
      if (row.empty())
        bytes_->read(offset(indices[i]), {element, width});
      else
        std::memcpy(element, row.data() + static_cast<std::size_t>(indices[i] - first) * width,
                    width);
    }
  }
}

}  // namespace ebb::npy
