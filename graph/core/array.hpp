// N-dimensional arrays as files hold them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "graph/core/shape.hpp"

namespace ebb {

// An array in C order (the last index fastest), as NumPy, IDX, safetensors and ONNX keep it. Where
// it holds samples, the sample is the first dimension. Copies share the bytes.
struct Array {
  DType dtype = DType::f32;  // never `real`
  std::vector<std::int64_t> dims;
  std::shared_ptr<std::byte[]> bytes;

  // Uninitialised storage. The product of `dims` must not overflow: readers check it before.
  static Array make(DType dtype, std::vector<std::int64_t> dims);

  std::int64_t elements() const;
  std::size_t size_bytes() const;
  template <class T>
  T* data() {
    return reinterpret_cast<T*>(bytes.get());
  }
  template <class T>
  const T* data() const {
    return reinterpret_cast<const T*>(bytes.get());
  }
  // Element i in C order, converted.
  double at(std::int64_t i) const;
};

// The same elements in another element type (to a narrower one: as static_cast does).
Array convert(const Array& array, DType dtype);

// dims product, or -1 where a dimension is negative or the product exceeds 2^62.
std::int64_t checked_elements(const std::vector<std::int64_t>& dims);

}  // namespace ebb
