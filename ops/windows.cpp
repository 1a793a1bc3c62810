#include "ops/windows.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

using List = std::span<const std::int64_t>;

std::int64_t nth(List list, std::size_t d) { return list.size() == 1 ? list[0] : list[d]; }

void check_length(const Inference& c, const char* name, List list, int dimensions) {
  const auto n = static_cast<std::size_t>(dimensions);
  const bool pairs = std::string_view(name) == "padding" && list.size() == 2 * n;
  if (list.size() == 1 || list.size() == n || pairs) return;
  c.fail(std::string(name) + " has " + std::to_string(list.size()) + " numbers, but {0} has " +
             std::to_string(dimensions) + (n == 1 ? " dimension" : " dimensions") + " of space",
         "give one number for all of them, or one for each; padding may have two for each");
}

}  // namespace

void check_windows(const Inference& c, const WindowLists& lists, int dimensions) {
  check_length(c, "size", lists.size, dimensions);
  check_length(c, "stride", lists.stride, dimensions);
  check_length(c, "padding", lists.padding, dimensions);
  check_length(c, "dilation", lists.dilation, dimensions);
}

Windows windows_over(List image, const WindowLists& lists) {
  Windows windows;
  const std::size_t n = image.size() - 1;
  for (std::size_t d = 0; d < n; ++d) {
    Axis& axis = windows.axes[d];
    const bool pairs = n > 0 && lists.padding.size() == 2 * n;
    axis.image = image[d + 1];
    axis.size = nth(lists.size, d);
    axis.stride = nth(lists.stride, d);
    axis.dilation = nth(lists.dilation, d);
    axis.before = pairs ? lists.padding[2 * d] : nth(lists.padding, d);
    axis.after = pairs ? lists.padding[2 * d + 1] : axis.before;
  }
  return windows;
}

void count_windows(const Inference& c, Windows& windows, int dimensions, bool ceil) {
  for (int d = 0; d < dimensions; ++d) {
    Axis& axis = windows.axes[static_cast<std::size_t>(d)];
    const std::int64_t room = axis.padded() - axis.reach();
    if (room < 0)
      c.fail(
          "no window fits: along dimension " + std::to_string(d + 1) + " it reaches over " +
          std::to_string(axis.reach()) + " positions, but {0} is " + to_string(c.in[0].dims) +
          (axis.before + axis.after > 0 ? " and padded to " + std::to_string(axis.padded()) : ""));
    axis.windows = (room + (ceil ? axis.stride - 1 : 0)) / axis.stride + 1;
    // A window that would begin in the padding behind the image sees nothing.
    if (ceil && (axis.windows - 1) * axis.stride >= axis.before + axis.image) --axis.windows;
  }
}

Ints dims_of_windows(std::int64_t channels, const Windows& windows, int dimensions) {
  Ints dims{channels};
  for (int d = 0; d < dimensions; ++d)
    dims.push_back(windows.axes[static_cast<std::size_t>(d)].windows);
  return dims;
}

}  // namespace ebb::ops
