// Dimensions, and copies between arrays that are walked in different ways.
#pragma once

#include <ebb/tensor.hpp>

#include <algorithm>

namespace ebb::ops {

using Dims = std::span<const std::int64_t>;

inline std::int64_t product(Dims dims) {
  std::int64_t elements = 1;
  for (auto n : dims) elements *= n;
  return elements;
}

// Throws where the first input of the call has no dimension `d`.
inline void check_dim(const sdk::Inference& c, std::int64_t d) {
  if (d < c.in[0].rank()) return;
  c.fail("{0} is " + sdk::to_string(c.in[0].dims) + " and has no dimension " + std::to_string(d),
         "dimensions count from 0");
}

// Nested loops over the elements of two arrays at once, the innermost first.
class Loops {
 public:
  // `from` and `to` say how far apart the elements lie in either array.
  void add(std::int64_t size, std::int64_t from, std::int64_t to) {
    if (size == 1) return;
    if (count_ > 0) {
      Loop& inner = loops_[count_ - 1];
      if (inner.from * inner.size == from && inner.to * inner.size == to) {
        inner.size *= size;
        return;
      }
    }
    loops_[count_++] = {size, from, to};
  }

  // Calls f(from, to, n, from_step, to_step) for each run of the innermost loop: the offsets of its
  // first elements, how many there are, and how far apart they lie.
  template <class F>
  void for_each_line(F&& f) const {
    for (std::size_t d = 0; d < count_; ++d)
      if (loops_[d].size == 0) return;
    const Loop line = count_ > 0 ? loops_[0] : Loop{1, 1, 1};
    std::array<std::int64_t, max_loops> position{};
    std::int64_t from = 0, to = 0;
    for (std::size_t d = 0; d < count_ || d == 0;) {
      f(from, to, line.size, line.from, line.to);
      for (d = 1; d < count_; ++d) {
        const Loop& loop = loops_[d];
        const bool wraps = ++position[d] == loop.size;
        from += loop.from * (wraps ? 1 - loop.size : 1);
        to += loop.to * (wraps ? 1 - loop.size : 1);
        if (!wraps) break;
        position[d] = 0;
      }
      if (d >= count_) return;
    }
  }

 private:
  static constexpr std::size_t max_loops = 2 * EBB_MAX_RANK;
  struct Loop {
    std::int64_t size, from, to;
  };
  std::array<Loop, max_loops> loops_{};
  std::size_t count_ = 0;
};

// Copies what the loops walk over; the pointers are at the first elements.
template <class T>
void copy(const Loops& loops, const T* from, T* to) {
  loops.for_each_line([&](std::int64_t a, std::int64_t b, std::int64_t n, std::int64_t from_step,
                          std::int64_t to_step) {
    if (from_step == 1 && to_step == 1)
      std::copy_n(from + a, n, to + b);
    else
      for (std::int64_t i = 0; i < n; ++i) to[b + i * to_step] = from[a + i * from_step];
  });
}

}  // namespace ebb::ops
