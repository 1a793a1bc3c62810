// The kernels of pooling. Channels are the fastest dimension, so each walks the channels of a
// window's points.
#pragma once

#include <bit>
#include <cmath>
#include <limits>

#include "ops/windows.hpp"

namespace ebb::ops::pooling_kernels {

using namespace sdk;

using Dims = std::span<const std::int64_t>;

// Attributes, in the order of the records.
enum { size_attr, stride_attr, padding_attr, dilation_attr, ceil_attr };
enum { avg_ceil_attr = 3, count_padding_attr, image_attr };

inline constexpr std::int64_t no_dilation[] = {1};

// Windows as far apart as they are large where no stride is given.
inline WindowLists lists_of(const Attributes& attrs, Dims dilation) {
  const auto size = attrs.integers(size_attr), stride = attrs.integers(stride_attr);
  return {size, stride.empty() ? size : stride, attrs.integers(padding_attr), dilation};
}
inline WindowLists max_lists(const Attributes& attrs) {
  return lists_of(attrs, attrs.integers(dilation_attr));
}
inline WindowLists avg_lists(const Attributes& attrs) { return lists_of(attrs, no_dilation); }

// Windows over `image` whose number is known.
inline Windows windows_of(Dims image, Dims pooled, const WindowLists& lists) {
  Windows windows = windows_over(image, lists);
  for (std::size_t d = 1; d < pooled.size(); ++d) windows.axes[d - 1].windows = pooled[d];
  return windows;
}

// Calls f(window, inside) for every window in the order of storage.
template <class F>
void for_each_window(const Windows& windows, F&& f) {
  // Copies stay in registers, where f writes to memory.
  const auto [a, b, c] = windows.axes;
  std::int64_t window = 0;
  for (std::int64_t z = 0; z < c.windows; ++z) {
    const Axis::Inside in_c = c.inside(z);
    for (std::int64_t y = 0; y < b.windows; ++y) {
      const Axis::Inside in_b = b.inside(y);
      for (std::int64_t x = 0; x < a.windows; ++x) f(window++, std::array{a.inside(x), in_b, in_c});
    }
  }
}

// Calls f(place, point) for the points of a window that lie inside the image, in C order: the place
// in the image, and the number of the point in the window.
template <class F>
void for_each_point(const Windows& windows, const std::array<Axis::Inside, 3>& inside, F&& f) {
  const auto [a, b, c] = windows.axes;
  const auto [in_a, in_b, in_c] = inside;
  const std::int64_t line = a.image, plane = a.image * b.image;
  for (std::int64_t i = in_a.first; i < in_a.last; ++i)
    for (std::int64_t j = in_b.first; j < in_b.last; ++j) {
      const std::int64_t place =
          in_a.begin + i * a.dilation + (in_b.begin + j * b.dilation) * line + in_c.begin * plane;
      const std::int64_t point = (i * b.size + j) * c.size;
      for (std::int64_t k = in_c.first; k < in_c.last; ++k)
        f(place + k * c.dilation * plane, point + k);
    }
}

// Whole numbers as wide as T: numbers and points are chosen side by side by the bits of a mask,
// which compilers turn into vector instructions where they would make branches of a choice.
template <class T>
using Whole = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

template <class T>
T masked(Whole<T> mask, T number) {
  return std::bit_cast<T>(mask & std::bit_cast<Whole<T>>(number));
}
template <class T>
T chosen(Whole<T> mask, T number, T other) {
  return std::bit_cast<T>((mask & std::bit_cast<Whole<T>>(number)) |
                          (~mask & std::bit_cast<Whole<T>>(other)));
}

// A value that is not a number stays, and is seen.
template <class T>
void keep_larger(const T* __restrict x, std::int64_t n, T* __restrict best) {
  for (std::int64_t c = 0; c < n; ++c)
    best[c] = x[c] > best[c] || std::isnan(x[c]) ? x[c] : best[c];
}

template <class T>
void keep_larger(const T* __restrict x, Whole<T> point, std::int64_t n, T* __restrict best,
                 Whole<T>* __restrict where) {
  for (std::int64_t c = 0; c < n; ++c) {
    const Whole<T> better = -static_cast<Whole<T>>(x[c] > best[c]);
    best[c] = chosen(better, x[c], best[c]);
    where[c] = (better & point) | (~better & where[c]);
  }
}

template <class T>
void max_kernel(const Kernel& k) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const Windows windows = windows_of(x.dims(), y.dims(), max_lists(k.attrs));
  const auto channels = x.dim(0);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    const T* const image = x.data(s);
    T* const pooled = y.data(s);
    for_each_window(windows, [&, image, pooled, channels](std::int64_t window, const auto& inside) {
      T* const best = pooled + window * channels;
      std::fill_n(best, channels, -std::numeric_limits<T>::infinity());
      for_each_point(windows, inside, [=](std::int64_t place, std::int64_t) {
        keep_larger(image + place * channels, channels, best);
      });
    });
  }
}

// What kernels that know points by number keep of a window: a number for each channel, and its
// point.
template <class T>
struct PointScratch {
  T* number;
  Whole<T>* point;
  PointScratch(const Kernel& k, std::int64_t channels)
      : number(static_cast<T*>(k.scratch())),
        point(reinterpret_cast<Whole<T>*>(number + channels)) {}
};

// For either element type.
inline std::size_t bytes_of_point_scratch(std::int64_t channels) {
  return 2 * static_cast<std::size_t>(channels) * sizeof(double);
}

