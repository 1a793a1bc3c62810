// Images as matrices of what the windows see, so that a convolution is a matrix product: a column
// for each window, or, where a window touches runs of few numbers, a row for each.
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

// Whether windows are to be rows: neighbouring ones see neighbouring numbers, of one channel, and
// there are more of them than points in a window.
inline bool better_as_rows(const Windows& windows, const Channels& channels) {
  const Axis& a = windows.axes[0];
  return channels.all == 1 && a.stride == 1 && a.windows > a.size;
}

// Calls f(offset, n) for the runs of numbers that one point of neighbouring windows touches, point
// after point, and windows in the order of storage for each; of an image of one channel, with a
// stride of 1 along the first dimension.
template <class F>
void for_each_strip(const Windows& windows, F&& f) {
  const Axis &a = windows.axes[0], &b = windows.axes[1], &c = windows.axes[2];
  const auto place = [](const Axis& axis, std::int64_t window, std::int64_t point) {
    return window * axis.stride - axis.before + point * axis.dilation;
  };
  const auto is_inside = [](const Axis& axis, std::int64_t at) {
    return 0 <= at && at < axis.image;
  };
  const auto line = [&](std::int64_t first, std::int64_t j, std::int64_t k) {
    const std::int64_t before = std::clamp(-first, std::int64_t{0}, a.windows);
    const std::int64_t end = std::clamp(a.image - first, before, a.windows);
    if (before > 0) f(-1, before);
    if (end > before) f(windows.place(first + before, j, k), end - before);
    if (a.windows > end) f(-1, a.windows - end);
  };
  for (std::int64_t k = 0; k < c.size; ++k)
    for (std::int64_t j = 0; j < b.size; ++j)
      for (std::int64_t i = 0; i < a.size; ++i)
        for (std::int64_t z = 0; z < c.windows; ++z)
          for (std::int64_t y = 0; y < b.windows; ++y) {
            const std::int64_t at_j = place(b, y, j), at_k = place(c, z, k);
            if (is_inside(b, at_j) && is_inside(c, at_k))
              line(place(a, 0, i), at_j, at_k);
            else
              f(-1, a.windows);
          }
}

// Writes what the windows see, a row for each, zeros for the padding.
template <class T>
void image_to_rows(const Windows& windows, const T* image, T* rows) {
  for_each_strip(windows, [&](std::int64_t offset, std::int64_t n) {
    if (offset < 0)
      std::fill_n(rows, n, T{0});
    else
      std::copy_n(image + offset, n, rows);
    rows += n;
  });
}

// The transpose: adds each number to where in the image it is seen.
template <class T>
void add_rows_to_image(const Windows& windows, const T* rows, T* image) {
  for_each_strip(windows, [&](std::int64_t offset, std::int64_t n) {
    if (offset >= 0) std::transform(rows, rows + n, image + offset, image + offset, std::plus<T>());
    rows += n;
  });
}

}  // namespace ebb::ops
