// Machine code that LIBXSMM's generator writes for given sizes.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "graph/core/shape.hpp"

namespace ebb {

// What this processor has; with `none` the code would be slower than BLAS.
enum class XsmmTarget : std::uint8_t { none, avx2, avx512 };
XsmmTarget xsmm_target();

// Executable memory with one function in it.
class XsmmCode {
 public:
  ~XsmmCode();
  XsmmCode(const XsmmCode&) = delete;
  XsmmCode& operator=(const XsmmCode&) = delete;

  // Null where the system gives no such memory.
  static std::shared_ptr<const XsmmCode> make(const void* code, std::size_t bytes);
  template <class Function>
  Function function() const {
    return reinterpret_cast<Function>(entry_);
  }

 private:
  XsmmCode(void* memory, std::size_t bytes, void* entry)
      : memory_(memory), bytes_(bytes), entry_(entry) {}

  void* memory_;
  std::size_t bytes_;
  void* entry_;
};

// void(const T* a, const T* b, T* c): C = A op(B), or C += A op(B), column-major with these leading
// dimensions.
struct XsmmProduct {
  Precision precision;
  int m, n, k, lda, ldb, ldc;
  bool tb, accumulate;
  auto operator<=>(const XsmmProduct&) const = default;
};

// void(const T* from, const unsigned* leading, T* to, const unsigned* leading_of_result): the
// transposed matrix of a column-major one. The last argument must say what is said here.
struct XsmmTranspose {
  Precision precision;
  int rows, columns, leading_of_result;
  auto operator<=>(const XsmmTranspose&) const = default;
};

// Null where LIBXSMM writes no such function. Who asks for one that somebody still holds gets the
// same one, so that layers of one size share their code.
std::shared_ptr<const XsmmCode> code_for(const XsmmProduct& product);
std::shared_ptr<const XsmmCode> code_for(const XsmmTranspose& transpose);

}  // namespace ebb
