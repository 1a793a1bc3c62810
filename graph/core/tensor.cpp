#include "graph/core/tensor.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "graph/core/c_order.hpp"
#include "graph/core/diagnostic.hpp"

namespace ebb {

namespace {

// Calls f with a pointer of the element type that `dtype` says.
template <class Bytes, class F>
auto with_elements(DType dtype, Bytes* bytes, F&& f) {
  const auto as = [&]<class T>(T*) {
    return f(reinterpret_cast<std::conditional_t<std::is_const_v<Bytes>, const T, T>*>(bytes));
  };
  switch (dtype) {
    case DType::boolean:
    case DType::u8:
      return as(static_cast<std::uint8_t*>(nullptr));
    case DType::i8:
      return as(static_cast<std::int8_t*>(nullptr));
    case DType::i16:
      return as(static_cast<std::int16_t*>(nullptr));
    case DType::i32:
      return as(static_cast<std::int32_t*>(nullptr));
    case DType::i64:
      return as(static_cast<std::int64_t*>(nullptr));
    case DType::f32:
      return as(static_cast<float*>(nullptr));
    case DType::f64:
      return as(static_cast<double*>(nullptr));
    case DType::real:
      break;
  }
  throw InternalError("a tensor must have a concrete element type");
}

// Steps through a shape in C order and keeps the column-major position of the current element.
class COrder {
 public:
  explicit COrder(const Shape& shape)
      : shape_(shape), index_(static_cast<std::size_t>(shape.rank())) {
    std::int64_t stride = 1;
    for (const auto dim : shape.dims()) {
      strides_.push_back(stride);
      stride *= dim;
    }
  }
  std::int64_t position() const { return position_; }
  void next() {
    for (int i = shape_.rank() - 1; i >= 0; --i) {
      const auto d = static_cast<std::size_t>(i);
      position_ += strides_[d];
      if (++index_[d] < shape_[i]) return;
      position_ -= strides_[d] * shape_[i];
      index_[d] = 0;
    }
  }

