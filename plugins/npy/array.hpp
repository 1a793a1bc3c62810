// An array of an .npy file whose first dimension is the sample.
#pragma once

#include <ebb/npy.hpp>
#include <ebb/source.hpp>
#include <memory>
#include <span>

#include "plugins/files/file.hpp"

namespace ebb::npy {

class Array {
 public:
  // Reads the header. Throws Failure that names `bytes`.
  explicit Array(std::unique_ptr<files::Bytes> bytes);

  std::int64_t samples() const { return header_.dims[0]; }
  // Its name is "".
  sdk::Column column() const;
  void read(std::span<const std::int64_t> indices, void* to);

 private:
  void read_c_order(std::span<const std::int64_t> indices, std::byte* to);
  void read_fortran_order(std::span<const std::int64_t> indices, std::byte* to);
  std::int64_t elements_per_sample() const { return header_.elements / samples(); }

  std::unique_ptr<files::Bytes> bytes_;
  sdk::NpyHeader header_;
};

}  // namespace ebb::npy
