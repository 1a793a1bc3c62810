// The kernels of pooling. Channels are the fastest dimension, so each walks the channels of a
// window's points.
#pragma once

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
  const Axis &a = windows.axes[0], &b = windows.axes[1], &c = windows.axes[2];
  std::int64_t window = 0;
  for (std::int64_t z = 0; z < c.windows; ++z)
    for (std::int64_t y = 0; y < b.windows; ++y)
      for (std::int64_t x = 0; x < a.windows; ++x)
        f(window++, std::array{a.inside(x), b.inside(y), c.inside(z)});
}

// Calls f(place, point) for the points of a window that lie inside the image, in C order: the place
// in the image, and the number of the point in the window.
template <class F>
void for_each_point(const Windows& windows, const std::array<Axis::Inside, 3>& inside, F&& f) {
  const Axis &a = windows.axes[0], &b = windows.axes[1], &c = windows.axes[2];
  const auto& [in_a, in_b, in_c] = inside;
  for (std::int64_t i = in_a.first; i < in_a.last; ++i)
    for (std::int64_t j = in_b.first; j < in_b.last; ++j)
      for (std::int64_t k = in_c.first; k < in_c.last; ++k)
        f(windows.place(in_a.begin + i * a.dilation, in_b.begin + j * b.dilation,
                        in_c.begin + k * c.dilation),
          (i * b.size + j) * c.size + k);
}

template <class T>
void max_kernel(const Kernel& k) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const Windows windows = windows_of(x.dims(), y.dims(), max_lists(k.attrs));
  const auto channels = x.dim(0);
  for (std::int64_t s = 0; s < k.samples(); ++s)
    for_each_window(windows, [&](std::int64_t window, const auto& inside) {
      T* const best = y.data(s) + window * channels;
      std::fill_n(best, channels, -std::numeric_limits<T>::infinity());
      for_each_point(windows, inside, [&](std::int64_t place, std::int64_t) {
        const T* at = x.data(s) + place * channels;
        // A value that is not a number stays, and is seen.
        for (std::int64_t c = 0; c < channels; ++c)
          best[c] = at[c] > best[c] || at[c] != at[c] ? at[c] : best[c];
      });
    });
}

// The best so far lies in scratch, a number for each channel.
template <class T>
void positions_kernel(const Kernel& k) {
  const auto x = k.in<T>(0);
  const auto y = k.out<std::int64_t>();
  const Windows windows = windows_of(x.dims(), y.dims(), max_lists(k.attrs));
  const auto channels = x.dim(0);
  T* const best = static_cast<T*>(k.scratch());
  for (std::int64_t s = 0; s < k.samples(); ++s)
    for_each_window(windows, [&](std::int64_t window, const auto& inside) {
      std::int64_t* const position = y.data(s) + window * channels;
      bool first = true;
      for_each_point(windows, inside, [&](std::int64_t place, std::int64_t point) {
        const T* at = x.data(s) + place * channels;
        for (std::int64_t c = 0; c < channels; ++c) {
          const bool better = first || at[c] > best[c];
          best[c] = better ? at[c] : best[c];
          position[c] = better ? point : position[c];
        }
        first = false;
      });
    });
}

// Calls f(pooled, place, point) for every point of every window: the first channel's offsets in
// what is pooled and in the image, and the point's number, which a position names. What names no
// point is left out.
template <class F>
void for_each_candidate(const Windows& windows, std::int64_t channels, F&& f) {
  for_each_window(windows, [&](std::int64_t window, const auto& inside) {
    for_each_point(windows, inside, [&](std::int64_t place, std::int64_t point) {
      f(window * channels, place * channels, point);
    });
  });
}

template <class T>
void gather_kernel(const Kernel& k) {
  const auto positions = k.in<std::int64_t>(0);
  const auto x = k.in<T>(1);
  const auto y = k.out<T>();
  const Windows windows = windows_of(x.dims(), y.dims(), max_lists(k.attrs));
  const auto channels = x.dim(0);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    std::fill_n(y.data(s), y.elements(), T{0});
    for_each_candidate(windows, channels, [&](auto pooled, auto place, auto point) {
      const std::int64_t* position = positions.data(s) + pooled;
      const T* from = x.data(s) + place;
      T* to = y.data(s) + pooled;
      for (std::int64_t c = 0; c < channels; ++c) to[c] = position[c] == point ? from[c] : to[c];
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
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    std::fill_n(x.data(s), x.elements(), T{0});
    for_each_candidate(windows, channels, [&](auto pooled, auto place, auto point) {
      const std::int64_t* position = positions.data(s) + pooled;
      const T* from = y.data(s) + pooled;
      T* to = x.data(s) + place;
      for (std::int64_t c = 0; c < channels; ++c) to[c] += position[c] == point ? from[c] : T{0};
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
