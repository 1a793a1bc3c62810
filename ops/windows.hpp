// Windows that slide over an image: what convolution and pooling share.
//
// An image is [channels, positions..] with one to three dimensions of space. In memory the channel
// is the fastest, so whatever a window touches at one position is one run of numbers.
#pragma once

#include <ebb/plugin.hpp>

namespace ebb::ops {

// One dimension of space. A window begins at `position * stride - before` and touches `size` points
// that lie `dilation` apart.
struct Axis {
  std::int64_t image = 1, size = 1, stride = 1, dilation = 1;
  std::int64_t before = 0, after = 0;  // padding
  std::int64_t windows = 1;

  std::int64_t reach() const { return dilation * (size - 1) + 1; }
  std::int64_t padded() const { return before + image + after; }
  // Where a window's points lie inside the image: those from `first` to before `last`.
  struct Inside {
    std::int64_t begin, first, last;  // `begin` is where the window begins, maybe outside
  };
  Inside inside(std::int64_t window) const {
    const std::int64_t begin = window * stride - before;
    if (begin >= 0 && begin + reach() <= image) return {begin, 0, size};
    const std::int64_t first = begin >= 0 ? 0 : std::min(size, (-begin + dilation - 1) / dilation);
    const std::int64_t fit = image > begin ? (image - begin + dilation - 1) / dilation : 0;
    return {begin, first, std::max(first, std::min(size, fit))};
  }
};

// Always three; those that the image lacks have one position and one point.
struct Windows {
  std::array<Axis, 3> axes;

  std::int64_t points() const { return axes[0].size * axes[1].size * axes[2].size; }
  std::int64_t positions() const { return axes[0].windows * axes[1].windows * axes[2].windows; }
  // The number of a position of the image, from 0 in the order of storage.
  std::int64_t place(std::int64_t i, std::int64_t j, std::int64_t k) const {
    return i + axes[0].image * (j + axes[1].image * k);
  }
};

// The lists of numbers that describe windows; one number stands for all dimensions.
struct WindowLists {
  std::span<const std::int64_t> size, stride, padding, dilation;
};

// Fails unless each list has a number for each of `dimensions`, or one for all; padding may have
// two for each.
void check_windows(const sdk::Inference& c, const WindowLists& lists, int dimensions);

// Windows over an image of the given dims, channels first; how many there are is not set.
Windows windows_over(std::span<const std::int64_t> image, const WindowLists& lists);

// Sets how many windows fit; with `ceil` one more where positions would be left over. Fails where
// none fits.
void count_windows(const sdk::Inference& c, Windows& windows, int dimensions, bool ceil = false);

// [channels, windows..]
sdk::Ints dims_of_windows(std::int64_t channels, const Windows& windows, int dimensions);

}  // namespace ebb::ops
