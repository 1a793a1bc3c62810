// Values in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "graph/core/allocate.hpp"
#include "graph/core/array.hpp"
#include "graph/core/shape.hpp"
#include "graph/sdk/ebb_plugin.h"

namespace ebb {

// A value with its storage: one sample dense in column-major order, sample after sample.
// `type.dtype` is never `real`. Copies share the storage.
class Tensor {
 public:
  Tensor() = default;
  // Zeros. `samples` must be 1 for a shared type.
  explicit Tensor(Type type, std::int64_t samples = 1);
  // A shared scalar of type f64.
  static Tensor scalar(double value);
  // A shared tensor from values in C order; the element type converts.
  static Tensor from_values(DType dtype, const Shape& shape, const std::vector<double>& c_order);

  const Type& type() const { return type_; }
  std::int64_t samples() const { return samples_; }
  std::int64_t elements_per_sample() const { return type_.shape.elements(); }
  std::size_t size_bytes() const;
  std::byte* bytes() { return storage_.get(); }
  const std::byte* bytes() const { return storage_.get(); }
  template <class T>
  T* data() {
    return reinterpret_cast<T*>(storage_.get());
  }
  template <class T>
  const T* data() const {
    return reinterpret_cast<const T*>(storage_.get());
  }
  // Element `i` of the storage, as a double, and its assignment with conversion.
  double at(std::int64_t i) const;
  void set(std::int64_t i, double value);

  Tensor converted(DType dtype) const;
  // As kernels see it; the view does not own the storage.
  ebb_tensor view() const;
  bool same_bits(const Tensor& other) const;

 private:
  Type type_;
  std::int64_t samples_ = 0;
  std::shared_ptr<std::byte[]> storage_;
};

// From C order to column-major: a per-sample type takes the array's first dimension as the sample.
// The array's remaining elements must agree in number with the type's shape; it is reshaped (C
// order) so.
Tensor to_tensor(const Array& array, const Type& type);
// Writes the elements of `from`, which has the shape of `to`, into the memory of `to`, a shared
// value.
void assign(Tensor& to, const Array& from);
// The same of a tensor of the same shape.
void assign(Tensor& to, const Tensor& from);
// The other way: a per-sample value gets the sample as its first dimension.
Array to_array(const Tensor& tensor);

// Position in column-major order of the element that has position `c_index` in C order.
std::int64_t column_major_index(const Shape& shape, std::int64_t c_index);

ebb_type to_c(const Type& type);
Type from_c(const ebb_type& type);

}  // namespace ebb
