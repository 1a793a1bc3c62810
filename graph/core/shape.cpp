#include "graph/core/shape.hpp"

#include <algorithm>
#include <stdexcept>

#include "graph/core/diagnostic.hpp"

namespace ebb {

const char* name(DType type) {
  switch (type) {
    case DType::boolean:
      return "bool";
    case DType::u8:
      return "uint8";
    case DType::i8:
      return "int8";
    case DType::i16:
      return "int16";
    case DType::i32:
      return "int32";
    case DType::i64:
      return "int";
    case DType::f32:
      return "float32";
    case DType::f64:
      return "float64";
    case DType::real:
      return "real";
  }
  throw InternalError("name: not an element type");
}

std::size_t size_of(DType type) {
  switch (type) {
    case DType::boolean:
    case DType::u8:
    case DType::i8:
      return 1;
    case DType::i16:
      return 2;
    case DType::i32:
    case DType::f32:
      return 4;
    case DType::i64:
    case DType::f64:
      return 8;
    case DType::real:
      break;
  }
  throw InternalError("size_of: `real` has no size before a plan is made");
}

DType concrete(DType type, Precision precision) {
  if (type != DType::real) return type;
  return precision == Precision::f32 ? DType::f32 : DType::f64;
}

Shape::Shape(std::initializer_list<std::int64_t> dims)
    : Shape(std::span<const std::int64_t>(dims.begin(), dims.size())) {}

Shape::Shape(std::span<const std::int64_t> dims) {
  for (const auto dim : dims) push_back(dim);
}

void Shape::push_back(std::int64_t dim) {
  if (rank_ == max_rank) throw std::length_error("a value has at most 8 dimensions");
  dims_[static_cast<std::size_t>(rank_++)] = dim;
}

bool Shape::is_vector() const {
  return std::ranges::count_if(dims(), [](auto dim) { return dim != 1; }) <= 1;
}

std::int64_t Shape::elements() const {
  std::int64_t n = 1;
  for (const auto dim : dims()) n *= dim;
  return n;
}

bool Shape::operator==(const Shape& other) const {
  return std::ranges::equal(dims(), other.dims());
}

bool is_valid_shape(std::span<const std::int64_t> dims) {
  if (dims.size() > Shape::max_rank) return false;
  std::int64_t n = 1;
  for (const auto dim : dims) {
    if (dim < 0) return false;
    // A zero must not hide an overflow of the others: plans multiply dimensions in any order.
    const std::int64_t factor = std::max<std::int64_t>(dim, 1);
    if (factor > max_elements / n) return false;
    n *= factor;
  }
  return true;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (int i = 0; i < shape.rank(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::string to_string(const Type& type) {
  return name(type.dtype) + to_string(type.shape) + (type.per_sample ? " per sample" : " shared");
}

bool broadcast(const Shape& a, const Shape& b, Shape& result) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  result = longer;
  for (int i = 0; i < shorter.rank(); ++i) {
    if (longer[i] == shorter[i] || shorter[i] == 1) continue;
    if (longer[i] != 1) return false;
    result.set(i, shorter[i]);
  }
  return true;
}

}  // namespace ebb
