// Elements as files hold them: byte order, half-precision numbers; and how many may come of few.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace ebb::sdk {

static_assert(std::endian::native == std::endian::little, "files are written as memory holds them");

// The hint for files that are shorter or other than they claim.
inline constexpr const char* copy_again =
    "the file is damaged or incomplete: copy or make it again";

// What a file may unfold to when it is read, where the person who trains says no more: 64 MiB, or
// 256 bytes for each of its own. A file of few bytes does not take a machine's memory or disk.
inline constexpr std::uint64_t most_unfolded = 256;
constexpr bool is_borne_out(std::uint64_t bytes, std::uint64_t file_bytes) {
  return bytes <= std::uint64_t{64} << 20 || bytes / most_unfolded <= file_bytes;
}

namespace detail {

template <class Element>
void swap_elements(std::span<std::byte> bytes) {
  for (std::byte* p = bytes.data(); p < bytes.data() + bytes.size(); p += sizeof(Element)) {
    Element element, swapped = 0;
    std::memcpy(&element, p, sizeof(Element));
    for (std::size_t i = 0; i < sizeof(Element); ++i) {
      swapped = static_cast<Element>(swapped << 8 | (element >> 8 * i & 0xff));
    }
    std::memcpy(p, &swapped, sizeof(Element));
  }
}

}  // namespace detail

// Reverses the bytes of each element of `width` (1, 2, 4 or 8) bytes; `bytes` are whole elements.
inline void swap_bytes(std::span<std::byte> bytes, std::size_t width) {
  if (width == 2) detail::swap_elements<std::uint16_t>(bytes);
  if (width == 4) detail::swap_elements<std::uint32_t>(bytes);
  if (width == 8) detail::swap_elements<std::uint64_t>(bytes);
}

// An IEEE half-precision number from its bits, exactly.
inline float float_of_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
  std::uint32_t bits = 0;
  if (exponent == 0x1f)
    bits = 0x7f800000 | fraction << 13;
  else if (exponent != 0)
    bits = (exponent + 127 - 15) << 23 | fraction << 13;
  else  // subnormal halves are normal floats
    bits = std::bit_cast<std::uint32_t>(static_cast<float>(fraction) * 0x1p-24f);
  return std::bit_cast<float>(sign | bits);
}

}  // namespace ebb::sdk
