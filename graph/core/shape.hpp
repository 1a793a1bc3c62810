// Shapes and types of values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace ebb {

// Element types. `real` is the run's precision (f32 or f64), chosen when a plan is made; graph
// values are `boolean`, `i64` or `real`; the others are how data is kept in memory and in files.
enum class DType : std::uint8_t { boolean, u8, i8, i16, i32, i64, f32, f64, real };

// The names users see: bool, uint8, int8, int16, int32, int, float32, float64, real.
const char* name(DType type);
// Bytes of one element. `real` has no size; asking for it is an InternalError.
std::size_t size_of(DType type);
enum class Precision : std::uint8_t { f32, f64 };
// `real` becomes f32 or f64; all others stay.
DType concrete(DType type, Precision precision);

// Dimensions of one sample, rank 0 (a scalar) to 8. A vector of rank 1 is a column.
class Shape {
 public:
  static constexpr int max_rank = 8;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims);
  // Throws std::length_error beyond max_rank; dimensions must be >= 0.
  explicit Shape(std::span<const std::int64_t> dims);

  int rank() const { return rank_; }
  std::int64_t operator[](int dim) const { return dims_[static_cast<std::size_t>(dim)]; }
  std::span<const std::int64_t> dims() const {
    return {dims_.data(), static_cast<std::size_t>(rank_)};
  }
  void push_back(std::int64_t dim);
  void set(int dim, std::int64_t size) { dims_[static_cast<std::size_t>(dim)] = size; }
  // Number of elements; 1 for a scalar. Shapes are made only through `checked`, so it cannot
  // overflow.
  std::int64_t elements() const;
  bool is_scalar() const { return rank_ == 0; }
  // At most one dimension is not 1: C order and column-major order are the same.
  bool is_vector() const;
  bool operator==(const Shape& other) const;

 private:
  std::array<std::int64_t, max_rank> dims_{};
  std::int8_t rank_ = 0;
};

// The largest number of elements that one sample of a value may have (2^40).
constexpr std::int64_t max_elements = std::int64_t{1} << 40;
// True when the dimensions are all >= 0, at most 8, and their product at most max_elements.
bool is_valid_shape(std::span<const std::int64_t> dims);

// "[30, 784]"; a scalar is "[]".
std::string to_string(const Shape& shape);

// What a graph value is: element type, shape of one sample, and whether each sample has its own.
struct Type {
  DType dtype = DType::real;
  bool per_sample = false;
  Shape shape;
  bool operator==(const Type& other) const = default;
};

// "real[30, 784] shared", "int[] per sample".
std::string to_string(const Type& type);

// The common shape of two operands, aligned at the FIRST dimension; a dimension of 1 stretches.
// False when they do not fit.
bool broadcast(const Shape& a, const Shape& b, Shape& result);

}  // namespace ebb
