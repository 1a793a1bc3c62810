// Counter-based random numbers: the same key and counter give the same bits on every machine, in
// any order.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace ebb::sdk {

// Philox 4x32 with ten rounds; Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC
// 2011.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                           std::uint64_t key) {
  auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {
        static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ k0, static_cast<std::uint32_t>(p1),
        static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return counter;
}

// A stream of one sample's element `index`: (key, epoch, sample) choose the stream.
struct RandomStream {
  std::uint64_t key = 0;
  std::uint32_t epoch = 0;
  std::uint64_t sample = 0;

  std::array<std::uint32_t, 4> bits(std::uint64_t index) const {
    return philox({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
                   static_cast<std::uint32_t>(sample),
                   epoch ^ static_cast<std::uint32_t>(sample >> 32) * 0x85EBCA6Bu},
                  key);
  }
  // Uniform in (0, 1), 53 bits.
  double uniform(std::uint64_t index) const {
    const auto b = bits(index);
    return to_unit(b[0], b[1]);
  }
  // Standard normal by Box and Muller.
  double normal(std::uint64_t index) const {
    const auto b = bits(index);
    constexpr double two_pi = 6.283185307179586476925286766559;
    return std::sqrt(-2 * std::log(to_unit(b[0], b[1]))) * std::cos(two_pi * to_unit(b[2], b[3]));
  }

 private:
  static double to_unit(std::uint32_t high, std::uint32_t low) {
    const std::uint64_t mantissa = (std::uint64_t{high} << 21) ^ (low >> 11);
    return (static_cast<double>(mantissa) + 0.5) * 0x1p-53;
  }
};

// A 64-bit key from a seed and a name (FNV-1a, then a finaliser).
constexpr std::uint64_t random_key(std::uint64_t seed, const char* name) {
  std::uint64_t h = 0xCBF29CE484222325 ^ seed * 0x9E3779B97F4A7C15;
  for (; *name != 0; ++name) h = (h ^ static_cast<unsigned char>(*name)) * 0x100000001B3;
  h = (h ^ h >> 33) * 0xFF51AFD7ED558CCD;
  h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53;
  return h ^ h >> 33;
}

}  // namespace ebb::sdk