template <class T>
void positions_kernel(const Kernel& k) {
  const auto x = k.in<T>(0);
  const auto y = k.out<std::int64_t>();
  const Windows windows = windows_of(x.dims(), y.dims(), max_lists(k.attrs));
  const auto channels = x.dim(0);
  const PointScratch<T> best(k, channels);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    const T* const image = x.data(s);
    for_each_window(windows, [&, image, best, channels](std::int64_t window, const auto& inside) {
      bool is_first = true;
      for_each_point(windows, inside, [&, image, best, channels](auto place, auto number) {
        const T* const at = image + place * channels;
        const auto point = static_cast<Whole<T>>(number);
        if (is_first) {
          std::copy_n(at, channels, best.number);
          std::fill_n(best.point, channels, point);
        } else {
          keep_larger(at, point, channels, best.number, best.point);
        }
        is_first = false;
      });
      std::copy_n(best.point, channels, y.data(s) + window * channels);
    });
  }
}

// Calls f(pooled, place, points, point) for every point of every window: the first channel's
// offsets in what is pooled and in the image, the points that the positions name, for each channel,
// and the point's number. What names no point is left out.
template <class T, class F>
void for_each_candidate(const Windows& windows, std::int64_t channels,
                        const std::int64_t* positions, Whole<T>* points, F&& f) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  for_each_window(windows, [&](std::int64_t window, const auto& inside) {
    const std::int64_t* const named = positions + window * channels;
    for (std::int64_t c = 0; c < channels; ++c)
      points[c] = named[c] >= 0 && named[c] <= most ? static_cast<Whole<T>>(named[c]) : -1;
    for_each_point(windows, inside, [&](std::int64_t place, std::int64_t point) {
      f(window * channels, place * channels, points, static_cast<Whole<T>>(point));
    });
  });
}

template <class T>
void keep_named(const T* __restrict x, const Whole<T>* __restrict points, Whole<T> point,
                std::int64_t n, T* __restrict y) {
  for (std::int64_t c = 0; c < n; ++c)
    y[c] = chosen(-static_cast<Whole<T>>(points[c] == point), x[c], y[c]);
}

template <class T>
void add_named(const T* __restrict y, const Whole<T>* __restrict points, Whole<T> point,
               std::int64_t n, T* __restrict x) {
  for (std::int64_t c = 0; c < n; ++c)
    x[c] += masked(-static_cast<Whole<T>>(points[c] == point), y[c]);
}

template <class T>
void max_pool_gather_kernel(const Kernel& k) {
  const auto positions = k.in<std::int64_t>(0);
  const auto x = k.in<T>(1);
  const auto y = k.out<T>();
  const Windows windows = windows_of(x.dims(), y.dims(), max_lists(k.attrs));
  const auto channels = x.dim(0);
  const PointScratch<T> scratch(k, channels);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    std::fill_n(y.data(s), y.elements(), T{0});
    for_each_candidate<T>(windows, channels, positions.data(s), scratch.point,
                          [&](auto pooled, auto place, auto points, auto point) {
                            keep_named(x.data(s) + place, points, point, channels,
                                       y.data(s) + pooled);
                          });
  }
}

template <class T>
void scatter_kernel(const Kernel& k) {
  const auto positions = k.in<std::int64_t>(0);
  const auto y = k.in<T>(1);
  const auto x = k.out<T>();
  const Windows windows = windows_of(x.dims(), y.dims(), max_lists(k.attrs));
  const auto channels = x.dim(0);
  const PointScratch<T> scratch(k, channels);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    std::fill_n(x.data(s), x.elements(), T{0});
    for_each_candidate<T>(windows, channels, positions.data(s), scratch.point,
                          [&](auto pooled, auto place, auto points, auto point) {
                            add_named(y.data(s) + pooled, points, point, channels,
                                      x.data(s) + place);
                          });
  }
}

// One over the number of points that a mean is taken of.
template <class T>
T share(const Windows& windows, const std::array<Axis::Inside, 3>& inside, bool count_padding) {
  std::int64_t count = 1;
  for (std::size_t d = 0; d < 3; ++d) {
    const Axis& axis = windows.axes[d];
    count *= count_padding ? std::min(axis.size, axis.image + axis.after - inside[d].begin)
                           : inside[d].last - inside[d].first;
  }
  return T{1} / static_cast<T>(count);
}

template <class T>
void avg_kernel(const Kernel& k) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const Windows windows = windows_of(x.dims(), y.dims(), avg_lists(k.attrs));
  const auto channels = x.dim(0);
  for (std::int64_t s = 0; s < k.samples(); ++s)
    for_each_window(windows, [&](std::int64_t window, const auto& inside) {
      T* const mean = y.data(s) + window * channels;
      std::fill_n(mean, channels, T{0});
      for_each_point(windows, inside, [&](std::int64_t place, std::int64_t) {
        const T* at = x.data(s) + place * channels;
        for (std::int64_t c = 0; c < channels; ++c) mean[c] += at[c];
      });
      const T factor = share<T>(windows, inside, k.attrs.boolean(count_padding_attr));
      for (std::int64_t c = 0; c < channels; ++c) mean[c] *= factor;
    });
}

template <class T>
void avg_scatter_kernel(const Kernel& k) {
  const auto y = k.in<T>(0);
  const auto x = k.out<T>();
  const Windows windows = windows_of(x.dims(), y.dims(), avg_lists(k.attrs));
  const auto channels = x.dim(0);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    std::fill_n(x.data(s), x.elements(), T{0});
    for_each_window(windows, [&](std::int64_t window, const auto& inside) {
      const T factor = share<T>(windows, inside, k.attrs.boolean(count_padding_attr));
      const T* const mean = y.data(s) + window * channels;
      for_each_point(windows, inside, [&](std::int64_t place, std::int64_t) {
        T* at = x.data(s) + place * channels;
        for (std::int64_t c = 0; c < channels; ++c) at[c] += factor * mean[c];
      });
    });
  }
}

}  // namespace ebb::ops::pooling_kernels
