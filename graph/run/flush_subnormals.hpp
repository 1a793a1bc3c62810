// How a thread of the executor computes with subnormal numbers.
#pragma once

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace ebb {

// Subnormal numbers cost a hundred cycles each and mean nothing to training: they become zero, on
// this thread, while it lives.
class FlushSubnormals {
#if defined(__SSE__)
 public:
  FlushSubnormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | flush_to_zero_and_zeros); }
  ~FlushSubnormals() { _mm_setcsr(before_); }
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
  static constexpr unsigned flush_to_zero_and_zeros = 0x8040;
  unsigned before_;
#endif
};

}  // namespace ebb
