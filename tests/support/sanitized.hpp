// What takes long under a sanitizer, and shows it nothing new, does less there.
#pragma once

namespace ebb::test {

#ifdef EBB_SANITIZED
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

}  // namespace ebb::test
