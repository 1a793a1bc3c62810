// An embedded generator of handwritten-like digits, for training where no data set is at hand.
#pragma once

#include <cstdint>

#include "graph/core/array.hpp"

namespace ebb {

struct Digits {
  Array images;  // u8 (n, 28, 28), white on black, centred by mass as MNIST's are
  Array labels;  // u8 (n), 0 to 9
};

// n digits, n from 0 to 10 million. Digit i depends on (seed, i) alone, so a smaller n gives the
// first ones of a larger; the bytes are the same with every compiler. UserError: n out of range.
Digits make_digits(std::int64_t n, std::uint64_t seed);

}  // namespace ebb
