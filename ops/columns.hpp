// Images as matrices of columns, one for each window, so that a convolution is a matrix product.
#pragma once

#include <algorithm>
#include <cstring>

#include "ops/windows.hpp"

namespace ebb::ops {

// Channels `first` to before `first + count` of an image of `all`.
struct Channels {
  std::int64_t all, first, count;
};

// Calls f(offset, n) for the runs of numbers that the windows touch, window after window: within a
// window channel by channel, then along the first dimension of space, the second, the third.
// `offset` counts from the image's first number; it is negative where the run lies in the padding.
template <class F>
void for_each_run(const Windows& windows, const Channels& channels, F&& f) {
  const Axis &a = windows.axes[0], &b = windows.axes[1], &c = windows.axes[2];
  const bool joined = a.dilation == 1 && channels.count == channels.all;
  const auto offset = [&](std::int64_t i, std::int64_t j, std::int64_t k) {
    return windows.place(i, j, k) * channels.all + channels.first;
  };
  const auto line = [&](const Axis::Inside& along, std::int64_t j, std::int64_t k) {
    if (along.first > 0) f(-1, along.first * channels.count);
    if (joined && along.last > along.first)
      f(offset(along.begin + along.first, j, k), (along.last - along.first) * channels.count);
    for (std::int64_t p = along.first; !joined && p < along.last; ++p)
      f(offset(along.begin + p * a.dilation, j, k), channels.count);
    if (along.last < a.size) f(-1, (a.size - along.last) * channels.count);
  };
  for (std::int64_t z = 0; z < c.windows; ++z) {
    const auto in_c = c.inside(z);
    for (std::int64_t y = 0; y < b.windows; ++y) {
      const auto in_b = b.inside(y);
      for (std::int64_t x = 0; x < a.windows; ++x) {
        const auto in_a = a.inside(x);
        for (std::int64_t k = 0; k < c.size; ++k)
          for (std::int64_t j = 0; j < b.size; ++j) {
            if (in_c.first <= k && k < in_c.last && in_b.first <= j && j < in_b.last)
              line(in_a, in_b.begin + j * b.dilation, in_c.begin + k * c.dilation);
            else
              f(-1, a.size * channels.count);
          }
      }
    }
  }
}

// Copies n numbers; most runs are too short for a call of memcpy.
template <class T>
void copy_run(const T* from, std::int64_t n, T* to) {
  for (; n >= 4; n -= 4, from += 4, to += 4) std::memcpy(to, from, 4 * sizeof(T));
  if (n >= 2) std::memcpy(to, from, 2 * sizeof(T));
  if (n % 2 == 1) to[n - 1] = from[n - 1];
}

// Writes what the windows see, zeros for the padding.
template <class T>
void image_to_columns(const Windows& windows, const Channels& channels, const T* image,
                      T* columns) {
  for_each_run(windows, channels, [&](std::int64_t offset, std::int64_t n) {
    if (offset < 0)
      std::fill_n(columns, n, T{0});
    else
      copy_run(image + offset, n, columns);
    columns += n;
  });
}

// The transpose: adds each number to where in the image it is seen.
template <class T>
void add_columns_to_image(const Windows& windows, const Channels& channels, const T* columns,
                          T* image) {
  for_each_run(windows, channels, [&](std::int64_t offset, std::int64_t n) {
    if (offset >= 0)
      std::transform(columns, columns + n, image + offset, image + offset, std::plus<T>());
    columns += n;
  });
}

}  // namespace ebb::ops
