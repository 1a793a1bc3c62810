// The C++ type in which an element lies in memory.
#pragma once

#include <cstdint>

#include "graph/core/diagnostic.hpp"
#include "graph/core/shape.hpp"

namespace ebb {

// Calls f(T{}) with the C++ type that stores `dtype`; a boolean is stored as a byte, 0 or 1. Throws
// InternalError for a real of no precision.
template <class F>
auto with_stored_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::boolean:
    case DType::u8:
      return f(std::uint8_t{});
    case DType::i8:
      return f(std::int8_t{});
    case DType::i16:
      return f(std::int16_t{});
    case DType::i32:
      return f(std::int32_t{});
    case DType::i64:
      return f(std::int64_t{});
    case DType::f32:
      return f(float{});
    case DType::f64:
      return f(double{});
    case DType::real:
      break;
  }
  throw InternalError("dtype real has no storage");
}

}  // namespace ebb