 private:
  const Shape& shape_;
  std::vector<std::int64_t> index_, strides_;
  std::int64_t position_ = 0;
};

// Copies samples of elements of this size, which need not be aligned, between C order and
// column-major; `to_columns` chooses the direction.
template <std::size_t size>
void reorder(const Shape& shape, std::int64_t samples, const std::byte* from, std::byte* to,
             bool to_columns) {
  using Element = std::array<std::byte, size>;
  const auto n = shape.elements();
  const auto loops = between_orders(shape.dims(), to_columns);
  for (std::int64_t s = 0; s < samples; ++s)
    sdk::copy(loops, reinterpret_cast<const Element*>(from) + s * n,
              reinterpret_cast<Element*>(to) + s * n);
}

void reorder(const Shape& shape, std::int64_t samples, std::size_t size, const std::byte* from,
             std::byte* to, bool to_columns) {
  const auto bytes = static_cast<std::size_t>(shape.elements() * samples) * size;
  if (bytes == 0) return;
  if (same_in_both_orders(shape.dims())) {
    std::memcpy(to, from, bytes);
    return;
  }
  switch (size) {
    case 1:
      return reorder<1>(shape, samples, from, to, to_columns);
    case 2:
      return reorder<2>(shape, samples, from, to, to_columns);
    case 4:
      return reorder<4>(shape, samples, from, to, to_columns);
    default:
      return reorder<8>(shape, samples, from, to, to_columns);
  }
}

}  // namespace

Tensor::Tensor(Type type, std::int64_t samples)
    : type_(type), samples_(samples), storage_(allocate_aligned(size_bytes())) {
  ensure(type.per_sample || samples == 1, "a shared tensor has one sample");
}

Tensor Tensor::scalar(double value) {
  Tensor result(Type{DType::f64, false, {}});
  result.data<double>()[0] = value;
  return result;
}

Tensor Tensor::from_values(DType dtype, const Shape& shape, const std::vector<double>& c_order) {
  ensure(static_cast<std::int64_t>(c_order.size()) == shape.elements(),
         "as many values as elements");
  Tensor result(Type{dtype, false, shape});
  COrder order(shape);
  for (const double value : c_order) {
    result.set(order.position(), value);
    order.next();
  }
  return result;
}

std::size_t Tensor::size_bytes() const {
  return static_cast<std::size_t>(elements_per_sample() * samples_) * size_of(type_.dtype);
}

double Tensor::at(std::int64_t i) const {
  return with_elements(type_.dtype, bytes(),
                       [i](const auto* p) { return static_cast<double>(p[i]); });
}

void Tensor::set(std::int64_t i, double value) {
  if (type_.dtype == DType::boolean) value = value != 0 ? 1 : 0;
  with_elements(type_.dtype, bytes(),
                [&](auto* p) { p[i] = static_cast<std::remove_pointer_t<decltype(p)>>(value); });
}

Tensor Tensor::converted(DType dtype) const {
  if (dtype == type_.dtype) return *this;
  Tensor result(Type{dtype, type_.per_sample, type_.shape}, samples_);
  assign(result, *this);
  return result;
}

void assign(Tensor& to, const Tensor& from) {
  ensure(to.type().shape == from.type().shape && to.samples() == from.samples(),
         "assign: shapes agree");
  const DType dtype = to.type().dtype;
  if (to.size_bytes() == 0) return;
  if (dtype == from.type().dtype) {
    std::memcpy(to.bytes(), from.bytes(), to.size_bytes());
    return;
  }
  const auto n = to.elements_per_sample() * to.samples();
  with_elements(from.type().dtype, from.bytes(), [&](const auto* source) {
    with_elements(dtype, to.bytes(), [&](auto* target) {
      using To = std::remove_pointer_t<decltype(target)>;
      for (std::int64_t i = 0; i < n; ++i)
        target[i] =
            dtype == DType::boolean ? static_cast<To>(source[i] != 0) : static_cast<To>(source[i]);
    });
  });
}

ebb_tensor Tensor::view() const {
  ebb_tensor view{};
  view.data = storage_.get();
  view.type = to_c(type_);
  view.samples = samples_;
  view.sample_stride = type_.per_sample ? elements_per_sample() : 0;
  return view;
}

bool Tensor::same_bits(const Tensor& other) const {
  return type_ == other.type_ && samples_ == other.samples_ &&
         (size_bytes() == 0 || std::memcmp(bytes(), other.bytes(), size_bytes()) == 0);
}

Tensor to_tensor(const Array& array, const Type& type) {
  const std::int64_t samples = type.per_sample ? array.dims.at(0) : 1;
  ensure(array.elements() == samples * type.shape.elements(), "to_tensor: element counts agree");
  Tensor result(Type{array.dtype, type.per_sample, type.shape}, samples);
  reorder(type.shape, samples, size_of(array.dtype), array.bytes.get(), result.bytes(), true);
  return type.dtype == DType::real && (array.dtype == DType::f32 || array.dtype == DType::f64)
             ? result
             : result.converted(type.dtype == DType::real ? DType::f64 : type.dtype);
}

void assign(Tensor& to, const Array& from) {
  const Type& type = to.type();
  ensure(!type.per_sample && from.elements() == type.shape.elements(),
         "assign: element counts agree");
  if (from.dtype == type.dtype)
    return reorder(type.shape, 1, size_of(type.dtype), from.bytes.get(), to.bytes(), true);
  Tensor reordered(Type{from.dtype, false, type.shape});
  reorder(type.shape, 1, size_of(from.dtype), from.bytes.get(), reordered.bytes(), true);
  assign(to, reordered);
}

Array to_array(const Tensor& tensor) {
  const Shape& shape = tensor.type().shape;
  std::vector<std::int64_t> dims;
  if (tensor.type().per_sample) dims.push_back(tensor.samples());
  dims.insert(dims.end(), shape.dims().begin(), shape.dims().end());
  Array result = Array::make(tensor.type().dtype, std::move(dims));
  reorder(shape, tensor.samples(), size_of(result.dtype), tensor.bytes(), result.bytes.get(),
          false);
  return result;
}

std::int64_t column_major_index(const Shape& shape, std::int64_t c_index) {
  std::int64_t position = 0, stride = shape.elements();
  for (int i = shape.rank() - 1; i >= 0; --i) {
    stride /= shape[i];
    position += c_index % shape[i] * stride;
    c_index /= shape[i];
  }
  return position;
}

ebb_type to_c(const Type& type) {
  ebb_type c{};
  c.dtype = static_cast<std::int32_t>(type.dtype);
  c.per_sample = type.per_sample ? 1 : 0;
  c.rank = type.shape.rank();
  std::ranges::copy(type.shape.dims(), c.dims);
  return c;
}

Type from_c(const ebb_type& type) {
  return {static_cast<DType>(type.dtype), type.per_sample != 0,
          Shape(std::span(type.dims, static_cast<std::size_t>(type.rank)))};
}

}  // namespace ebb
