#include "graph/cli/picture.hpp"

#include <algorithm>
#include <cmath>

#include "graph/cli/terminal.hpp"

namespace ebb {

namespace {

constexpr std::size_t gap = 3;  // columns between two pictures

// The part of the pictures that is not empty everywhere; rows in pairs, as characters hold them.
struct Window {
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;  // half-open
  std::int64_t width() const { return right - left; }
};

Window common_window(const std::vector<Captioned>& pictures, double darkest) {
  const Picture& first = pictures[0].picture;
  Window window{first.rows, 0, first.columns, 0};
  for (const auto& [picture, caption] : pictures) {
    for (std::int64_t i = 0; i < picture.rows * picture.columns; ++i) {
      if (!(picture.pixels[static_cast<std::size_t>(i)] > darkest)) continue;
      const std::int64_t row = i / picture.columns, column = i % picture.columns;
      window.top = std::min(window.top, row);
      window.bottom = std::max(window.bottom, row + 1);
      window.left = std::min(window.left, column);
      window.right = std::max(window.right, column + 1);
    }
  }
  if (window.top >= window.bottom) return {0, first.rows, 0, first.columns};
  return window;
}

class Canvas {
 public:
  Canvas(const std::vector<Captioned>& pictures, bool color) : color_(color) {
    for (const auto& [picture, caption] : pictures)
      for (const double pixel : picture.pixels)
        if (std::isfinite(pixel)) {
          darkest_ = std::min(darkest_, pixel);
          brightest_ = std::max(brightest_, pixel);
        }
    window_ = common_window(pictures, darkest_);
  }

  const Window& window() const { return window_; }

  // Two rows of pixels, from `row` on, as one line of characters.
  std::string line(const Picture& picture, std::int64_t row) const {
    std::string text;
    for (std::int64_t column = window_.left; column < window_.right; ++column) {
      const double upper = brightness(picture, row, column);
      const double lower = brightness(picture, row + 1, column);
      text += color_ ? half_block(upper, lower) : shade((upper + lower) / 2);
    }
    return color_ ? text + "\x1b[0m" : text;
  }

 private:
  // From 0 to 1; what lies outside the picture is dark.
  double brightness(const Picture& picture, std::int64_t row, std::int64_t column) const {
    if (row >= picture.rows || !(brightest_ > darkest_)) return 0;
    const double pixel = picture.pixels[static_cast<std::size_t>(row * picture.columns + column)];
    return std::clamp((pixel - darkest_) / (brightest_ - darkest_), 0.0, 1.0);
  }

  static std::string shade(double brightness) {
    static const char* const shades[] = {" ", "░", "▒", "▓", "█"};
    return shades[static_cast<std::size_t>(std::lround(brightness * 4))];
  }

  // The 24 greys of the 256-colour palette begin at 232.
  static std::string half_block(double upper, double lower) {
    const auto grey = [](double brightness) {
      return std::to_string(232 + std::lround(brightness * 23));
    };
    return "\x1b[38;5;" + grey(upper) + ";48;5;" + grey(lower) + "m▀";
  }

  bool color_;
  double darkest_ = 0, brightest_ = 0;
  Window window_;
};

}  // namespace

bool picture_size(const std::vector<std::int64_t>& dims, std::int64_t& rows,
                  std::int64_t& columns) {
  std::vector<std::int64_t> real = dims;
  if (real.size() == 3 && real.front() == 1) real.erase(real.begin());
  if (real.size() == 3 && real.back() == 1) real.pop_back();
  if (real.size() == 1) {
    const auto side = std::llround(std::sqrt(static_cast<double>(real[0])));
    if (side * side != real[0]) return false;
    real = {side, side};
  }
  if (real.size() != 2 || real[0] < 1 || real[1] < 1) return false;
  rows = real[0];
  columns = real[1];
  return true;
}

std::string draw(std::vector<Captioned> pictures, int columns, bool color) {
  if (pictures.empty()) return {};
  const Canvas canvas(pictures, color);
  const Window& window = canvas.window();
  auto width = static_cast<std::size_t>(window.width());
  for (const Captioned& one : pictures) width = std::max(width, width_of(one.caption));
  const std::size_t fitting = (static_cast<std::size_t>(columns) + gap) / (width + gap);
  const std::size_t side_by_side = std::max<std::size_t>(1, fitting);
  std::string text;
  for (std::size_t first = 0; first < pictures.size(); first += side_by_side) {
    const std::size_t last = std::min(first + side_by_side, pictures.size());
    // Pads by what is visible, which colour codes are not.
    const auto add_line = [&](auto content, std::size_t visible) {
      std::string line;
      for (std::size_t i = first; i < last; ++i)
        line += content(pictures[i]) + std::string(width + gap - visible, ' ');
      text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    };
    for (std::int64_t row = window.top; row < window.bottom; row += 2)
      add_line([&](const Captioned& one) { return canvas.line(one.picture, row); },
               static_cast<std::size_t>(window.width()));
    add_line([&](const Captioned& one) { return padded(one.caption, width); }, width);
    if (last < pictures.size()) text += '\n';
  }
  return text;
}

}  // namespace ebb
