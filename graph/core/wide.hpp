// Loops that are compiled twice: for any processor, and for those with AVX2. Both give the same
// bits, as AVX2 alone has no fused multiply-add.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__)
#define EBB_WIDE __attribute__((target("avx2")))
#else
#define EBB_WIDE
#endif
// What is always inlined is compiled for the processors that its caller is compiled for.
#define EBB_IN_BOTH __attribute__((always_inline)) inline

namespace ebb {

inline bool has_wide() {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
#else
  return false;
#endif
}

}  // namespace ebb
