// Copies between arrays that are walked in different ways: transposes, slices, broadcasts.
#pragma once

#include <ebb_plugin.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

namespace ebb::sdk {

// Nested loops over the elements of two arrays at once, the innermost first. An element lies
// `position * step` from the first one of its array, summed over the loops; a step of 0 stands
// still.
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

  struct Loop {
    std::int64_t size = 1, from = 1, to = 1;
  };

  // Calls f(from, to, n, from_step, to_step) for each run of the innermost loop: the offsets of its
  // first elements, how many there are, and how far apart they lie.
  template <class F>
  void for_each_line(F&& f) const {
    walk(0, [&](std::int64_t from, std::int64_t to) {
      f(from, to, innermost().size, innermost().from, innermost().to);
    });
  }
  // Calls f(from, to, line, across) for each plane of the innermost loop and the one along which
  // the elements of `from` lie closest, if that is another: else `across` is of size 1.
  template <class F>
  void for_each_plane(F&& f) const {
    std::size_t closest = 0;
    for (std::size_t d = 1; d < count_ && std::abs(loops_[0].from) > 1; ++d)
      if (std::abs(loops_[d].from) < std::abs(loops_[closest].from)) closest = d;
    const Loop across = closest == 0 ? Loop{} : loops_[closest];
    walk(closest, [&](std::int64_t from, std::int64_t to) { f(from, to, innermost(), across); });
  }

 private:
  Loop innermost() const { return count_ > 0 ? loops_[0] : Loop{}; }

  // Calls f(from, to) for each position of all loops but the innermost and `skipped`.
  template <class F>
  void walk(std::size_t skipped, F&& f) const {
    for (std::size_t d = 0; d < count_; ++d)
      if (loops_[d].size == 0) return;
    std::array<std::int64_t, max_loops> position{};
    std::int64_t from = 0, to = 0;
    for (std::size_t d = 0; d < count_ || d == 0;) {
      f(from, to);
      for (d = 1; d < count_; ++d) {
        if (d == skipped) continue;
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

  static constexpr std::size_t max_loops = std::size_t{2} * EBB_MAX_RANK;
  std::array<Loop, max_loops> loops_{};
  std::size_t count_ = 0;
};

// Copies what the loops walk over; the pointers are at the first elements. Planes that are turned
// on the way go in tiles that stay in the first-level cache.
template <class T>
void copy(const Loops& loops, const T* from, T* to) {
  constexpr std::int64_t tile = 16;
  loops.for_each_plane(
      [&](std::int64_t a, std::int64_t b, const Loops::Loop& line, const Loops::Loop& across) {
        const T* x = from + a;
        T* y = to + b;
        if (line.from == 1 && line.to == 1 && across.size == 1)
          return void(std::copy_n(x, line.size, y));
        const std::int64_t rows = across.size == 1 ? line.size : tile;
        for (std::int64_t j0 = 0; j0 < across.size; j0 += tile)
          for (std::int64_t i0 = 0; i0 < line.size; i0 += rows)
            for (std::int64_t j = j0; j < std::min(j0 + tile, across.size); ++j)
              for (std::int64_t i = i0; i < std::min(i0 + rows, line.size); ++i)
                y[i * line.to + j * across.to] = x[i * line.from + j * across.from];
      });
}

}  // namespace ebb::sdk
